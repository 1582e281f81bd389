/* C++ of a unit: one function for each program, a statement a line. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "backends/npu/emit.h"

/* A tile or tensor object that stands in the text, to be named again. */
typedef struct Object {
    const char *key, *name;
    int scope;
} Object;

typedef struct Writer {
    Arena *arena;
    const PlaceUnit *unit;
    const PlaceProgram *program;
    Buf *out;
    int indent, scope;
    VEC(Object) objects;
    VEC(const char *) names;
    Loc last;
} Writer;

static const struct {
    Elem elem;
    const char *text;
} cpp_types[] = {
    {ELEM_BOOL, "uint8_t"}, {ELEM_I8, "int8_t"},       {ELEM_I16, "int16_t"},  {ELEM_I32, "int32_t"},
    {ELEM_I64, "int64_t"},  {ELEM_U8, "uint8_t"},      {ELEM_U16, "uint16_t"}, {ELEM_U32, "uint32_t"},
    {ELEM_F16, "half"},     {ELEM_BF16, "bfloat16_t"}, {ELEM_F32, "float"},    {ELEM_INDEX, "int64_t"},
};

const char *npu_cpp_type(Elem elem) {
    for (size_t i = 0; i < sizeof cpp_types / sizeof cpp_types[0]; i++) {
        if (cpp_types[i].elem == elem)
            return cpp_types[i].text;
    }
    return elem_info(elem)->ctype;
}

void npu_put_expr(Buf *out, const Expr *e) {
    Buf text = {0};
    expr_format(&text, e);
    const char *s = buf_text(&text);
    for (const char *at = s; *at; at++) {
        bool begins = at == s || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');
        if (begins && (strncmp(at, "min(", 4) == 0 || strncmp(at, "max(", 4) == 0))
            buf_puts(out, "pt_");
        buf_putc(out, *at);
    }
    buf_free(&text);
}

static const char *expr_text(Writer *w, const Expr *e) {
    Buf text = {0};
    npu_put_expr(&text, e);
    const char *s = arena_strdup(w->arena, buf_text(&text));
    buf_free(&text);
    return s;
}

static void line(Writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(Writer *w, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    buf_vline(w->out, w->indent, fmt, ap);
    va_end(ap);
}

/* ---- objects --------------------------------------------------------------------------------------------------------------- */
static const char *find_object(Writer *w, const char *key) {
    for (int i = 0; i < w->objects.len; i++) {
        if (strcmp(w->objects.data[i].key, key) == 0)
            return w->objects.data[i].name;
    }
    return NULL;
}

static const char *new_name(Writer *w, const char *wanted) {
    const char *name = wanted;
    for (int n = 2;; n++) {
        bool taken = false;
        for (int i = 0; i < w->objects.len; i++)
            taken |= strcmp(w->objects.data[i].name, name) == 0;
        for (int i = 0; i < w->unit->args.len; i++)
            taken |= strcmp(w->unit->args.data[i].name, name) == 0;
        for (int i = 0; i < w->names.len; i++)
            taken |= strcmp(w->names.data[i], name) == 0;
        if (!taken)
            return name;
        name = arena_printf(w->arena, "%s_%d", wanted, n);
    }
}

static const char *add_object(Writer *w, const char *key, const char *wanted) {
    Object o = {key, new_name(w, wanted), w->scope};
    VEC_PUSH(w->arena, &w->objects, o);
    return o.name;
}

static void close_objects(Writer *w) {
    int n = 0;
    while (n < w->objects.len && w->objects.data[n].scope < w->scope)
        n++;
    w->objects.len = n;
}

/* The value of a constant extent, else -1, which is DYNAMIC. */
static int64_t constant(const Expr *e) {
    int64_t c;
    return expr_is_const(e, &c) ? c : -1;
}

static const char *valid_args(Writer *w, const PlaceOperand *o) {
    Buf text = {0};
    for (int d = 0; d < 2; d++) {
        if (constant(o->valid[d]) >= 0)
            continue;
        buf_puts(&text, text.len ? ", " : "");
        npu_put_expr(&text, o->valid[d]);
    }
    const char *s = text.len ? arena_printf(w->arena, "(%s)", buf_text(&text)) : "";
    buf_free(&text);
    return s;
}

static const char *extent_text(Writer *w, const Expr *e) {
    return constant(e) >= 0 ? arena_printf(w->arena, "%" PRId64, constant(e)) : "DYNAMIC";
}

static const char *tile_type(Writer *w, const PlaceOperand *o) {
    NpuMemory memory = w->program->buffers.data[o->buffer].memory;
    const char *elem = npu_cpp_type(o->elem), *r = extent_text(w, o->valid[0]), *c = extent_text(w, o->valid[1]);
    const char *shape = arena_printf(w->arena, "%s, %" PRId64 ", %" PRId64, elem, o->rows, o->cols);
    switch (memory) {
    case NPU_UB:
        if (o->padded)
            return arena_printf(w->arena, "PtPadded<%s, %s, %s>", shape, r, c);
        return arena_printf(w->arena, "%s<%s, %s, %s>", o->layout == NPU_DN ? "PtColumn" : "PtTile", shape, r, c);
    case NPU_L1:
        return arena_printf(w->arena, "%s<%s, %s, %s>", o->layout == NPU_ZN ? "PtMatZn" : "PtMatNz", shape, r, c);
    case NPU_L0A: return arena_printf(w->arena, "TileLeft<%s, %s, %s>", shape, r, c);
    case NPU_L0B: return arena_printf(w->arena, "TileRight<%s, %s, %s>", shape, r, c);
    case NPU_L0C: return arena_printf(w->arena, "TileAcc<%s, %s, %s>", shape, r, c);
    case NPU_MEMORY_COUNT: break;
    }
    return "";
}

static const char *address_text(Writer *w, const PlaceOperand *o) {
    const PlaceBuffer *b = &w->program->buffers.data[o->buffer];
    int64_t copy;
    if (expr_is_const(o->copy, &copy))
        return arena_printf(w->arena, "%" PRId64, b->base + copy * b->size + o->offset);
    return arena_printf(w->arena, "%" PRId64 " + %s * %" PRId64, b->base + o->offset,
                        arena_printf(w->arena, "(%s)", expr_text(w, o->copy)), b->size);
}

static const char *tile_object(Writer *w, const PlaceOperand *o) {
    const char *type = tile_type(w, o), *at = address_text(w, o), *args = valid_args(w, o);
    const char *key =
        arena_printf(w->arena, "%s%s@%s/%d", type, args, at, (int)w->program->buffers.data[o->buffer].memory);
    const char *name = find_object(w, key);
    if (name)
        return name;
    const char *base = w->program->buffers.data[o->buffer].name;
    name = add_object(w, key, o->layout == NPU_DN ? arena_printf(w->arena, "%s_col", base) : base);
    line(w, "%s %s%s;", type, name, args);
    line(w, "TASSIGN(%s, %s);", name, at);
    return name;
}

static const char *gm_object(Writer *w, const PlaceOperand *o) {
    const PlaceArg *arg = &w->unit->args.data[o->arg];
    const char *r = expr_text(w, o->valid[0]), *c = expr_text(w, o->valid[1]), *at = expr_text(w, o->at);
    const char *stride = expr_text(w, o->stride[o->layout == NPU_DN]);
    const char *key = arena_printf(w->arena, "%s+%s:%s,%s/%s%d", arg->name, at, r, c, stride, o->layout == NPU_DN);
    const char *name = find_object(w, key);
    if (name)
        return name;
    name = add_object(w, key, arena_printf(w->arena, "%s_gm", arg->name));
    line(w, "%s<%s> %s(%s + (%s), {%s, %s}, {%s});", o->layout == NPU_DN ? "PtGmColumns" : "PtGmRows",
         npu_cpp_type(arg->elem), name, arg->name, at, r, c, stride);
    return name;
}

/* ---- instructions --------------------------------------------------------------------------------------------------------------- */
static const char *number_text(Writer *w, Elem elem, double v) {
    if (isinf(v))
        return arena_printf(w->arena, "static_cast<%s>(%sINFINITY)", npu_cpp_type(elem), v < 0 ? "-" : "");
    if (isnan(v))
        return arena_printf(w->arena, "static_cast<%s>(NAN)", npu_cpp_type(elem));
    if (elem_is_int(elem))
        return arena_printf(w->arena, "static_cast<%s>(%.0f)", npu_cpp_type(elem), v);
    const char *digits = arena_printf(w->arena, "%.9g", v);
    const char *text = arena_printf(w->arena, "%s%sf", digits, strpbrk(digits, ".e") ? "" : ".0");
    return elem == ELEM_F32 ? text : arena_printf(w->arena, "static_cast<%s>(%s)", npu_cpp_type(elem), text);
}

static const char *operand_text(Writer *w, const PlaceStmt *s, int i) {
    const PlaceOperand *o = &s->operands[i];
    Elem elem = s->operands[0].elem;
    NpuOperandRule rules[NPU_MAX_OPERANDS];
    insn_operand_rules(s->code, rules);
    bool index = rules[i].elem == NPU_ELEM_INDEX;
    switch (o->kind) {
    case PLACE_TILE: return tile_object(w, o);
    case PLACE_GM: return gm_object(w, o);
    case PLACE_NUMBER: return index ? arena_printf(w->arena, "%.0f", o->number) : number_text(w, elem, o->number);
    case PLACE_EXPR:
        return index ? expr_text(w, o->expr)
                     : arena_printf(w->arena, "static_cast<%s>(%s)", npu_cpp_type(elem), expr_text(w, o->expr));
    case PLACE_SCALAR_ARG: return w->unit->args.data[o->arg].name;
    }
    return "";
}

/* The row's template: $0 an operand, $0t its type, $m the mode. */
static void put_call(Writer *w, const PlaceStmt *s, const char *const *texts, Buf *out) {
    for (const char *c = insn_info(s->code)->call; *c; c++) {
        if (*c != '$') {
            buf_putc(out, *c);
            continue;
        }
        c++;
        if (*c == 'm') {
            int len = 0;
            const char *mode = insn_mode_cpp(s->code, s->mode ? s->mode : "none", &len);
            buf_printf(out, "%.*s", len, mode ? mode : "");
            continue;
        }
        bool type = c[1] == 't';
        buf_printf(out, type ? "decltype(%s)" : "%s", texts[*c - '0']);
        c += type;
    }
    (void)w;
}

static void put_source_line(Writer *w, Loc loc) {
    if (loc.line <= 0 || (loc.line == w->last.line && loc.file == w->last.file))
        return;
    w->last = loc;
    const char *path = loc.file < w->unit->nsources ? w->unit->sources[loc.file] : "";
    const char *slash = strrchr(path, '/');
    line(w, "// %s:%d", slash ? slash + 1 : path, loc.line);
}

static void put_insn(Writer *w, const PlaceStmt *s) {
    const char *texts[NPU_MAX_OPERANDS];
    Buf call = {0};
    put_source_line(w, s->loc);
    for (int i = 0; i < s->noperands; i++)
        texts[i] = operand_text(w, s, i);
    put_call(w, s, texts, &call);
    line(w, "%s;", buf_text(&call));
    buf_free(&call);
}

/* ---- statements ------------------------------------------------------------------------------------------------------------------- */
static const char *tight_text(Writer *w, const Expr *e) {
    const char *text = expr_text(w, e);
    return e->kind == EXPR_VALUE ? text : arena_printf(w->arena, "(%s)", text);
}

static void put_event(Writer *w, const PlaceStmt *s) {
    const char *call = s->kind == PLACE_SET ? "set_flag" : "wait_flag";
    const char *src = npu_pipe_text(s->src), *dst = npu_pipe_text(s->dst);
    if (s->count == 1)
        line(w, "%s(PIPE_%s, PIPE_%s, EVENT_ID%d);", call, src, dst, s->base);
    else if (s->base == 0)
        line(w, "%s(PIPE_%s, PIPE_%s, static_cast<event_t>(%s %% %d));", call, src, dst, tight_text(w, s->phase),
             s->count);
    else
        line(w, "%s(PIPE_%s, PIPE_%s, static_cast<event_t>(%d + %s %% %d));", call, src, dst, s->base,
             tight_text(w, s->phase), s->count);
}

static void put_block(Writer *w, const PlaceBlock *block);

static void put_body(Writer *w, const PlaceStmt *s) {
    w->indent += 4;
    w->scope++;
    put_block(w, &s->body);
    close_objects(w);
    w->scope--;
    w->indent -= 4;
    line(w, "}");
}

static void put_stmt(Writer *w, const PlaceStmt *s) {
    switch (s->kind) {
    case PLACE_INSN: put_insn(w, s); break;
    case PLACE_LET: line(w, "const int64_t %s = %s;", s->value->name, expr_text(w, s->expr)); break;
    case PLACE_LOOP:
        line(w, "for (int64_t %s = 0; %s < %s; %s++) {", s->value->name, s->value->name, expr_text(w, s->expr),
             s->value->name);
        put_body(w, s);
        break;
    case PLACE_WHEN:
        line(w, "if (%s >= 1) {", expr_text(w, s->expr));
        put_body(w, s);
        break;
    case PLACE_SET:
    case PLACE_WAIT: put_event(w, s); break;
    case PLACE_BARRIER:
        if (s->src == NPU_PIPE_COUNT)
            line(w, "pipe_barrier(PIPE_ALL);");
        else
            line(w, "pipe_barrier(PIPE_%s);", npu_pipe_text(s->src));
        break;
    }
}

static void put_block(Writer *w, const PlaceBlock *block) {
    for (int i = 0; i < block->len; i++)
        put_stmt(w, block->data[i]);
}

static void note_names(Writer *w, const PlaceBlock *block) {
    for (int i = 0; i < block->len; i++) {
        const PlaceStmt *s = block->data[i];
        if (s->value)
            VEC_PUSH(w->arena, &w->names, s->value->name);
        note_names(w, &s->body);
    }
}

static void put_signature(Writer *w) {
    const PlaceUnit *u = w->unit;
    buf_printf(w->out, "AICORE void %s(", w->program->name);
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        bool tensor = a->kind == PLACE_ARG_TENSOR;
        buf_printf(w->out, "%s%s%s %s%s", i ? ", " : "", tensor ? "__gm__ " : "", npu_cpp_type(a->elem),
                   tensor ? "*" : "", a->name);
    }
    buf_puts(w->out, ") {\n");
}

static void put_memory_comment(Writer *w) {
    static const int order[] = {NPU_UB, NPU_L1, NPU_L0A, NPU_L0B, NPU_L0C};
    for (size_t m = 0; m < sizeof order / sizeof order[0]; m++) {
        int64_t top = 0;
        for (int i = 0; i < w->program->buffers.len; i++) {
            const PlaceBuffer *b = &w->program->buffers.data[i];
            if ((int)b->memory == order[m] && b->base + b->size * b->depth > top)
                top = b->base + b->size * b->depth;
        }
        const NpuMemoryInfo *info = npu_memory_info((NpuMemory)order[m]);
        if (top > 0)
            buf_printf(w->out, "// %s: %.1f of %.1f KiB\n", info->text, (double)top / 1024,
                       (double)info->capacity[w->unit->arch] / 1024);
    }
}

static bool name_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool mentions(const char *text, const char *name) {
    size_t n = strlen(name);
    for (const char *at = text; (at = strstr(at, name)); at += n) {
        if ((at == text || !name_char(at[-1])) && !name_char(at[n]))
            return true;
    }
    return false;
}

static void put_program(Writer *w) {
    note_names(w, &w->program->body);
    buf_printf(w->out, "\n// %s, %s program\n", w->unit->name, w->program->cube ? "cube" : "vector");
    put_memory_comment(w);
    put_signature(w);
    Buf *out = w->out, body = {0};
    w->out = &body;
    w->indent = 4;
    put_block(w, &w->program->body);
    w->out = out;
    for (int i = 0; i < w->unit->args.len; i++) {
        if (!mentions(buf_text(&body), w->unit->args.data[i].name))
            line(w, "(void)%s;", w->unit->args.data[i].name);
    }
    buf_printf(w->out, "#if defined(__DAV_%s__) || !defined(__CCE_AICORE__)\n", w->program->cube ? "CUBE" : "VEC");
    buf_puts(w->out, buf_text(&body));
    buf_puts(w->out, "#endif\n}\n");
    buf_free(&body);
}

void npu_emit_program(Arena *arena, const PlaceUnit *unit, const PlaceProgram *program, Buf *out) {
    Writer w = {.arena = arena, .unit = unit, .program = program, .out = out};
    put_program(&w);
}

void npu_emit_unit(Arena *arena, const PlaceUnit *unit, Buf *out) {
    for (int i = 0; i < unit->programs.len; i++)
        npu_emit_program(arena, unit, unit->programs.data[i], out);
}
