/* The tables of the IR as arrays, and their look-ups by spelling. */
#include <string.h>
#include "ir/base/buf.h"
#include "ir/ir.h"

/* ---- element types ---------------------------------------------------------------------------------------------- */
static const ElemInfo elem_table[ELEM_COUNT] = {
#define ELEM(NAME, text, cls, bits, ctype, carrier, doc) {text, ELEM_CLASS_##cls, bits, ctype, #carrier, doc},
#include "ir/type.def"
#undef ELEM
};

const ElemInfo *elem_info(Elem elem) { return &elem_table[elem]; }

int elem_find(const char *text) {
    for (int i = 0; i < ELEM_COUNT; i++)
        if (strcmp(elem_table[i].text, text) == 0)
            return i;
    return -1;
}

int elem_bytes(Elem elem) { return elem_table[elem].bits / 8; }

bool elem_is_float(Elem elem) { return elem_table[elem].cls == ELEM_CLASS_FLOAT; }

bool elem_is_narrow_float(Elem elem) { return elem_is_float(elem) && elem_table[elem].bits < 32; }

bool elem_is_int(Elem elem) {
    return elem_table[elem].cls == ELEM_CLASS_SINT || elem_table[elem].cls == ELEM_CLASS_UINT;
}

bool elem_is_signed(Elem elem) {
    return elem_table[elem].cls == ELEM_CLASS_SINT || elem_table[elem].cls == ELEM_CLASS_FLOAT;
}

Elem elem_accumulator(Elem elem) { return elem_is_narrow_float(elem) ? ELEM_F32 : elem; }

bool elem_widens(Elem from, Elem to) {
    const ElemInfo *f = elem_info(from), *t = elem_info(to);
    if (from == to)
        return true;
    if (from == ELEM_BOOL || to == ELEM_BOOL)
        return false;
    if (elem_is_float(from))
        return elem_is_float(to) && f->bits < t->bits && t->bits >= 32;
    if (elem_is_float(to))
        return (to == ELEM_F32 && f->bits <= 16) || (to == ELEM_F64 && f->bits <= 32);
    return f->cls == t->cls ? f->bits <= t->bits : t->cls == ELEM_CLASS_SINT && f->bits < t->bits;
}

bool elem_in_set(Elem elem, ElemSet set) {
    switch (set) {
    case ELEMS_ANY: return true;
    case ELEMS_NUMBER: return elem != ELEM_BOOL;
    case ELEMS_FLOAT: return elem_is_float(elem);
    case ELEMS_INT: return elem_is_int(elem);
    case ELEMS_BOOL: return elem == ELEM_BOOL;
    case ELEMS_INT_BOOL: return !elem_is_float(elem);
    case ELEMS_MATMUL: return elem_is_float(elem) || elem == ELEM_I8 || elem == ELEM_U8;
    }
    return false;
}

static const char *elem_set_text(ElemSet set) {
    switch (set) {
    case ELEMS_ANY: return "any";
    case ELEMS_NUMBER: return "number";
    case ELEMS_FLOAT: return "float";
    case ELEMS_INT: return "integer";
    case ELEMS_BOOL: return "bool";
    case ELEMS_INT_BOOL: return "integer or bool";
    case ELEMS_MATMUL: return "float, i8, u8";
    }
    return "";
}

/* ---- monoids, stages, attributes -------------------------------------------------------------------------------- */
static const struct {
    const char *text;
    MonoidClass cls;
} monoid_table[MONOID_COUNT] = {
    {"none", MONOID_CLASS_NONE},
#define MONOID(NAME, text, cls, doc) {text, MONOID_CLASS_##cls},
#include "ir/monoid.def"
#undef MONOID
};

const char *monoid_text(Monoid monoid) { return monoid_table[monoid].text; }

MonoidClass monoid_class(Monoid monoid) { return monoid_table[monoid].cls; }

bool monoid_wants_position(Monoid m) {
    return monoid_class(m) == MONOID_CLASS_LANES16 || m == MONOID_ARGMAX || m == MONOID_ARGMIN || m == MONOID_TOPK;
}

int monoid_find(const char *text) {
    for (int i = 1; i < MONOID_COUNT; i++)
        if (strcmp(monoid_table[i].text, text) == 0)
            return i;
    return -1;
}

static const char *const stage_table[STAGE_COUNT] = {
#define STAGE(NAME, text, doc) text,
#include "ir/stage.def"
#undef STAGE
};

const char *stage_text(Stage stage) { return stage_table[stage]; }

int stage_find(const char *text) {
    for (int i = 0; i < STAGE_COUNT; i++)
        if (strcmp(stage_table[i], text) == 0)
            return i;
    return -1;
}

static const struct {
    const char *text;
    AttrKind kind;
} attr_table[ATTR_COUNT] = {
#define ATTR(NAME, text, kind, doc) {text, ATTR_KIND_##kind},
#include "ir/attr.def"
#undef ATTR
};

const char *attr_text(AttrKey key) { return attr_table[key].text; }

AttrKind attr_kind(AttrKey key) { return attr_table[key].kind; }

int attr_find(const char *text) {
    for (int i = 0; i < ATTR_COUNT; i++)
        if (strcmp(attr_table[i].text, text) == 0)
            return i;
    return -1;
}

/* ---- operations ------------------------------------------------------------------------------------------------- */
/* Columns that a row leaves out are empty texts: the defaults stand first and a row overrides them, on purpose. */
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
static const OpInfo op_table[OP_COUNT] = {
#define OP(NAME, ...) [OP_##NAME] = {.sig = "", .map = "", __VA_ARGS__},
#define CEXPR(expr)
#include "ir/op.def"
#undef OP
#undef CEXPR
};
#pragma GCC diagnostic pop

const OpInfo *op_info(OpCode code) { return &op_table[code]; }

LaneSet elem_lanes(Elem elem) {
    if (elem == ELEM_BOOL)
        return LANES_BOOL;
    if (elem_is_float(elem))
        return elem == ELEM_F64 ? LANES_F64 : LANES_F32;
    int bits = elem_table[elem].bits;
    return bits == 64 ? LANES_NONE : bits == 32 ? LANES_INT : LANES_SMALL;
}

/* The main operand's class says it; a select moves its result, a cast makes one. */
bool op_lanes_ok(OpCode code, Elem operand, Elem result) {
    unsigned lanes = op_info(code)->lanes;
    if (code == OP_WHERE || code == OP_IOTA || code == OP_CONST)
        return (lanes & elem_lanes(result)) != 0;
    return (lanes & elem_lanes(operand)) && elem_lanes(result) != LANES_NONE;
}

/* A perfect order is not needed: names are looked up once per operation of a program text. */
static int op_name_bucket(const char *name) {
    unsigned h = 0;
    for (const char *p = name; *p; p++)
        h = h * 31u + (unsigned char)*p;
    return (int)(h % 64u);
}

int op_find(const char *name) {
    int bucket = op_name_bucket(name);
    for (int i = 0; i < OP_COUNT; i++) {
        const char *have = op_table[i].name;
        if (have[0] == name[0] && op_name_bucket(have) == bucket && strcmp(have, name) == 0)
            return i;
    }
    return -1;
}

/* ---- listings --------------------------------------------------------------------------------------------------- */
void ops_print_table(Buf *out) {
    buf_puts(out, "| operation | arguments | elements | meaning |\n|---|---|---|---|\n");
    for (int i = 0; i < OP_COUNT; i++) {
        const OpInfo *info = &op_table[i];
        if (!(info->traits & LANG))
            continue;
        buf_printf(out, "| `tl.%s` | `%s` | %s | %s |\n", info->name, info->sig, elem_set_text(info->elems), info->doc);
    }
    buf_puts(out, "\n| operation of the IR only | meaning |\n|---|---|\n");
    for (int i = 0; i < OP_COUNT; i++) {
        const OpInfo *info = &op_table[i];
        if (!(info->traits & LANG))
            buf_printf(out, "| `%s`%s | %s |\n", info->name, info->traits & BLOCK_ONLY ? " (block)" : "", info->doc);
    }
}

void types_print_table(Buf *out) {
    buf_puts(out, "| type | bits | meaning |\n|---|---|---|\n");
    for (int i = 0; i < ELEM_COUNT; i++)
        buf_printf(out, "| `%s` | %d | %s |\n", elem_table[i].text, elem_table[i].bits, elem_table[i].doc);
}
