/* sync_touch.c - the instructions of a program and what each touches, given the counters of the loops around it. */
#include <string.h>

#include "backends/npu/sync.h"

/* ---- the program's sites ------------------------------------------------------------------------------------------------- */
static void find_sites(Sync *s, PlaceBlock *block, Site *path) {
    int d = path->depth;
    path->blocks[d] = block;
    for (int i = 0; i < block->len; i++) {
        PlaceStmt *st = block->data[i];
        path->index[d] = i;
        if (st->kind == PLACE_LOOP && d < MAX_NEST) {
            VEC_PUSH(s->arena, &s->loops, st);
            path->loops[d] = st;
            path->depth++;
            find_sites(s, &st->body, path);
            path->depth--;
        }
        int n = st->kind == PLACE_WHEN ? st->body.len : st->kind == PLACE_INSN;
        for (int k = 0; k < n; k++) {
            Site site = *path;
            site.stmt = st->kind == PLACE_WHEN ? st->body.data[k] : st;
            site.pipe = insn_info(site.stmt->code)->pipe;
            VEC_PUSH(s->arena, &s->sites, site);
        }
    }
}

/* e as rest + c + the sum of coef * counter, if it is that. */
static Affine affine_of(Sync *s, const Site *site, const Expr *e) {
    Affine a = {.known = e != NULL, .rest = e};
    for (int d = 0; d < site->depth && a.known; d++) {
        const Expr *coef, *rest;
        if (!expr_split_affine(s->unit->exprs, a.rest, site->loops[d]->value, &coef, &rest) ||
            !expr_is_const(coef, &a.coef[d]))
            a.known = false;
        else
            a.rest = rest;
    }
    return a;
}

static void find_affines(Sync *s) {
    s->affine = ARENA_ARRAY(s->arena, Affine, (size_t)s->sites.len * NPU_MAX_OPERANDS * 2 + 1);
    for (int i = 0; i < s->sites.len; i++) {
        const Site *site = &s->sites.data[i];
        for (int o = 0; o < site->stmt->noperands; o++) {
            for (int b = 0; b < 2 && site->stmt->operands[o].kind == PLACE_GM; b++)
                s->affine[(i * NPU_MAX_OPERANDS + o) * 2 + b] = affine_of(s, site, site->stmt->operands[o].box[b]);
        }
    }
}

bool npu_sync_find_sites(Sync *s) {
    Site path = {0};
    find_sites(s, &s->program->body, &path);
    if (s->loops.len > MAX_LOOPS)
        return false;
    find_affines(s);
    return true;
}

/* ---- touches ---------------------------------------------------------------------------------------------------------------- */
typedef struct Lookup {
    const Site *site;
    const int64_t *counters;
} Lookup;

static bool counter_value(void *user, const Value *v, int64_t *out) {
    const Lookup *look = user;
    for (int d = 0; d < look->site->depth; d++) {
        if (look->site->loops[d]->value == v) {
            *out = look->counters[d];
            return true;
        }
    }
    return false;
}

static Touch tile_touch(Sync *s, const Site *site, const PlaceOperand *o) {
    const PlaceBuffer *b = &s->program->buffers.data[o->buffer];
    Lookup look = {site, s->counters};
    int64_t copy = 0;
    Touch t = {.space = b->memory};
    if (!expr_evaluate(o->copy, counter_value, &look, &copy)) { /* any copy */
        t.lo[0] = b->base;
        t.hi[0] = b->base + b->size * b->depth;
    } else {
        t.lo[0] = b->base + copy * b->size + o->offset;
        t.hi[0] = t.lo[0] + place_operand_bytes(o);
    }
    return t;
}

static Touch gm_touch(Sync *s, int site, int operand) {
    const PlaceOperand *o = &s->sites.data[site].stmt->operands[operand];
    Touch t = {.space = NPU_MEMORY_COUNT + place_arg_root(s->unit, o->arg), .anywhere = !o->box[0]};
    for (int b = 0; b < 2 && !t.anywhere; b++) {
        const Affine *a = &s->affine[(site * NPU_MAX_OPERANDS + operand) * 2 + b];
        t.anywhere = !a->known;
        t.rest[b] = a->rest;
        for (int d = 0; d < s->sites.data[site].depth; d++)
            t.lo[b] += a->coef[d] * s->counters[d];
        t.hi[b] = t.lo[b] + o->box_size[b];
    }
    return t;
}

bool npu_sync_touches_meet(const Touch *a, const Touch *b) {
    if (a->space != b->space)
        return false;
    if (a->space < NPU_MEMORY_COUNT)
        return a->lo[0] < b->hi[0] && b->lo[0] < a->hi[0];
    for (int d = 0; d < 2 && !a->anywhere && !b->anywhere; d++) {
        if (a->rest[d] == b->rest[d] && (a->lo[d] >= b->hi[d] || b->lo[d] >= a->hi[d]))
            return false;
    }
    return true;
}

bool npu_sync_touch_equal(const Touch *a, const Touch *b) {
    return a->space == b->space && a->anywhere == b->anywhere && memcmp(a->lo, b->lo, sizeof a->lo) == 0 &&
           memcmp(a->hi, b->hi, sizeof a->hi) == 0 && a->rest[0] == b->rest[0] && a->rest[1] == b->rest[1];
}

int npu_sync_touches(Sync *s, int site, Touch *out) {
    const PlaceStmt *st = s->sites.data[site].stmt;
    int n = 0;
    for (int o = 0; o < st->noperands; o++) {
        const PlaceOperand *op = &st->operands[o];
        if (!place_operand_is_memory(op))
            continue;
        if (op->kind == PLACE_GM && !place_arg_changes(s->unit, op->arg))
            continue;
        out[n] = op->kind == PLACE_TILE ? tile_touch(s, &s->sites.data[site], op) : gm_touch(s, site, o);
        out[n].writes = place_role_writes(op->role);
        out[n].reads = place_role_reads(op->role);
        n++;
    }
    if (insn_info(st->code)->hidden && s->unit->arch == NPU_A2A3) {
        int64_t end = npu_memory_info(NPU_UB)->capacity[NPU_A2A3];
        out[n] =
            (Touch){.space = NPU_UB, .lo = {end, 0}, .hi = {end + NPU_HIDDEN_BYTES, 0}, .writes = true, .reads = true};
        n++;
    }
    return n;
}
