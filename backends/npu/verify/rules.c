/* One statement at a time, for every iteration at once: what holds of it alone.
 *
 * Extents, copies and phases are proved from what encloses the statement: 0 <= counter < trips, lets, conditions. */
#include "backends/npu/verify/internal.h"

#include <string.h>

static void check_block(Verify *v, const PlaceBlock *block, bool conditional);

/* ---- buffers ------------------------------------------------------------------------------------------------------- */
static void check_buffer(Verify *v, const PlaceBuffer *b) {
    const NpuMemoryInfo *memory = npu_memory_info(b->memory);
    const char *what = arena_printf(v->arena, "buffer `%s`", b->name);
    if ((b->memory == NPU_UB) == v->program->cube)
        pv_fail(v, DIAG_PLACE_ADDRESS, NULL, "%s: a %s core has no %s", what, v->program->cube ? "cube" : "vector",
                memory->text);
    else if (b->base < 0)
        pv_fail(v, DIAG_PLACE_ADDRESS, NULL, "%s has no address", what);
    else if (b->depth < 1 || b->size <= 0 || b->base % memory->align || b->size % memory->align)
        pv_fail(v, DIAG_PLACE_ADDRESS, NULL, "%s: %lld bytes x %d at %lld are no multiples of %lld", what,
                (long long)b->size, b->depth, (long long)b->base, (long long)memory->align);
    else if (b->size > memory->capacity[v->unit->arch] || b->depth > memory->capacity[v->unit->arch] / b->size ||
             b->base + b->depth * b->size > memory->capacity[v->unit->arch])
        pv_fail(v, DIAG_PLACE_ADDRESS, NULL, "%s: %lld bytes x %d at %lld end behind the %lld bytes of %s", what,
                (long long)b->size, b->depth, (long long)b->base, (long long)memory->capacity[v->unit->arch],
                memory->text);
}

/* ---- flags ---------------------------------------------------------------------------------------------------------- */
static bool check_pipe(Verify *v, const PlaceStmt *s, NpuPipe pipe) {
    if (pv_core_has(v->program, pipe))
        return true;
    pv_fail(v, DIAG_PLACE_EVENT, s, "a %s core has no pipe %s", v->program->cube ? "cube" : "vector",
            npu_pipe_text(pipe));
    return false;
}

static void check_event(Verify *v, const PlaceStmt *s) {
    if (!check_pipe(v, s, s->src) || !check_pipe(v, s, s->dst))
        return;
    if (s->src == s->dst)
        pv_fail(v, DIAG_PLACE_EVENT, s, "a flag goes from one pipe to another; within %s it is a barrier",
                npu_pipe_text(s->src));
    else if (s->base < 0 || s->count < 1 || s->base + s->count > NPU_EVENTS)
        pv_fail(v, DIAG_PLACE_EVENT, s, "event ids are 0 to %d", NPU_EVENTS - 1);
    else if (!facts_prove_ge0(v->facts, s->phase))
        pv_fail(v, DIAG_PLACE_EVENT, s, "the phase is not shown to be 0 or more");
}

static void check_barrier(Verify *v, const PlaceStmt *s) {
    if (s->src != NPU_PIPE_COUNT)
        check_pipe(v, s, s->src);
}

/* ---- operands --------------------------------------------------------------------------------------------------------- */
static int64_t up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

/* How many rows and columns of storage a multiple is asked of. */
static bool shape_is_whole(const PlaceOperand *o) {
    int64_t size = elem_bytes(o->elem), block = NPU_BLOCK / size, rows = 1, cols = 1;
    switch (o->layout) {
    case NPU_ND: cols = block; break;
    case NPU_DN: rows = block; break;
    case NPU_NZ:
    case NPU_ZZ:
        rows = NPU_FRACTAL;
        cols = block;
        break;
    case NPU_ZN:
        rows = block;
        cols = NPU_FRACTAL;
        break;
    case NPU_LAYOUT_COUNT: return false;
    }
    return o->rows > 0 && o->cols > 0 && o->rows % rows == 0 && o->cols % cols == 0;
}

/* An accumulator is made of fractals of 16 x 16. */
static bool acc_is_whole(const PlaceOperand *o) { return o->rows % NPU_FRACTAL == 0 && o->cols % NPU_FRACTAL == 0; }

static const char *nth(Verify *v, int i) { return arena_printf(v->arena, "operand %d", i); }

static bool prove_range(Verify *v, const Expr *e, int64_t lo, int64_t hi) {
    int64_t c;
    if (expr_is_const(e, &c))
        return c >= lo && c <= hi;
    return facts_prove_ge0(v->facts, expr_add_const(v->x, e, -lo)) && facts_prove_le(v->facts, e, expr_const(v->x, hi));
}

/* Bytes from the operand's first to the last one that may be touched. */
static int64_t touched(Verify *v, const PlaceOperand *o) {
    if (o->layout != NPU_ND || o->rows == 1)
        return place_operand_bytes(o);
    int64_t size = elem_bytes(o->elem), cols = o->cols, upper;
    if (facts_upper_const(v->facts, o->valid[1], &upper) && upper < cols)
        cols = upper < 0 ? 0 : upper;
    return (o->rows - 1) * o->cols * size + up(cols * size, NPU_BLOCK);
}

static void check_tile(Verify *v, const PlaceStmt *s, int i, const NpuOperandRule *rule) {
    const PlaceOperand *o = &s->operands[i];
    const PlaceBuffer *b = &v->program->buffers.data[o->buffer];
    const NpuMemoryInfo *memory = npu_memory_info(b->memory);
    if (!(rule->memories >> b->memory & 1))
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s may not be in %s", nth(v, i), memory->text);
    else if (rule->layouts && !(rule->layouts >> o->layout & 1))
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s may not be %s", nth(v, i), npu_layout_texts[o->layout]);
    else if (o->layout == NPU_DN && o->cols != 1)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: a dn tile is one column", nth(v, i));
    else if (!shape_is_whole(o) || (b->memory == NPU_L0C && !acc_is_whole(o)))
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: %lldx%lld does not fill blocks or fractals", nth(v, i),
                (long long)o->rows, (long long)o->cols);
    else if (o->offset < 0 || o->offset % memory->align)
        pv_fail(v, DIAG_PLACE_ADDRESS, s, "%s: the offset %lld is no multiple of %lld", nth(v, i), (long long)o->offset,
                (long long)memory->align);
    else if (o->offset + touched(v, o) > b->size)
        pv_fail(v, DIAG_PLACE_ADDRESS, s, "%s: %lld bytes at +%lld do not fit the %lld bytes of `%s`", nth(v, i),
                (long long)touched(v, o), (long long)o->offset, (long long)b->size, b->name);
    else if (!prove_range(v, o->copy, 0, b->depth - 1))
        pv_fail(v, DIAG_PLACE_ADDRESS, s, "%s: the copy is not shown to be 0 to %d", nth(v, i), b->depth - 1);
    else if (!prove_range(v, o->valid[0], 1, o->rows) || !prove_range(v, o->valid[1], 1, o->cols))
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: the valid shape is not shown to be within 1 and %lldx%lld", nth(v, i),
                (long long)o->rows, (long long)o->cols);
}

/* The box has the argument's coordinates; what is moved may be turned against them. */
static bool shape_in_box(Verify *v, const PlaceOperand *o, int turned) {
    return facts_prove_le(v->facts, o->valid[0], expr_const(v->x, o->box_size[turned])) &&
           facts_prove_le(v->facts, o->valid[1], expr_const(v->x, o->box_size[1 - turned]));
}

static void check_gm(Verify *v, const PlaceStmt *s, int i) {
    const PlaceOperand *o = &s->operands[i];
    const PlaceArg *arg = &v->unit->args.data[o->arg];
    if (arg->kind != PLACE_ARG_TENSOR)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: `%s` is no tensor", nth(v, i), arg->name);
    else if (o->elem != arg->elem)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: `%s` has elements of %s", nth(v, i), arg->name,
                elem_info(arg->elem)->text);
    else if (o->role == NPU_GM_OUT ? arg->dir == DIR_IN : arg->dir == DIR_OUT)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: `%s` is an %s argument", nth(v, i), arg->name,
                arg->dir == DIR_IN ? "in" : "out");
    else if (!facts_prove_ge0(v->facts, o->at))
        pv_fail(v, DIAG_PLACE_ADDRESS, s, "%s: the element offset is not shown to be 0 or more", nth(v, i));
    else if (o->box[0] && (o->box_size[0] < 1 || o->box_size[1] < 1))
        pv_fail(v, DIAG_PLACE_ADDRESS, s, "%s: the box is empty", nth(v, i));
    else if (o->box[0] && !shape_in_box(v, o, 0) && !shape_in_box(v, o, 1))
        pv_fail(v, DIAG_PLACE_ADDRESS, s, "%s: the shape is not shown to be within the box", nth(v, i));
}

static bool same_role(NpuRole rule, NpuRole role, PlaceOperandKind kind) {
    bool gm = role == NPU_GM_OUT || role == NPU_GM_IN;
    if (rule != role)
        return false;
    return role == NPU_SCALAR ? kind >= PLACE_NUMBER : kind == (gm ? PLACE_GM : PLACE_TILE);
}

/* ---- element types ------------------------------------------------------------------------------------------------------ */
static Elem accumulator_of(Elem t) { return t == ELEM_I8 || t == ELEM_I32 ? ELEM_I32 : ELEM_F32; }

/* T is one type for the whole instruction; U may differ from operand to operand but for copies (see limits). */
static bool elem_fits(const Verify *v, const PlaceStmt *s, const PlaceOperand *o, NpuElemRule rule, int *t) {
    switch (rule) {
    case NPU_ELEM_T:
        if (o->kind == PLACE_NUMBER || o->kind == PLACE_EXPR)
            return true;
        if (*t >= 0 && *t != (int)o->elem)
            return false;
        *t = (int)o->elem;
        return insn_takes(s->code, v->unit->arch, o->elem);
    case NPU_ELEM_U: return insn_takes(s->code, v->unit->arch, o->elem);
    case NPU_ELEM_MASK: return o->elem == ELEM_U8;
    case NPU_ELEM_U32: return o->elem == ELEM_U32;
    case NPU_ELEM_I32: return o->elem == ELEM_I32;
    case NPU_ELEM_ACC: return o->elem == ELEM_F32 || o->elem == ELEM_I32;
    case NPU_ELEM_INDEX:
    case NPU_ELEM_ANY: return true;
    }
    return false;
}

static void check_elements(Verify *v, const PlaceStmt *s, const NpuOperandRule *rules) {
    int t = -1, acc = -1;
    for (int i = 0; i < s->noperands; i++) {
        if (!elem_fits(v, s, &s->operands[i], rules[i].elem, &t)) {
            pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: %s does not take %s here", nth(v, i), npu_arch_text(v->unit->arch),
                    elem_info(s->operands[i].elem)->text);
            return;
        }
        if (rules[i].elem == NPU_ELEM_ACC)
            acc = (int)s->operands[i].elem;
    }
    if (acc >= 0 && t >= 0 && acc != (int)accumulator_of((Elem)t))
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "products of %s are accumulated in %s", elem_info((Elem)t)->text,
                elem_info(accumulator_of((Elem)t))->text);
}

/* ---- extents -------------------------------------------------------------------------------------------------------------- */
static void check_letters(Verify *v, const PlaceStmt *s, const NpuOperandRule *rules) {
    const Expr *seen[26] = {0};
    for (int i = 0; i < s->noperands; i++) {
        const PlaceOperand *o = &s->operands[i];
        for (int d = 0; d < 2 && place_operand_is_memory(o); d++) {
            char letter = d ? rules[i].cols : rules[i].rows;
            const Expr **first = letter >= 'a' && letter <= 'z' ? &seen[letter - 'a'] : NULL;
            bool good = letter != '1' || prove_range(v, o->valid[d], 1, 1);
            if (first && *first)
                good = *first == o->valid[d] || facts_prove_eq(v->facts, *first, o->valid[d]);
            else if (first)
                *first = o->valid[d];
            if (!good) {
                pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: its valid %s do not fit the other operands", nth(v, i),
                        d ? "columns" : "rows");
                return;
            }
        }
    }
}

static int64_t scratch_bytes(const PlaceStmt *s) {
    int64_t first = 0, sum = 0;
    for (int i = 0; i < s->noperands; i++) {
        int64_t bytes = s->operands[i].role == NPU_IN ? place_operand_bytes(&s->operands[i]) : 0;
        first = first ? first : bytes;
        sum += bytes;
    }
    switch (insn_info(s->code)->scratch) {
    case SCRATCH_NONE: return 0;
    case SCRATCH_32: return 32;
    case SCRATCH_SRC: return first;
    case SCRATCH_SUM: return sum;
    }
    return 0;
}

static void check_scratch(Verify *v, const PlaceStmt *s) {
    for (int i = 0; i < s->noperands; i++) {
        const PlaceOperand *o = &s->operands[i];
        if (o->role == NPU_TMP && place_operand_bytes(o) < scratch_bytes(s))
            pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: the scratch has %lld bytes and %lld are needed", nth(v, i),
                    (long long)place_operand_bytes(o), (long long)scratch_bytes(s));
    }
}

/* ---- limits of single instructions ------------------------------------------------------------------------------------------ */
typedef enum LimitOf { ROWS, COLS, CAP_ROWS, STRIDE_ROWS, STRIDE_COLS, NUMBER } LimitOf;
typedef struct Limit {
    InsnCode code;
    int operand;
    LimitOf of;
    int64_t multiple, never_multiple, max; /* 0: no rule. never_multiple: 8160 columns of a sort */
    const char *why;
} Limit;
static const Limit limits[] = {
    {INSN_TLOAD, 0, CAP_ROWS, 0, 0, 4095, "a transfer has fewer than 4096 rows"},
    {INSN_TSTORE, 1, CAP_ROWS, 0, 0, 4095, "a transfer has fewer than 4096 rows"},
    {INSN_TLOAD_L1, 0, CAP_ROWS, 0, 0, 16384, "at most 16384 rows go into L1"},
    {INSN_TSTORE_ACC, 1, CAP_ROWS, 0, 0, 8192, "at most 8192 rows leave L0C"},
    {INSN_TSTORE_ACC, 1, COLS, 0, 0, 4095, "at most 4095 columns leave L0C"},
    {INSN_TEXTRACT, 2, NUMBER, 16, 0, 65535, "the origin is a multiple of the fractal"},
    {INSN_TMATMUL, 1, ROWS, 0, 0, 4095, "m is at most 4095"},
    {INSN_TMATMUL, 1, COLS, 0, 0, 4095, "k is at most 4095"},
    {INSN_TMATMUL, 2, COLS, 0, 0, 4095, "n is at most 4095"},
    {INSN_TMATMUL_ACC, 1, ROWS, 0, 0, 4095, "m is at most 4095"},
    {INSN_TMATMUL_ACC, 1, COLS, 0, 0, 4095, "k is at most 4095"},
    {INSN_TMATMUL_ACC, 2, COLS, 0, 0, 4095, "n is at most 4095"},
    {INSN_TSORT32, 1, COLS, 32, 8160, 0, "columns of a sort are a multiple of 32 and none of 8160"},
    {INSN_TMRGSORT_BLOCK, 2, NUMBER, 64, 0, 0, "a run is a multiple of 64 elements"},
};

static const Expr *limited(Verify *v, const PlaceOperand *o, LimitOf of) {
    switch (of) {
    case ROWS: return o->valid[0];
    case COLS: return o->valid[1];
    case CAP_ROWS: return expr_const(v->x, o->rows);
    case STRIDE_ROWS: return o->stride[0];
    case STRIDE_COLS: return o->stride[1];
    case NUMBER:
        return o->kind == PLACE_EXPR ? o->expr : o->kind == PLACE_NUMBER ? expr_const(v->x, (int64_t)o->number) : NULL;
    }
    return NULL;
}

static bool limit_holds(Verify *v, const Limit *l, const Expr *e) {
    ExprTable *x = v->x;
    const Expr *zero = expr_const(x, 0);
    int64_t c;
    if (!e)
        return false;
    if (l->multiple && !facts_prove_eq(v->facts, expr_mod(x, e, expr_const(x, l->multiple)), zero))
        return false;
    if (l->never_multiple && expr_is_const(e, &c) && c % l->never_multiple == 0)
        return false;
    return !l->max || facts_prove_le(v->facts, e, expr_const(x, l->max));
}

static void check_limits(Verify *v, const PlaceStmt *s) {
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const Limit *l = &limits[i];
        if (l->code == s->code && !limit_holds(v, l, limited(v, &s->operands[l->operand], l->of)))
            pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: %s", nth(v, l->operand), l->why);
    }
}

/* Runs of a merge in one tile: whole groups of four, at most 255. */
static void check_groups(Verify *v, const PlaceStmt *s) {
    const Expr *run = limited(v, &s->operands[2], NUMBER), *n = s->operands[1].valid[1];
    int64_t r, c;
    if (!run || !expr_is_const(run, &r) || !expr_is_const(n, &c) || r < 64 || c % (4 * r) || c / (4 * r) > 255)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "columns are 1 to 255 groups of four runs");
}

/* An innermost stride that is not 1 makes every element a burst of its own: the library has no such load. */
static void check_strides(Verify *v, const PlaceStmt *s) {
    for (int i = 0; i < s->noperands; i++) {
        const PlaceOperand *o = &s->operands[i];
        if (o->kind != PLACE_GM)
            continue;
        int inner = o->layout == NPU_DN ? 0 : 1;
        if (!expr_equals_const(o->stride[inner], 1) && !expr_equals_const(o->valid[inner], 1))
            pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: the innermost stride is not 1", nth(v, i));
        int64_t stride;
        if (s->code == INSN_TLOAD_L1 && expr_is_const(o->stride[1 - inner], &stride) && stride > 65535)
            pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s: into L1 the row stride is at most 65535 elements", nth(v, i));
    }
}

static void check_convert(Verify *v, const PlaceStmt *s) {
    Elem to = s->operands[0].elem, from = s->operands[1].elem;
    if (!npu_tcvt_ok(v->unit->arch, from, to))
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "there is no conversion from %s to %s", elem_info(from)->text,
                elem_info(to)->text);
}

static void check_special(Verify *v, const PlaceStmt *s) {
    bool moves =
        s->code == INSN_TLOAD || s->code == INSN_TLOAD_L1 || s->code == INSN_TSTORE || s->code == INSN_TSTORE_ACC;
    if (moves)
        check_strides(v, s);
    bool copies =
        s->code == INSN_TLOAD || s->code == INSN_TLOAD_L1 || s->code == INSN_TSTORE || s->code == INSN_TMOV_UB;
    if (copies && s->operands[0].elem != s->operands[1].elem)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "a copy does not convert elements");
    bool loads = s->code == INSN_TLOAD || s->code == INSN_TSTORE;
    if (loads && s->operands[0].layout != s->operands[1].layout)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "nd tensors go with nd tiles, dn tensors with dn tiles");
    if (s->code == INSN_TCVT)
        check_convert(v, s);
    if (s->code == INSN_TMRGSORT_BLOCK)
        check_groups(v, s);
    bool i32 = s->code == INSN_TCMP && s->operands[1].elem == ELEM_I32 && v->unit->arch == NPU_A2A3;
    if (i32 && strcmp(s->mode, "eq") != 0 && strcmp(s->mode, "ne") != 0)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "i32 is compared for equality only on A2/A3");
}

/* ---- instructions ------------------------------------------------------------------------------------------------------------ */
static bool check_form(Verify *v, const PlaceStmt *s, const NpuOperandRule *rules, int n) {
    const InsnInfo *info = insn_info(s->code);
    if (!pv_core_has(v->program, info->pipe)) {
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "a %s core has no pipe %s", v->program->cube ? "cube" : "vector",
                npu_pipe_text(info->pipe));
        return false;
    }
    if (s->noperands != n)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "it has %d operands, not %d", n, s->noperands);
    for (int i = 0; i < n && !v->failed; i++) {
        if (!same_role(rules[i].role, s->operands[i].role, s->operands[i].kind))
            pv_fail(v, DIAG_PLACE_ILLEGAL, s, "%s is not `%s`", nth(v, i), npu_role_texts[rules[i].role]);
    }
    int len;
    if (info->mode ? !s->mode || !insn_mode_cpp(s->code, s->mode, &len) : s->mode != NULL)
        pv_fail(v, DIAG_PLACE_ILLEGAL, s, "the mode is not one of it");
    return !v->failed;
}

static void check_insn(Verify *v, const PlaceStmt *s) {
    NpuOperandRule rules[NPU_MAX_OPERANDS];
    int n = insn_operand_rules(s->code, rules);
    if (!check_form(v, s, rules, n))
        return;
    for (int i = 0; i < n && !v->failed; i++) {
        if (s->operands[i].kind == PLACE_TILE)
            check_tile(v, s, i, &rules[i]);
        else if (s->operands[i].kind == PLACE_GM)
            check_gm(v, s, i);
    }
    check_elements(v, s, rules);
    check_letters(v, s, rules);
    check_scratch(v, s);
    check_limits(v, s);
    check_special(v, s);
}

/* ---- statements ----------------------------------------------------------------------------------------------------------------- */
static void check_loop(Verify *v, const PlaceStmt *s) {
    int mark = facts_mark(v->facts);
    const Expr *counter = expr_value(v->x, s->value);
    facts_add_ge0(v->facts, counter);
    facts_add_lt(v->facts, counter, s->expr);
    check_block(v, &s->body, false);
    facts_release(v->facts, mark);
}

static void check_when(Verify *v, const PlaceStmt *s) {
    int mark = facts_mark(v->facts);
    facts_add_ge0(v->facts, expr_add_const(v->x, s->expr, -1));
    check_block(v, &s->body, true);
    facts_release(v->facts, mark);
}

static void check_stmt(Verify *v, const PlaceStmt *s, bool conditional) {
    bool allowed = s->kind == PLACE_INSN || s->kind == PLACE_LET || s->kind == PLACE_WHEN;
    if (conditional && !allowed) {
        pv_fail(v, DIAG_PLACE_EVENT, s, "only instructions may be under a condition");
        return;
    }
    switch (s->kind) {
    case PLACE_INSN: check_insn(v, s); break;
    case PLACE_LET: facts_add_eq(v->facts, expr_value(v->x, s->value), s->expr); break;
    case PLACE_LOOP: check_loop(v, s); break;
    case PLACE_WHEN: check_when(v, s); break;
    case PLACE_SET:
    case PLACE_WAIT: check_event(v, s); break;
    case PLACE_BARRIER: check_barrier(v, s); break;
    }
}

static void check_block(Verify *v, const PlaceBlock *block, bool conditional) {
    for (int i = 0; i < block->len && !v->failed; i++)
        check_stmt(v, block->data[i], conditional);
}

void pv_rules(Verify *v) {
    for (int i = 0; i < v->program->buffers.len && !v->failed; i++)
        check_buffer(v, &v->program->buffers.data[i]);
    int mark = facts_mark(v->facts);
    check_block(v, &v->program->body, false);
    facts_release(v->facts, mark);
}
