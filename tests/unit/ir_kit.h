/* ir_kit.h - what the tests of the IR share: a module with named values, random expressions, valuations. */
#ifndef PTOC_TESTS_IR_KIT_H
#define PTOC_TESTS_IR_KIT_H
#include <CUnit/CUnit.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "ir/base/arena.h"
#include "ir/base/diag.h"
#include "ir/base/str.h"
#include "ir/build.h"

enum { KIT_VALUES = 6 };

typedef struct IrKit {
    Arena *arena;
    StrTab *strings;
    Module *module;
    ExprTable *exprs;
    Func *func;
    Value *values[KIT_VALUES]; /* index parameters a, b, c, d, e, f */
    const Expr *leaves[KIT_VALUES];
    int64_t at[KIT_VALUES]; /* a valuation */
    uint64_t seed;
} IrKit;

static inline IrKit kit_create(uint64_t seed) {
    static const char *const names[KIT_VALUES] = {"a", "b", "c", "d", "e", "f"};
    IrKit kit = {.arena = arena_create(), .seed = seed};
    kit.strings = strtab_create(kit.arena);
    kit.module = module_create(kit.arena, kit.strings, "kit");
    kit.exprs = kit.module->exprs;
    kit.func = build_func(kit.module, FUNC_KERNEL, "kit", LOC_NONE);
    for (int i = 0; i < KIT_VALUES; i++) {
        kit.values[i] = func_add_index_param(kit.func, names[i], false);
        kit.leaves[i] = expr_value(kit.exprs, kit.values[i]);
    }
    return kit;
}

static inline uint64_t kit_draw(IrKit *kit) {
    uint64_t z = kit->seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline int64_t kit_between(IrKit *kit, int64_t lo, int64_t hi) {
    return lo + (int64_t)(kit_draw(kit) % (uint64_t)(hi - lo + 1));
}

static inline void kit_roll(IrKit *kit, int64_t lo, int64_t hi) {
    for (int i = 0; i < KIT_VALUES; i++)
        kit->at[i] = kit_between(kit, lo, hi);
}

static inline bool kit_lookup(void *user, const Value *value, int64_t *out) {
    const IrKit *kit = user;
    for (int i = 0; i < KIT_VALUES; i++) {
        if (kit->values[i] == value) {
            *out = kit->at[i];
            return true;
        }
    }
    return false;
}

static inline int64_t kit_eval(IrKit *kit, const Expr *e) {
    int64_t out = 0;
    CU_ASSERT_TRUE(expr_evaluate(e, kit_lookup, kit, &out));
    return out;
}

/* A random expression, built together with its value under the valuation. */
typedef struct KitTerm {
    const Expr *e;
    int64_t value;
} KitTerm;

static inline KitTerm kit_random(IrKit *kit, int depth) {
    int64_t c;
    if (depth == 0 || kit_draw(kit) % 4 == 0) {
        int i = (int)(kit_draw(kit) % (KIT_VALUES + 2));
        c = kit_between(kit, -6, 6);
        return i < KIT_VALUES ? (KitTerm){kit->leaves[i], kit->at[i]} : (KitTerm){expr_const(kit->exprs, c), c};
    }
    KitTerm x = kit_random(kit, depth - 1), y = kit_random(kit, depth - 1);
    ExprTable *t = kit->exprs;
    switch (kit_draw(kit) % 9) {
    case 0:
    case 1: return (KitTerm){expr_add(t, x.e, y.e), x.value + y.value};
    case 2: return (KitTerm){expr_sub(t, x.e, y.e), x.value - y.value};
    case 3: return (KitTerm){expr_mul(t, x.e, y.e), (int64_t)((uint64_t)x.value * (uint64_t)y.value)};
    case 4: return (KitTerm){expr_min(t, x.e, y.e), x.value < y.value ? x.value : y.value};
    case 5: return (KitTerm){expr_max(t, x.e, y.e), x.value > y.value ? x.value : y.value};
    case 6: return (KitTerm){expr_div(t, x.e, y.e), y.value ? x.value / y.value : 0};
    case 7: return (KitTerm){expr_mod(t, x.e, y.e), y.value ? x.value % y.value : 0};
    default: break;
    }
    c = kit_between(kit, -4, 4);
    return (KitTerm){expr_mul_const(t, x.e, c), x.value * c};
}
#endif
