/* Ops and regions of the IR text. */
#include <string.h>
#include "ir/build.h"
#include "ir/ir_impl.h"
#include "ir/parse_impl.h"

typedef VEC(Token) TokenVec;
typedef VEC(Value *) ValueVec;
typedef VEC(const Expr *) ExprVec;

/* Everything of an op's line, before the op is made. */
typedef struct Line {
    TokenVec results;
    OpCode code;
    ValueVec operands;
    ExprVec exprs;
    SelKind sels[IR_MAX_RANK];
    int nsels;
    VEC(Attr) attrs;
    VEC(const Type *) types;
    Loc loc;
} Line;

static void unknown(Parser *p, const char *what) {
    if (!p->failed)
        diag_report(p->dc, DIAG_IR_UNKNOWN, parse_span(p), what, p->tok.text);
    p->failed = true;
    p->at = p->size;
    parse_next(p);
}

/* ---- attributes ------------------------------------------------------------------------------------------------- */
/* `{` opens attributes when a word follows that is followed by `=`, `,` or `}`; else it opens a region. */
static bool attrs_follow(Parser *p) {
    if (!parse_is(p, P_LBRACE))
        return false;
    Parser ahead = *p;
    parse_next(&ahead);
    if (ahead.tok.kind != TOK_WORD || ahead.tok.new_line)
        return false;
    bool known = attr_find(ahead.tok.text) >= 0;
    parse_next(&ahead);
    return parse_is(&ahead, P_EQUAL) || (known && (parse_is(&ahead, P_COMMA) || parse_is(&ahead, P_RBRACE)));
}

static Attr parse_attr_value(Parser *p, AttrKey key) {
    Attr a = {.key = key};
    switch (attr_kind(key)) {
    case ATTR_KIND_BOOL: a.b = true; return a;
    case ATTR_KIND_INT: a.i = parse_int(p); return a;
    case ATTR_KIND_FLOAT: a.f = parse_float(p); return a;
    case ATTR_KIND_ELEM: {
        int elem = p->tok.kind == TOK_WORD ? elem_find(p->tok.text) : -1;
        if (elem < 0)
            parse_expected(p, "an element type");
        else
            a.elem = (Elem)elem, parse_next(p);
        return a;
    }
    case ATTR_KIND_STR:
    case ATTR_KIND_WORD: break;
    }
    bool word = attr_kind(key) == ATTR_KIND_WORD;
    a.s = "";
    if (p->tok.kind == TOK_STRING || (word && p->tok.kind == TOK_WORD))
        a.s = str_intern(p->strings, p->tok.text), parse_next(p);
    else
        parse_expected(p, word ? "a word" : "a string");
    return a;
}

static void parse_attrs(Parser *p, Line *line) {
    parse_want(p, P_LBRACE);
    do {
        int key = p->tok.kind == TOK_WORD ? attr_find(p->tok.text) : -1;
        if (p->tok.kind != TOK_WORD)
            parse_expected(p, "an attribute");
        else if (key < 0)
            unknown(p, "attribute");
        if (p->failed)
            return;
        parse_next(p);
        if (attr_kind((AttrKey)key) != ATTR_KIND_BOOL)
            parse_want(p, P_EQUAL);
        VEC_PUSH(p->arena, &line->attrs, parse_attr_value(p, (AttrKey)key));
    } while (parse_take(p, P_COMMA));
    parse_want(p, P_RBRACE);
}

/* ---- the line --------------------------------------------------------------------------------------------------- */
static void parse_results(Parser *p, Line *line) {
    if (p->tok.kind != TOK_VALUE)
        return;
    do {
        if (p->tok.kind != TOK_VALUE)
            parse_expected(p, "a value (%name)");
        VEC_PUSH(p->arena, &line->results, p->tok);
        parse_next(p);
    } while (parse_take(p, P_COMMA));
    parse_want(p, P_EQUAL);
}

static void parse_operands(Parser *p, Line *line) {
    do {
        Value *v = parse_value_use(p);
        VEC_PUSH(p->arena, &line->operands, v);
    } while (parse_take(p, P_COMMA));
}

static void parse_selector(Parser *p, Line *line) {
    SelKind *sel = &line->sels[line->nsels++];
    if (parse_take(p, P_COLON)) {
        *sel = SEL_FULL;
        return;
    }
    *sel = SEL_INDEX;
    VEC_PUSH(p->arena, &line->exprs, parse_expr(p));
    if (!parse_is(p, P_COLON) && !parse_is(p, P_BLOCK))
        return;
    *sel = parse_is(p, P_COLON) ? SEL_RANGE : SEL_BLOCK;
    parse_next(p);
    VEC_PUSH(p->arena, &line->exprs, parse_expr(p));
}

static void parse_brackets(Parser *p, Line *line) {
    bool selectors = op_code_has(line->code, SELECT);
    parse_want(p, P_LBRACKET);
    while (!p->failed && !parse_is(p, P_RBRACKET)) {
        if (selectors && line->nsels == IR_MAX_RANK)
            parse_expected(p, "at most 8 selectors");
        else if (selectors)
            parse_selector(p, line);
        else
            VEC_PUSH(p->arena, &line->exprs, parse_expr(p));
        if (!parse_take(p, P_COMMA))
            break;
    }
    parse_want(p, P_RBRACKET);
}

static void parse_line(Parser *p, Line *line) {
    parse_results(p, line);
    int code = p->tok.kind == TOK_WORD ? op_find(p->tok.text) : -1;
    if (p->tok.kind != TOK_WORD)
        parse_expected(p, "an operation");
    else if (code < 0)
        unknown(p, "operation");
    else if (op_code_has((OpCode)code, LANG_ONLY))
        parse_expected(p, "an operation that stands in the IR");
    if (p->failed)
        return;
    line->code = (OpCode)code;
    parse_next(p);
    if (p->tok.kind == TOK_VALUE && !p->tok.new_line)
        parse_operands(p, line);
    if (parse_is(p, P_LBRACKET))
        parse_brackets(p, line);
    if (attrs_follow(p))
        parse_attrs(p, line);
    if (line->results.len > 0) {
        parse_want(p, P_COLON);
        do
            VEC_PUSH(p->arena, &line->types, parse_type(p));
        while (parse_take(p, P_COMMA));
        if (line->types.len != line->results.len)
            parse_expected(p, "one type for each result before this");
    }
    line->loc = parse_place(p);
}

/* ---- ops -------------------------------------------------------------------------------------------------------- */
static Op *make_op(Parser *p, Region *region, const Line *line) {
    Module *m = p->module;
    Op *op = op_create(m, line->code, line->loc, line->operands.len, line->exprs.len, line->results.len, 0);
    for (int i = 0; i < op->noperands; i++)
        op->operands[i] = line->operands.data[i];
    for (int i = 0; i < op->nexprs; i++)
        op->exprs[i] = line->exprs.data[i];
    op->nsels = line->nsels;
    memcpy(op->sels, line->sels, sizeof op->sels);
    for (int i = 0; i < line->attrs.len; i++)
        *op_add_attr(m, op, line->attrs.data[i].key) = line->attrs.data[i];
    for (int i = 0; i < op->nresults; i++) {
        const Token *name = &line->results.data[i];
        Value *v = value_create(m, line->types.data[i], parse_value_name(p, name));
        op_set_result(op, i, v);
        parse_value_define(p, name, v);
    }
    op_append(region, op);
    return op;
}

/* ^(%a, %b: type) */
static void parse_args(Parser *p, const Op *op, Region *region) {
    if (!parse_take(p, P_CARET))
        return;
    parse_want(p, P_LPAREN);
    for (int i = 0; !p->failed; i++) {
        const Token name = p->tok;
        if (name.kind != TOK_VALUE)
            parse_expected(p, "a value (%name)");
        parse_next(p);
        int from = op_arg_from(op, i);
        const Type *type = from >= 0 ? op->operands[from]->type : type_index(p->module);
        if (parse_is(p, P_COLON) || from == ARG_FREE) {
            parse_want(p, P_COLON);
            type = parse_type(p);
        }
        if (p->failed)
            return;
        parse_value_define(p, &name, region_add_arg(p->module, region, type, parse_value_name(p, &name)));
        if (!parse_take(p, P_COMMA))
            break;
    }
    parse_want(p, P_RPAREN);
}

static void parse_regions(Parser *p, Op *op) {
    VEC(Region *) regions = {0};
    if (++p->depth > PARSE_DEEPEST)
        parse_too_deep(p);
    while (parse_is(p, P_LBRACE) && !p->tok.new_line) {
        parse_next(p);
        Region *region = region_create(p->module, p->func, op);
        VEC_PUSH(p->arena, &regions, region);
        parse_args(p, op, region);
        parse_region_ops(p, region);
        parse_want(p, P_RBRACE);
    }
    op->regions = regions.data;
    op->nregions = regions.len;
    p->depth--;
}

void parse_region_ops(Parser *p, Region *region) {
    while (!p->failed && p->tok.kind != TOK_END && !parse_is(p, P_RBRACE)) {
        Line line = {0};
        parse_line(p, &line);
        if (p->failed)
            return;
        Op *op = make_op(p, region, &line);
        parse_regions(p, op);
    }
}
