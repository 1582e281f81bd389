/* Names in scope, and reading tokens. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "backends/llvm/tc.h"
#include "runtime/include/ptoc_def.h"
#include "runtime/include/ptoc_reduce.h"
#include "runtime/include/ptoc_team.h"

void tc_error(Tc *c, const char *fmt, ...) {
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(c->error, sizeof c->error, "%s:%d: %s", c->files.len ? c->files.data[c->at->file] : "?", c->at->line,
             text);
    longjmp(c->failure, 1);
}

/* ---- the table ---- */

static unsigned slot(const char *name) { return (unsigned)(((uintptr_t)name >> 3) * 2654435761u) % TC_TABLE; }

TcSymbol *tc_find(Tc *c, const char *name) {
    TcSymbol *s = c->table[slot(name)];
    while (s && s->name != name)
        s = s->hidden;
    return s;
}

TcSymbol *tc_declare(Tc *c, const char *name, TcSymbolKind kind, const TcType *type) {
    TcSymbol *s = ARENA_NEW(c->arena, TcSymbol);
    unsigned i = slot(name);
    *s = (TcSymbol){.name = name, .kind = kind, .type = type, .hidden = c->table[i], .function = c->function};
    c->table[i] = s;
    VEC_PUSH(c->arena, &c->scope, s);
    return s;
}

int tc_scope_open(const Tc *c) { return c->scope.len; }

void tc_scope_close(Tc *c, int mark) {
    while (c->scope.len > mark) {
        TcSymbol *s = VEC_POP(&c->scope);
        c->table[slot(s->name)] = s->hidden;
    }
}

static void add_constant(Tc *c, const char *name, const TcType *type, LLVMValueRef value) {
    tc_declare(c, str_intern(c->strings, name), TC_SYM_CONSTANT, type)->value = value;
}

void tc_names_init(Tc *c) {
    static const char *const words[] = {
#define TC_KEYWORD(NAME, text) [TC_KW_##NAME] = text,
#include "backends/llvm/tc_words.def"
#undef TC_KEYWORD
    };
    for (int i = 0; i < TC_KEYWORDS; i++)
        tc_declare(c, str_intern(c->strings, words[i]), TC_SYM_KEYWORD, NULL)->keyword = i;
#define SIGNED(NAME) add_constant(c, #NAME, c->type_i64, tc_int(c, c->type_i64, (int64_t)NAME));
#define PLAIN(NAME) add_constant(c, #NAME, c->type_i32, tc_int(c, c->type_i32, NAME));
#define UNSIGNED(NAME) add_constant(c, #NAME, c->type_u64, tc_int(c, c->type_u64, (int64_t)NAME));
#define REAL(NAME, TYPE) add_constant(c, #NAME, c->TYPE, LLVMConstReal(tc_llvm(c, c->TYPE), (double)NAME));
#include "backends/llvm/tc_constants.def"
#undef SIGNED
#undef PLAIN
#undef UNSIGNED
#undef REAL
    const TcType *pointer = tc_pointer(c, c->type_void);
    add_constant(c, "NULL", pointer, LLVMConstNull(tc_llvm(c, pointer)));
}

/* ---- tokens ---- */

bool tc_accept(Tc *c, unsigned punct) {
    bool here = tc_is(c, punct);
    c->at += here;
    return here;
}

void tc_expect(Tc *c, unsigned punct) {
    if (!tc_accept(c, punct))
        tc_error(c, "expected `%c%c`", (char)(punct & 255), punct > 255 ? (char)(punct >> 8 & 255) : ' ');
}

const char *tc_expect_name(Tc *c) {
    if (c->at->kind != TC_NAME)
        tc_error(c, "expected a name");
    return (c->at++)->text;
}

int tc_keyword(Tc *c) {
    const TcSymbol *s = c->at->kind == TC_NAME ? tc_find(c, c->at->text) : NULL;
    return s && s->kind == TC_SYM_KEYWORD ? s->keyword : -1;
}

bool tc_accept_keyword(Tc *c, TcKeyword word) {
    bool here = tc_keyword(c) == (int)word;
    c->at += here;
    return here;
}

void tc_skip_parens(Tc *c) {
    int depth = 0;
    do {
        depth += tc_is(c, '(') ? 1 : tc_is(c, ')') ? -1 : 0;
        if (c->at->kind == TC_END)
            tc_error(c, "a bracket is not closed");
        c->at++;
    } while (depth > 0);
}
