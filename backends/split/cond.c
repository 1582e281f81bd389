/* Conditions of #if: what is known is decided, the rest stays as text. */
#include <stdlib.h>
#include <string.h>
#include "backends/split/split.h"

/* A part of a condition: a number, or text whose loosest operator binds as tightly as `level`. */
typedef struct Part {
    bool known;
    long value;
    const char *text;
    int level;
} Part;

typedef struct Reader {
    Split *s;
    const Tokens *t;
    int at, branch;
} Reader;

enum { LEVEL_OR = 1, LEVEL_AND, LEVEL_COMPARE, LEVEL_SUM, LEVEL_UNARY, LEVEL_ATOM };

static Part read_level(Reader *r, int level);

static bool accept(Reader *r, const char *text) {
    if (r->at >= r->t->len || !token_is(&r->t->data[r->at], text))
        return false;
    r->at++;
    return true;
}

static Part number(long value) {
    Part p = {.known = true, .value = value, .level = LEVEL_ATOM};
    return p;
}

static const char *part_text(Split *s, const Part *p, int level) {
    if (p->known)
        return arena_printf(s->arena, "%ld", p->value);
    return p->level < level ? arena_printf(s->arena, "(%s)", p->text) : p->text;
}

/* The definition that holds for certain at this place. */
static Macro *certain_value(Reader *r, const char *name) {
    for (Macro *m = macro_find(r->s, name); m; m = m->next)
        if (branch_within(r->s, r->branch, m->branch))
            return m;
    return NULL;
}

static Part read_defined(Reader *r) {
    bool paren = accept(r, "(");
    const char *name = r->t->data[r->at++].text;
    if (paren)
        accept(r, ")");
    if (name == r->s->vec_only || certain_value(r, name))
        return number(1);
    Part p = {.text = arena_printf(r->s->arena, "defined(%s)", name), .level = LEVEL_ATOM};
    return p;
}

static Part read_tokens(Reader *r, const Tokens *t) {
    Reader inner = {.s = r->s, .t = t, .branch = r->branch};
    return read_level(&inner, LEVEL_OR);
}

static Part read_name(Reader *r) {
    int at = r->at++;
    const char *name = r->t->data[at].text;
    Macro *m = certain_value(r, name);
    int end = m && m->function ? macro_call_end(r->t, at) : at + 1;
    Part p = {.text = name, .level = LEVEL_ATOM};
    if (name == r->s->vec_only)
        return number(atol(r->s->lanes));
    if (!m || end == 0)
        return p;
    Tokens call = {.data = r->t->data + at, .len = end - at}, value;
    r->at = end;
    value = m->function ? macro_expand(r->s, &call, EXPAND_FAMILY, r->branch) : m->body;
    return read_tokens(r, &value);
}

static Part read_unary(Reader *r) {
    if (accept(r, "!")) {
        Part p = read_unary(r);
        if (p.known)
            return number(!p.value);
        p.text = arena_printf(r->s->arena, "!%s", part_text(r->s, &p, LEVEL_UNARY));
        p.level = LEVEL_UNARY;
        return p;
    }
    if (accept(r, "(")) {
        Part p = read_level(r, LEVEL_OR);
        accept(r, ")");
        return p;
    }
    if (r->at < r->t->len && token_is(&r->t->data[r->at], "defined")) {
        r->at++;
        return read_defined(r);
    }
    if (r->at < r->t->len && r->t->data[r->at].kind == TOKEN_NAME)
        return read_name(r);
    return number(r->at < r->t->len ? strtol(r->t->data[r->at++].text, NULL, 0) : 0);
}

static long apply(const char *op, long a, long b) {
    return !strcmp(op, "||")   ? a || b
           : !strcmp(op, "&&") ? a && b
           : !strcmp(op, "==") ? a == b
           : !strcmp(op, "!=") ? a != b
           : !strcmp(op, "<=") ? a <= b
           : !strcmp(op, ">=") ? a >= b
           : !strcmp(op, "<")  ? a < b
           : !strcmp(op, ">")  ? a > b
           : !strcmp(op, "+")  ? a + b
                               : a - b;
}

static Part join(Split *s, const char *op, Part a, Part b, int level) {
    bool is_or = level == LEVEL_OR, is_and = level == LEVEL_AND;
    if (a.known && b.known)
        return number(apply(op, a.value, b.value));
    if ((is_or || is_and) && (a.known || b.known)) {
        Part known = a.known ? a : b, rest = a.known ? b : a;
        return (known.value != 0) == is_or ? number(is_or) : rest;
    }
    Part p = {.level = level};
    p.text = arena_printf(s->arena, "%s %s %s", part_text(s, &a, level), op, part_text(s, &b, level + 1));
    return p;
}

static Part read_level(Reader *r, int level) {
    static const char *const ops[][7] = {[LEVEL_OR] = {"||"},
                                         [LEVEL_AND] = {"&&"},
                                         [LEVEL_COMPARE] = {"==", "!=", "<=", ">=", "<", ">"},
                                         [LEVEL_SUM] = {"+", "-"}};
    if (level == LEVEL_UNARY)
        return read_unary(r);
    Part p = read_level(r, level + 1);
    for (int i = 0; ops[level][i];) {
        if (!accept(r, ops[level][i])) {
            i++;
            continue;
        }
        p = join(r->s, ops[level][i], p, read_level(r, level + 1), level);
        i = 0;
    }
    return p;
}

int cond_simplify(Split *s, const char *text, int branch, const char **left) {
    Tokens t = lex_line(s, text);
    Reader r = {.s = s, .t = &t, .branch = branch};
    Part p = read_level(&r, LEVEL_OR);
    if (r.at != t.len)
        split_error(s, "a condition is not understood", text);
    *left = p.known ? NULL : p.text;
    return p.known ? p.value != 0 : -1;
}
