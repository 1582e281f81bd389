/* Modules and functions of the IR text. */
#include <stdlib.h>
#include <string.h>
#include "ir/build.h"
#include "ir/ir_impl.h"
#include "ir/parse_impl.h"
#include "ir/print.h"

static const char *want_string(Parser *p) {
    const char *text = "";
    if (p->tok.kind != TOK_STRING)
        parse_expected(p, "a string");
    else
        text = str_intern(p->strings, p->tok.text), parse_next(p);
    return text;
}

static const char *want_word(Parser *p, const char *what) {
    const char *text = "";
    if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_STRING)
        parse_expected(p, what);
    else
        text = str_intern(p->strings, p->tok.text), parse_next(p);
    return text;
}

/* module NAME stage STAGE, then source N "path" lines. */
static void parse_head(Parser *p) {
    if (!parse_take_word(p, "module"))
        parse_expected(p, "`module`");
    p->module->name = want_word(p, "the name of the module");
    if (!parse_take_word(p, "stage"))
        parse_expected(p, "`stage`");
    int stage = p->tok.kind == TOK_WORD ? stage_find(p->tok.text) : -1;
    if (p->tok.kind != TOK_WORD) {
        parse_expected(p, "a stage");
    } else if (stage < 0) {
        diag_report(p->dc, DIAG_IR_UNKNOWN, parse_span(p), "stage", p->tok.text);
        p->failed = true;
        return;
    } else {
        p->module->stage = (Stage)stage;
        parse_next(p);
    }
    while (parse_take_word(p, "source")) {
        if (parse_int(p) != p->module->sources.len && !p->failed)
            parse_expected(p, "sources numbered from 0 in order before this");
        const char *path = want_string(p);
        if (!p->failed && module_add_source(p->module, path) != p->module->sources.len - 1)
            parse_expected(p, "each source once before this");
    }
}

/* ---- parameters ------------------------------------------------------------------------------------------------- */
static void parse_index_params(Parser *p) {
    if (!parse_take(p, P_LBRACKET))
        return;
    do {
        bool is_const = parse_take_word(p, "const"), is_entries = parse_take_word(p, "entries");
        const Token name = p->tok;
        if (name.kind != TOK_VALUE)
            parse_expected(p, "an index parameter (%name)");
        if (p->failed)
            return;
        parse_next(p);
        parse_value_define(p, &name, func_add_index_param(p->func, parse_value_name(p, &name), is_const));
        p->func->index_params[p->func->nindex_params - 1].is_entries = is_entries;
    } while (parse_take(p, P_COMMA));
    parse_want(p, P_RBRACKET);
}

static ParamDir parse_dir(Parser *p) {
    if (parse_take_word(p, "in"))
        return DIR_IN;
    if (parse_take_word(p, "out"))
        return DIR_OUT;
    return parse_take_word(p, "inout") ? DIR_INOUT : DIR_NONE;
}

static void parse_param(Parser *p) {
    const Token name = p->tok;
    if (name.kind != TOK_VALUE)
        parse_expected(p, "a parameter (%name)");
    parse_next(p);
    parse_want(p, P_COLON);
    ParamDir dir = parse_dir(p);
    const Type *type = parse_type(p);
    if (p->failed)
        return;
    parse_value_define(p, &name, func_add_param(p->func, parse_value_name(p, &name), type, dir));
    if (!parse_take(p, P_EQUAL))
        return;
    Param *param = &p->func->params[p->func->nparams - 1];
    param->has_default = true;
    if (elem_is_float(type->elem))
        param->default_float = parse_float(p);
    else
        param->default_int = parse_int(p);
}

/* ---- functions -------------------------------------------------------------------------------------------------- */
static void parse_directives(Parser *p) {
    while (parse_take_word(p, "directive")) {
        Directive d = {.name = want_word(p, "the name of a directive")};
        d.args = want_string(p);
        d.loc = parse_place(p);
        if (!p->failed)
            VEC_PUSH(p->arena, &p->func->directives, d);
    }
}

static bool is_identifier(const char *s) {
    for (const char *c = s; *c; c++)
        if (*c == '.')
            return false;
    return s[0] < '0' || s[0] > '9';
}

static void parse_func(Parser *p) {
    FuncKind kind = parse_is_word(p, "kernel") ? FUNC_KERNEL : FUNC_WORKLOAD;
    if (kind == FUNC_WORKLOAD && !parse_is_word(p, "workload"))
        parse_expected(p, "`kernel` or `workload`");
    parse_next(p);
    if (p->tok.kind != TOK_SYMBOL || !is_identifier(p->tok.text)) {
        parse_expected(p, "the name of a function (@name)");
        return;
    }
    p->func = build_func(p->module, kind, p->tok.text, LOC_NONE);
    p->func_number++;
    parse_next(p);
    parse_index_params(p);
    parse_want(p, P_LPAREN);
    while (!p->failed && !parse_is(p, P_RPAREN)) {
        parse_param(p);
        if (!parse_take(p, P_COMMA))
            break;
    }
    parse_want(p, P_RPAREN);
    if (parse_take_word(p, "origin"))
        p->func->origin = want_string(p);
    p->func->exported = parse_take_word(p, "export");
    p->func->loc = parse_place(p);
    parse_want(p, P_LBRACE);
    parse_directives(p);
    parse_region_ops(p, p->func->body);
    parse_want(p, P_RBRACE);
}

static int compare_token(const void *a, const void *b) {
    const Token *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->begin > y->begin) - (x->begin < y->begin);
}

/* Names of functions are unique; looked at once, at the end. */
static void check_names(Parser *p, Token *names, int n) {
    if (n < 2)
        return;
    qsort(names, (size_t)n, sizeof *names, compare_token);
    for (int i = 1; i < n && !p->failed; i++) {
        if (strcmp(names[i - 1].text, names[i].text) != 0)
            continue;
        Span span = {p->source, names[i].begin, names[i].end};
        diag_report(p->dc, DIAG_IR_DEFINED_TWICE, span, arena_printf(p->arena, "@%s", names[i].text));
        p->failed = true;
    }
}

Module *module_parse(Arena *arena, StrTab *strings, DiagContext *dc, int source) {
    const SourceFile *file = source_get(diag_source_map(dc), source);
    Parser p = {.arena = arena, .strings = strings, .dc = dc, .source = source, .text = file->text};
    p.size = (uint32_t)file->size;
    p.module = module_create(arena, strings, "");
    parse_next(&p);
    parse_head(&p);
    VEC(Token) names = {0};
    while (!p.failed && p.tok.kind != TOK_END) {
        Parser ahead = p;
        parse_next(&ahead);
        parse_func(&p);
        VEC_PUSH(arena, &names, ahead.tok);
    }
    check_names(&p, names.data, p.failed ? 0 : names.len);
    return p.failed ? NULL : p.module;
}
