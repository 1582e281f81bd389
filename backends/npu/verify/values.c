/* What an instruction reads was written on every path, and by what belongs to the same buffer and copy: memory that two buffers share
 * may not change hands between a write and its read.
 *
 * The trace is free of races by now, so program order is the order of the bytes. */
#include "backends/npu/verify/internal.h"

#include <string.h>

typedef struct Write {
    const Access *access;
    const TraceItem *item;
} Write;

typedef struct Span64 {
    int64_t lo, hi;
} Span64;

typedef struct Values {
    Verify *v;
    const Trace *trace;
    VEC(Write) writes[NPU_MEMORY_COUNT];
    VEC(Span64) left;  /* bytes of a read that no write has covered yet */
    VEC(Write) halves; /* writes that cover a read but under conditions of their own */
} Values;

/* ---- conditions ------------------------------------------------------------------------------------------------------ */
static bool holds(const Values *s, int cond, const Expr *e) {
    for (; cond >= 0; cond = s->trace->conds.data[cond].outer) {
        if (s->trace->conds.data[cond].expr == e)
            return true;
    }
    return false;
}

/* How many conditions of a write do not hold wherever the read runs; the last of them in *extra. */
static int missing(const Values *s, int write, int read, const Expr **extra) {
    int n = 0;
    for (; write >= 0; write = s->trace->conds.data[write].outer) {
        const Expr *e = s->trace->conds.data[write].expr;
        if (holds(s, read, e))
            continue;
        *extra = e;
        n++;
    }
    return n;
}

/* One of e >= 1, f >= 1 always holds. */
static bool complementary(Verify *v, const Expr *e, const Expr *f) {
    int64_t c;
    return expr_is_const(expr_add(v->x, e, f), &c) && c >= 1;
}

/* ---- extents ----------------------------------------------------------------------------------------------------------- */
static bool at_least(Verify *v, const Expr *a, const Expr *b) {
    int64_t x, y;
    if (a == b)
        return true;
    if (expr_is_const(a, &x) && expr_is_const(b, &y))
        return x >= y;
    return facts_prove_le(v->facts, b, a);
}

static int64_t up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

/* What a read needs: the valid window; of a product's factors whole fractals along k. */
static void needed(Verify *v, const TraceItem *item, const Access *a, const Expr *out[2]) {
    const PlaceOperand *o = a->operand;
    out[0] = a->valid[0];
    out[1] = a->valid[1];
    NpuMemory memory = (NpuMemory)a->memory;
    if (!insn_info(item->stmt->code)->reads_pad || (memory != NPU_L0A && memory != NPU_L0B))
        return;
    int k = memory == NPU_L0A ? 1 : 0;
    int64_t n, unit = NPU_BLOCK / elem_bytes(o->elem);
    out[k] = expr_const(v->x, expr_is_const(out[k], &n) ? up(n, unit) : k ? o->cols : o->rows);
}

/* One stretch of bytes from a->lo on: *count elements. */
static bool is_line(const Access *a, const Expr *const valid[2], const Expr **count) {
    const PlaceOperand *o = a->operand;
    if (o->layout == NPU_DN || (o->layout == NPU_ND && o->rows == 1)) {
        *count = valid[o->layout == NPU_ND];
        return true;
    }
    return false;
}

static bool covers(Values *s, const Access *w, const Access *r, const Expr *const need[2]) {
    Verify *v = s->v;
    const Expr *written, *read;
    if (w->scratch || w->lo != r->lo)
        return false;
    int64_t w_size = elem_bytes(w->operand->elem), r_size = elem_bytes(r->operand->elem);
    if (is_line(w, w->valid, &written) && is_line(r, need, &read))
        return at_least(v, expr_mul_const(v->x, written, w_size), expr_mul_const(v->x, read, r_size));
    const PlaceOperand *a = w->operand, *b = r->operand;
    /* Rows of as many bytes; fractals are of one element type, rows may be read as another one (masks, as 16-bit units). */
    bool alike =
        a->layout == b->layout && a->cols * w_size == b->cols * r_size && (a->layout == NPU_ND || w_size == r_size);
    return alike && at_least(v, w->valid[0], need[0]) &&
           at_least(v, expr_mul_const(v->x, w->valid[1], w_size), expr_mul_const(v->x, need[1], r_size));
}

/* ---- bytes ---------------------------------------------------------------------------------------------------------------- */
static void subtract(Values *s, int64_t lo, int64_t hi) {
    for (int i = 0; i < s->left.len; i++) {
        Span64 *a = &s->left.data[i];
        if (lo >= a->hi || hi <= a->lo)
            continue;
        Span64 behind = {hi, a->hi};
        a->hi = lo > a->lo ? lo : a->lo;
        if (behind.lo < behind.hi)
            VEC_PUSH(s->v->arena, &s->left, behind);
    }
    int n = 0;
    for (int i = 0; i < s->left.len; i++) {
        if (s->left.data[i].lo < s->left.data[i].hi)
            s->left.data[n++] = s->left.data[i];
    }
    s->left.len = n;
}

static bool full(const Values *s, const Access *a, int d) {
    const Expr *cap = expr_const(s->v->x, d ? a->operand->cols : a->operand->rows);
    return at_least(s->v, a->valid[d], cap);
}

/* The bytes that a write is known to fill. Fractals and windows of unknown extent: all or nothing. */
static void subtract_write(Values *s, const Access *w) {
    int64_t rows, cols, size = elem_bytes(w->operand->elem);
    bool matrix = w->operand->layout == NPU_ND && w->operand->rows > 1;
    if (full(s, w, 0) && full(s, w, 1)) {
        subtract(s, w->lo, w->lo + place_operand_bytes(w->operand));
    } else if (matrix && expr_is_const(w->valid[0], &rows) && expr_is_const(w->valid[1], &cols)) {
        for (int64_t r = 0; r < rows; r++)
            subtract(s, w->lo + r * w->pitch, w->lo + r * w->pitch + cols * size);
    } else if (w->rows == 1 && w->operand->layout <= NPU_DN &&
               expr_is_const(w->valid[w->operand->layout == NPU_ND], &cols)) {
        subtract(s, w->lo, w->lo + cols * size);
    }
}

/* The bytes that a read may look at. */
static void begin_left(Values *s, const Access *r, const Expr *const need[2]) {
    const PlaceOperand *o = r->operand;
    int64_t rows, cols, size = elem_bytes(o->elem), pitch = o->cols * size;
    s->left.len = 0;
    if (o->layout == NPU_ND && o->rows > 1) {
        rows = expr_is_const(need[0], &rows) ? rows : o->rows;
        cols = expr_is_const(need[1], &cols) ? cols : o->cols;
        for (int64_t i = 0; i < rows; i++)
            VEC_PUSH(s->v->arena, &s->left, ((Span64){r->lo + i * pitch, r->lo + i * pitch + cols * size}));
        return;
    }
    const Expr *count;
    int64_t bytes = place_operand_bytes(o);
    if (is_line(r, need, &count) && expr_is_const(count, &cols))
        bytes = cols * size;
    VEC_PUSH(s->v->arena, &s->left, ((Span64){r->lo, r->lo + bytes}));
}

/* ---- reads ------------------------------------------------------------------------------------------------------------------ */
static bool same_value(const Access *a, const Access *b) {
    return a->operand && b->operand && a->operand->buffer == b->operand->buffer && a->copy == b->copy;
}

static bool half_completes(Values *s, const Write *w, const Expr *extra, int read) {
    for (int i = 0; i < s->halves.len; i++) {
        const Expr *other = NULL;
        if (missing(s, s->halves.data[i].item->cond, read, &other) == 1 && complementary(s->v, extra, other))
            return true;
    }
    VEC_PUSH(s->v->arena, &s->halves, *w);
    return false;
}

static const char *buffer_name(const Values *s, const Access *a) {
    return a->operand ? s->v->program->buffers.data[a->operand->buffer].name : "the library's scratch";
}

static bool meets_left(const Values *s, const Access *w) {
    int64_t end = w->lo + (w->rows - 1) * w->pitch + w->width;
    for (int i = 0; i < s->left.len; i++) {
        if (w->lo < s->left.data[i].hi && s->left.data[i].lo < end)
            return true;
    }
    return false;
}

/* From the last write back, until all is covered. */
static void check_read(Values *s, const TraceItem *item, const Access *r) {
    Verify *v = s->v;
    const Expr *need[2];
    needed(v, item, r, need);
    begin_left(s, r, need);
    s->halves.len = 0;
    for (int i = s->writes[r->memory].len - 1; i >= 0; i--) {
        const Write *w = &s->writes[r->memory].data[i];
        const Expr *extra = NULL;
        if (!pv_access_meet(v, w->access, r) || !meets_left(s, w->access))
            continue;
        if (!same_value(w->access, r) || w->access->scratch) {
            pv_fail(v, DIAG_PLACE_VALUE, item->stmt, "`%s` was overwritten through `%s` by `%s`", buffer_name(s, r),
                    buffer_name(s, w->access), pv_stmt_text(v, w->item->stmt));
            return;
        }
        int unmet = missing(s, w->item->cond, item->cond, &extra);
        bool whole = covers(s, w->access, r, need);
        if (whole && (unmet == 0 || (unmet == 1 && half_completes(s, w, extra, item->cond))))
            return;
        if (unmet == 0)
            subtract_write(s, w->access);
        if (s->left.len == 0)
            return;
    }
    pv_fail(v, DIAG_PLACE_VALUE, item->stmt, "not all that it reads of `%s` has been written", buffer_name(s, r));
}

bool pv_values(Verify *v, const Trace *trace) {
    Values s = {.v = v, .trace = trace};
    for (int i = 0; i < trace->items.len && !v->failed; i++) {
        const TraceItem *item = &trace->items.data[i];
        for (int k = 0; k < item->naccess && !v->failed; k++) {
            const Access *a = &trace->accesses.data[item->first + k];
            if (a->reads && a->memory < NPU_MEMORY_COUNT)
                check_read(&s, item, a);
        }
        for (int k = 0; k < item->naccess; k++) {
            const Access *a = &trace->accesses.data[item->first + k];
            if (a->writes && a->memory < NPU_MEMORY_COUNT)
                VEC_PUSH(v->arena, &s.writes[a->memory], ((Write){a, item}));
        }
    }
    return !v->failed;
}
