/* Reads the text of the place stage. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backends/npu/place.h"

typedef struct PlaceParser {
    PlaceUnit *unit;
    PlaceProgram *program; /* being read, or NULL */
    DiagContext *dc;
    int source;
    const char *text;
    uint32_t at, begin, size; /* begin: of the token that was read last */
    bool failed;
    VEC(Value *) scope;
} PlaceParser;

/* ---- tokens ------------------------------------------------------------------------------------------------------------ */
static void skip(PlaceParser *p) {
    for (;;) {
        while (p->at < p->size && isspace((unsigned char)p->text[p->at]))
            p->at++;
        if (p->at >= p->size || p->text[p->at] != ';')
            return;
        while (p->at < p->size && p->text[p->at] != '\n')
            p->at++;
    }
}

static Span here(const PlaceParser *p) {
    return (Span){p->source, p->at < p->size ? p->at : p->size, p->size < p->at + 1 ? p->size : p->at + 1};
}

static void expected(PlaceParser *p, const char *what) {
    if (!p->failed) {
        int n = (int)strcspn(p->text + p->at, " \n\t(),{}");
        const char *found = p->at >= p->size ? "the end of the text"
                                             : arena_printf(p->unit->arena, "`%.*s`",
                                                            n > 40  ? 40
                                                            : n < 1 ? 1
                                                                    : n,
                                                            p->text + p->at);
        diag_report(p->dc, DIAG_IR_EXPECTED, here(p), what, found);
    }
    p->failed = true;
    p->at = p->size;
}

static bool name_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* The punctuation or word is next; it is taken. */
static bool take(PlaceParser *p, const char *word) {
    skip(p);
    size_t n = strlen(word);
    if (strncmp(p->text + p->at, word, n) != 0 || (name_char(word[n - 1]) && name_char(p->text[p->at + n])))
        return false;
    p->at += (uint32_t)n;
    return true;
}

static void want(PlaceParser *p, const char *word) {
    if (!take(p, word))
        expected(p, arena_printf(p->unit->arena, "`%s`", word));
}

static const char *want_name(PlaceParser *p, const char *what) {
    skip(p);
    p->begin = p->at;
    while (name_char(p->text[p->at]) || (p->at > p->begin && p->text[p->at] == '-' && name_char(p->text[p->at + 1])))
        p->at++;
    if (p->at == p->begin || isdigit((unsigned char)p->text[p->begin])) {
        p->at = p->begin;
        expected(p, what);
        return "";
    }
    return str_intern_n(p->unit->strings, p->text + p->begin, p->at - p->begin);
}

static const char *plain_name(PlaceParser *p, const char *what) {
    const char *name = want_name(p, what);
    size_t n = strcspn(name, "-");
    if (name[n])
        p->at -= (uint32_t)(strlen(name) - n);
    return name[n] ? str_intern_n(p->unit->strings, name, n) : name;
}

static int64_t want_int(PlaceParser *p) {
    skip(p);
    char *end;
    long long v = strtoll(p->text + p->at, &end, 10);
    if (end == p->text + p->at)
        expected(p, "a number");
    else
        p->at = (uint32_t)(end - p->text);
    return v;
}

static double want_float(PlaceParser *p) {
    skip(p);
    char *end;
    double v = strtod(p->text + p->at, &end);
    if (end == p->text + p->at)
        expected(p, "a number");
    else
        p->at = (uint32_t)(end - p->text);
    return v;
}

/* "..." as buf_put_c_string writes it, without its escapes' meaning for anything but quotes and backslashes. */
static const char *want_string(PlaceParser *p) {
    want(p, "\"");
    Buf out = {0};
    while (p->at < p->size && p->text[p->at] != '"') {
        p->at += p->text[p->at] == '\\' && p->at + 1 < p->size;
        buf_putc(&out, p->text[p->at++]);
    }
    want(p, "\"");
    const char *s = str_intern(p->unit->strings, buf_text(&out));
    buf_free(&out);
    return s;
}

static Loc maybe_loc(PlaceParser *p) {
    Loc loc = LOC_NONE;
    if (take(p, "@")) {
        loc.file = (int)want_int(p);
        want(p, ":");
        loc.line = (int)want_int(p);
        want(p, ":");
        loc.column = (int)want_int(p);
    }
    return loc;
}

static int want_word(PlaceParser *p, const char *what, int (*find)(const char *)) {
    const char *word = plain_name(p, what);
    int found = p->failed ? -1 : find(word);
    if (found < 0 && !p->failed) {
        diag_report(p->dc, DIAG_IR_UNKNOWN, (Span){p->source, p->begin, p->at}, what, word);
        p->failed = true;
        p->at = p->size;
    }
    return found < 0 ? 0 : found;
}

/* ---- expressions --------------------------------------------------------------------------------------------------------- */
static Value *define(PlaceParser *p, const char *name) {
    Value *v = ARENA_NEW(p->unit->arena, Value);
    v->name = name;
    v->id = (uint32_t)p->scope.len;
    VEC_PUSH(p->unit->arena, &p->scope, v);
    return v;
}

static const Expr *parse_expr(PlaceParser *p);

static const Expr *parse_list(PlaceParser *p, const Expr *(*join)(ExprTable *, const Expr *, const Expr *)) {
    want(p, "(");
    const Expr *e = parse_expr(p);
    while (take(p, ","))
        e = join(p->unit->exprs, e, parse_expr(p));
    want(p, ")");
    return e;
}

static const Expr *parse_atom(PlaceParser *p) {
    ExprTable *t = p->unit->exprs;
    skip(p);
    if (p->failed)
        return expr_const(t, 0);
    if (take(p, "(")) {
        const Expr *e = parse_expr(p);
        want(p, ")");
        return e;
    }
    if (isdigit((unsigned char)p->text[p->at]))
        return expr_const(t, want_int(p));
    if (take(p, "min"))
        return parse_list(p, expr_min);
    if (take(p, "max"))
        return parse_list(p, expr_max);
    const char *name = plain_name(p, "an expression");
    for (int i = p->scope.len - 1; i >= 0 && !p->failed; i--) {
        if (p->scope.data[i]->name == name)
            return expr_value(t, p->scope.data[i]);
    }
    if (!p->failed)
        diag_report(p->dc, DIAG_IR_UNDEFINED, (Span){p->source, p->begin, p->at}, name);
    p->failed = true;
    return expr_const(t, 0);
}

static const Expr *parse_term(PlaceParser *p) {
    ExprTable *t = p->unit->exprs;
    const Expr *e = parse_atom(p);
    while (!p->failed) {
        if (take(p, "*"))
            e = expr_mul(t, e, parse_atom(p));
        else if (take(p, "/"))
            e = expr_div(t, e, parse_atom(p));
        else if (take(p, "%"))
            e = expr_mod(t, e, parse_atom(p));
        else
            return e;
    }
    return e;
}

static const Expr *parse_expr(PlaceParser *p) {
    ExprTable *t = p->unit->exprs;
    const Expr *e = take(p, "-") ? expr_neg(t, parse_term(p)) : parse_term(p);
    while (!p->failed) {
        if (take(p, "+"))
            e = expr_add(t, e, parse_term(p));
        else if (take(p, "-"))
            e = expr_sub(t, e, parse_term(p));
        else
            return e;
    }
    return e;
}

static void parse_pair(PlaceParser *p, const char *word, const Expr *pair[2]) {
    want(p, word);
    pair[0] = parse_expr(p);
    want(p, ",");
    pair[1] = parse_expr(p);
}

/* ---- operands -------------------------------------------------------------------------------------------------------------- */
static int find_in(const char *const *texts, int n, const char *text) {
    for (int i = 0; i < n; i++) {
        if (strcmp(texts[i], text) == 0)
            return i;
    }
    return -1;
}
static int find_layout(const char *text) { return find_in(npu_layout_texts, NPU_LAYOUT_COUNT, text); }
static int find_role(const char *text) { return find_in(npu_role_texts, NPU_ROLE_COUNT, text); }
static int find_memory(const char *text) {
    for (int i = 0; i < NPU_MEMORY_COUNT; i++) {
        if (strcmp(npu_memory_info((NpuMemory)i)->text, text) == 0)
            return i;
    }
    return -1;
}
static int find_pipe(const char *text) {
    for (int i = 0; i < NPU_PIPE_COUNT; i++) {
        if (strcmp(npu_pipe_text((NpuPipe)i), text) == 0)
            return i;
    }
    return -1;
}

static int find_arg(const PlaceParser *p, const char *name) {
    for (int i = 0; i < p->unit->args.len; i++) {
        if (strcmp(p->unit->args.data[i].name, name) == 0)
            return i;
    }
    return -1;
}

static int find_buffer(const PlaceParser *p, const char *name) {
    for (int i = 0; i < p->program->buffers.len; i++) {
        if (strcmp(p->program->buffers.data[i].name, name) == 0)
            return i;
    }
    return -1;
}

static int known(PlaceParser *p, int found, const char *what, const char *name) {
    if (found < 0 && !p->failed) {
        diag_report(p->dc, DIAG_IR_UNKNOWN, (Span){p->source, p->begin, p->at}, what, name);
        p->failed = true;
    }
    return found < 0 ? 0 : found;
}

static void parse_tile(PlaceParser *p, PlaceOperand *o, const char *name) {
    o->kind = PLACE_TILE;
    o->buffer = known(p, find_buffer(p, name), "buffer", name);
    want(p, "[");
    o->copy = parse_expr(p);
    want(p, "]");
    want(p, "+");
    o->offset = want_int(p);
    o->elem = (Elem)want_word(p, "element type", elem_find);
    o->layout = (NpuLayout)want_word(p, "layout", find_layout);
    o->rows = want_int(p);
    if (p->text[p->at] != 'x')
        expected(p, "`x`");
    p->at += !p->failed;
    o->cols = want_int(p);
    parse_pair(p, "valid", o->valid);
    o->padded = take(p, "pad");
}

static void parse_gm(PlaceParser *p, PlaceOperand *o, const char *name) {
    o->kind = PLACE_GM;
    o->arg = known(p, find_arg(p, name), "argument", name);
    want(p, "+");
    o->at = parse_expr(p);
    o->elem = (Elem)want_word(p, "element type", elem_find);
    o->layout = (NpuLayout)want_word(p, "layout", find_layout);
    parse_pair(p, "shape", o->valid);
    parse_pair(p, "stride", o->stride);
    skip(p);
    if (strncmp(p->text + p->at, "box", 3) != 0)
        return;
    parse_pair(p, "box", o->box);
    want(p, "size");
    o->box_size[0] = want_int(p);
    want(p, ",");
    o->box_size[1] = want_int(p);
}

static void parse_scalar(PlaceParser *p, PlaceOperand *o) {
    if (take(p, "number")) {
        o->kind = PLACE_NUMBER;
        o->number = want_float(p);
    } else if (take(p, "expr")) {
        o->kind = PLACE_EXPR;
        o->expr = parse_expr(p);
    } else {
        want(p, "arg");
        o->kind = PLACE_SCALAR_ARG;
        const char *name = plain_name(p, "an argument");
        o->arg = known(p, find_arg(p, name), "argument", name);
        o->elem = p->unit->args.len ? p->unit->args.data[o->arg].elem : ELEM_F32;
    }
}

static void parse_operand(PlaceParser *p, PlaceStmt *s) {
    if (s->noperands == NPU_MAX_OPERANDS) {
        expected(p, "the end of the instruction");
        return;
    }
    PlaceOperand *o = &s->operands[s->noperands++];
    o->role = (NpuRole)want_word(p, "role", find_role);
    want(p, "(");
    if (o->role == NPU_SCALAR) {
        parse_scalar(p, o);
    } else {
        const char *name = plain_name(p, "a buffer or an argument");
        skip(p);
        if (p->text[p->at] == '[')
            parse_tile(p, o, name);
        else
            parse_gm(p, o, name);
    }
    want(p, ")");
}

/* ---- statements -------------------------------------------------------------------------------------------------------------- */
static void parse_block(PlaceParser *p, PlaceBlock *block);

static bool at_operand(PlaceParser *p) {
    skip(p);
    size_t n = 0;
    while (name_char(p->text[p->at + n]))
        n++;
    return n > 0 && p->text[p->at + n] == '(';
}

static void parse_insn(PlaceParser *p, PlaceStmt *s) {
    s->code = (InsnCode)want_word(p, "instruction", insn_find);
    if (take(p, "mode"))
        s->mode = plain_name(p, "a mode");
    while (!p->failed && at_operand(p))
        parse_operand(p, s);
    if (take(p, "nth"))
        s->nth = (int)want_int(p);
    s->loc = maybe_loc(p);
}

static void parse_event(PlaceParser *p, PlaceStmt *s) {
    s->src = (NpuPipe)want_word(p, "pipe", find_pipe);
    s->dst = (NpuPipe)want_word(p, "pipe", find_pipe);
    want(p, "#");
    s->base = (int)want_int(p);
    s->count = 1;
    s->phase = expr_const(p->unit->exprs, 0);
    if (take(p, "+")) {
        s->phase = parse_expr(p);
        want(p, "mod");
        s->count = (int)want_int(p);
    }
}

static void parse_body(PlaceParser *p, PlaceStmt *s) {
    int mark = p->scope.len;
    want(p, "{");
    parse_block(p, &s->body);
    want(p, "}");
    p->scope.len = mark;
}

static bool parse_stmt(PlaceParser *p, PlaceStmt *s) {
    if (take(p, "insn")) {
        s->kind = PLACE_INSN;
        parse_insn(p, s);
    } else if (take(p, "let")) {
        s->kind = PLACE_LET;
        const char *name = plain_name(p, "a name");
        want(p, "=");
        s->expr = parse_expr(p);
        s->value = define(p, name);
    } else if (take(p, "loop")) {
        s->kind = PLACE_LOOP;
        const char *name = plain_name(p, "a name");
        want(p, "0");
        want(p, "..");
        s->expr = parse_expr(p);
        int mark = p->scope.len;
        s->value = define(p, name);
        parse_body(p, s);
        p->scope.len = mark;
    } else if (take(p, "when")) {
        s->kind = PLACE_WHEN;
        s->expr = parse_expr(p);
        parse_body(p, s);
    } else if (take(p, "set")) {
        s->kind = PLACE_SET;
        parse_event(p, s);
    } else if (take(p, "wait")) {
        s->kind = PLACE_WAIT;
        parse_event(p, s);
    } else if (take(p, "barrier")) {
        s->kind = PLACE_BARRIER;
        s->src = take(p, "all") ? NPU_PIPE_COUNT : (NpuPipe)want_word(p, "pipe", find_pipe);
    } else {
        return false;
    }
    return !p->failed;
}

static void parse_block(PlaceParser *p, PlaceBlock *block) {
    for (;;) {
        PlaceStmt *s = ARENA_NEW(p->unit->arena, PlaceStmt);
        if (!parse_stmt(p, s))
            return;
        VEC_PUSH(p->unit->arena, block, s);
    }
}

/* ---- the unit ------------------------------------------------------------------------------------------------------------------ */
static void parse_arg(PlaceParser *p) {
    PlaceArg a = {.name = plain_name(p, "a name")};
    a.counter = take(p, "counter");
    if (a.counter || take(p, "index")) {
        a.kind = PLACE_ARG_INDEX;
        a.elem = ELEM_INDEX;
        a.value = define(p, a.name);
    } else if (take(p, "scalar")) {
        a.kind = PLACE_ARG_SCALAR;
        a.elem = (Elem)want_word(p, "element type", elem_find);
    } else if (take(p, "workspace")) {
        a.workspace = true;
        a.dir = DIR_INOUT;
        a.elem = (Elem)want_word(p, "element type", elem_find);
        a.size = parse_expr(p);
    } else {
        want(p, "tensor");
        a.elem = (Elem)want_word(p, "element type", elem_find);
        a.dir = take(p, "inout") ? DIR_INOUT : take(p, "out") ? DIR_OUT : DIR_IN;
        if (a.dir == DIR_IN)
            want(p, "in");
        if (take(p, "same")) {
            const char *other = plain_name(p, "an argument");
            a.same = 1 + known(p, find_arg(p, other), "argument", other);
        }
    }
    VEC_PUSH(p->unit->arena, &p->unit->args, a);
}

static void parse_buffer(PlaceParser *p) {
    PlaceBuffer b = {.name = plain_name(p, "a name"), .base = -1};
    b.memory = (NpuMemory)want_word(p, "memory", find_memory);
    b.size = want_int(p);
    want(p, "x");
    b.depth = (int)want_int(p);
    if (take(p, "@"))
        b.base = want_int(p);
    b.what = want_string(p);
    b.loc = maybe_loc(p);
    VEC_PUSH(p->unit->arena, &p->program->buffers, b);
}

static void parse_flag(PlaceParser *p) {
    const char *name = plain_name(p, "an argument");
    PlaceFlag f = {.arg = known(p, find_arg(p, name), "argument", name), .set = take(p, "set")};
    if (!f.set)
        want(p, "clear");
    VEC_PUSH(p->unit->arena, &p->program->flags, f);
}

static void parse_guards(PlaceParser *p) {
    while (!p->failed && take(p, "guard")) {
        const Expr *e = parse_expr(p);
        VEC_PUSH(p->unit->arena, &p->program->guards, e);
    }
    while (!p->failed && take(p, "flag"))
        parse_flag(p);
}

static void parse_program(PlaceParser *p, PlaceSteps *steps) {
    int mark = p->scope.len;
    p->program = ARENA_NEW(p->unit->arena, PlaceProgram);
    p->program->name = plain_name(p, "a name");
    p->program->cube = take(p, "cube");
    if (!p->program->cube)
        want(p, "vector");
    want(p, "{");
    while (!p->failed && take(p, "buffer"))
        parse_buffer(p);
    parse_guards(p);
    parse_block(p, &p->program->body);
    want(p, "}");
    PlaceStep *step = ARENA_NEW(p->unit->arena, PlaceStep);
    step->program = p->unit->programs.len;
    VEC_PUSH(p->unit->arena, steps, step);
    VEC_PUSH(p->unit->arena, &p->unit->programs, p->program);
    p->scope.len = mark;
}

static void parse_steps(PlaceParser *p, PlaceSteps *steps) {
    while (!p->failed) {
        if (take(p, "program")) {
            parse_program(p, steps);
            continue;
        }
        if (!take(p, "repeat"))
            return;
        PlaceStep *step = ARENA_NEW(p->unit->arena, PlaceStep);
        const char *name = plain_name(p, "a counter");
        step->program = -1;
        step->counter = known(p, find_arg(p, name), "argument", name);
        want(p, "0");
        want(p, "..");
        step->trips = parse_expr(p);
        want(p, "{");
        parse_steps(p, &step->body);
        want(p, "}");
        VEC_PUSH(p->unit->arena, steps, step);
    }
}

static void parse_sources(PlaceParser *p) {
    VEC(const char *) names = {0};
    while (take(p, "source")) {
        want_int(p);
        const char *name = want_string(p);
        VEC_PUSH(p->unit->arena, &names, name);
    }
    p->unit->sources = names.data;
    p->unit->nsources = names.len;
}

PlaceUnit *place_parse(Arena *arena, StrTab *strings, DiagContext *dc, int source) {
    PlaceUnit *unit = ARENA_NEW(arena, PlaceUnit);
    unit->arena = arena;
    unit->strings = strings;
    unit->exprs = expr_table_create(arena);
    const SourceFile *file = source_get(diag_source_map(dc), source);
    PlaceParser p = {.unit = unit, .dc = dc, .source = source, .text = file->text, .size = (uint32_t)file->size};
    want(&p, "unit");
    unit->name = plain_name(&p, "a name");
    want(&p, "target");
    const char *target = want_name(&p, "a target");
    unit->arch = (NpuArch)known(&p, npu_arch_find(target), "target", target);
    parse_sources(&p);
    while (!p.failed && take(&p, "arg"))
        parse_arg(&p);
    while (!p.failed && take(&p, "assume")) {
        const Expr *e = parse_expr(&p);
        VEC_PUSH(arena, &unit->assumes, e);
    }
    parse_steps(&p, &unit->steps);
    skip(&p);
    if (!p.failed && p.at < p.size)
        expected(&p, "`program` or the end of the text");
    return p.failed ? NULL : unit;
}
