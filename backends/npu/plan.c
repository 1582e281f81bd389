/* The memory plan: in-place instructions, loads first, live ranges, addresses. */
#include "backends/npu/plan.h"

#include <string.h>

#include "backends/ctext.h"

enum { MAX_NEST = 6 };

/* One mention of a buffer: position in program order, the loops around it. */
typedef struct Use {
    int buffer, pos;
    PlaceStmt *stmt;
    int operand;
    int depth;
    int loops[MAX_NEST]; /* index into Plan.spans */
} Use;

typedef struct SpanPos {
    int begin, end;
} SpanPos;

typedef struct Plan {
    Arena *arena;
    PlaceProgram *program;
    VEC(Use) uses;
    VEC(SpanPos) spans; /* of loops */
    int path[MAX_NEST];
    int depth, pos;
} Plan;

static void walk(Plan *p, PlaceBlock *block) {
    for (int i = 0; i < block->len; i++) {
        PlaceStmt *s = block->data[i];
        int at = p->pos++;
        if (s->kind == PLACE_WHEN)
            walk(p, &s->body);
        if (s->kind == PLACE_LOOP && p->depth < MAX_NEST) {
            int span = p->spans.len;
            VEC_PUSH(p->arena, &p->spans, (SpanPos){at, at});
            p->path[p->depth++] = span;
            walk(p, &s->body);
            p->depth--;
            p->spans.data[span].end = p->pos++;
        }
        for (int o = 0; s->kind == PLACE_INSN && o < s->noperands; o++) {
            if (s->operands[o].kind != PLACE_TILE)
                continue;
            Use u = {.buffer = s->operands[o].buffer, .pos = at, .stmt = s, .operand = o, .depth = p->depth};
            memcpy(u.loops, p->path, sizeof u.loops);
            VEC_PUSH(p->arena, &p->uses, u);
        }
    }
}

static Plan *look(Arena *arena, PlaceProgram *program) {
    Plan *p = ARENA_NEW(arena, Plan);
    p->arena = arena;
    p->program = program;
    walk(p, &program->body);
    return p;
}

/* ---- live ranges -------------------------------------------------------------------------------------------------------- */
typedef struct Life {
    int begin, end; /* positions, both included; end < begin: never used */
    int common;     /* loops around all uses */
    const Use *first, *last;
    int uses;
    bool plain; /* all uses in one block */
    bool moved; /* by another pipe than V or M as well */
} Life;

static bool is_move(const PlaceStmt *s) {
    NpuPipe pipe = insn_info(s->code)->pipe;
    return pipe != NPU_PIPE_V && pipe != NPU_PIPE_M;
}

static Life life_of(const Plan *p, int buffer) {
    Life life = {.begin = 0, .end = -1, .common = MAX_NEST, .plain = true};
    for (int i = 0; i < p->uses.len; i++) {
        const Use *u = &p->uses.data[i];
        if (u->buffer != buffer)
            continue;
        if (!life.first)
            life.first = u;
        int same = 0;
        while (same < u->depth && same < life.first->depth && u->loops[same] == life.first->loops[same])
            same++;
        life.common = same < life.common ? same : life.common;
        life.plain &= same == u->depth && same == life.first->depth;
        life.moved |= is_move(u->stmt);
        life.last = u;
        life.uses++;
    }
    if (!life.first)
        return life;
    const Use *ends[2] = {life.first, life.last};
    for (int e = 0; e < 2; e++) {
        bool nested = ends[e]->depth > life.common;
        SpanPos span = nested ? p->spans.data[ends[e]->loops[life.common]] : (SpanPos){ends[e]->pos, ends[e]->pos};
        *(e ? &life.end : &life.begin) = e ? span.end : span.begin;
    }
    bool reads_first = place_role_reads(life.first->stmt->operands[life.first->operand].role) &&
                       life.first->stmt->operands[life.first->operand].role != NPU_TMP;
    bool around = p->program->buffers.data[buffer].depth > 1 || reads_first;
    if (around && life.common > 0) {
        life.begin = p->spans.data[life.first->loops[life.common - 1]].begin;
        life.end = p->spans.data[life.first->loops[life.common - 1]].end;
    }
    return life;
}

/* ---- in place ------------------------------------------------------------------------------------------------------------ */
static bool same_block(const Use *a, const Use *b) {
    return a->depth == b->depth && memcmp(a->loops, b->loops, sizeof(int) * (size_t)a->depth) == 0;
}

static bool same_shape(const PlaceOperand *a, const PlaceOperand *b) {
    return a->rows == b->rows && a->cols == b->cols && a->layout == b->layout && a->offset == b->offset &&
           elem_bytes(a->elem) == elem_bytes(b->elem);
}

/* Gives the uses of buffer `from` to buffer `to`; both then have the copies of the one with more. */
static void merge(Plan *p, int from, int to, const Expr *copy, int depth) {
    p->program->buffers.data[to].depth = depth;
    for (int i = 0; i < p->uses.len; i++) {
        Use *u = &p->uses.data[i];
        if (u->buffer != from && u->buffer != to)
            continue;
        u->buffer = to;
        u->stmt->operands[u->operand].buffer = to;
        u->stmt->operands[u->operand].copy = copy;
    }
}

static bool try_in_place(Plan *p, const Use *out) {
    PlaceStmt *s = out->stmt;
    const PlaceBuffer *ob = &p->program->buffers.data[out->buffer];
    Life born = life_of(p, out->buffer);
    if (!born.plain || born.first != out)
        return false;
    for (int o = 0; o < s->noperands; o++) {
        const PlaceOperand *in = &s->operands[o];
        if (in->kind != PLACE_TILE || in->role != NPU_IN || in->buffer == out->buffer ||
            !same_shape(in, &s->operands[out->operand]))
            continue;
        const PlaceBuffer *ib = &p->program->buffers.data[in->buffer];
        Life dies = life_of(p, in->buffer);
        if (!dies.plain || dies.last->pos != out->pos || !same_block(dies.first, out) || ib->size != ob->size ||
            ib->memory != ob->memory)
            continue;
        bool deeper = ob->depth > ib->depth;
        merge(p, out->buffer, in->buffer, deeper ? s->operands[out->operand].copy : in->copy,
              deeper ? ob->depth : ib->depth);
        return true;
    }
    return false;
}

static void work_in_place(Plan *p) {
    for (int i = 0; i < p->uses.len; i++) {
        const Use *u = &p->uses.data[i];
        if (insn_info(u->stmt->code)->inplace && u->stmt->operands[u->operand].role == NPU_OUT)
            try_in_place(p, u);
    }
}

/* ---- loads first ---------------------------------------------------------------------------------------------------------- */
static bool stores_to(const PlaceUnit *unit, const PlaceStmt *s, int arg) {
    for (int i = 0; i < s->body.len; i++) {
        if (stores_to(unit, s->body.data[i], arg))
            return true;
    }
    for (int o = 0; s->kind == PLACE_INSN && o < s->noperands; o++) {
        if (s->operands[o].kind == PLACE_GM && s->operands[o].role == NPU_GM_OUT &&
            place_arg_root(unit, s->operands[o].arg) == place_arg_root(unit, arg))
            return true;
    }
    return false;
}

/* A load may pass instructions, but no loop, no definition and no store to what it reads. */
static bool may_pass(const PlaceUnit *unit, const PlaceStmt *load, const PlaceStmt *s) {
    const InsnInfo *info = insn_info(load->code);
    if (s->kind != PLACE_INSN || insn_info(s->code)->pipe == info->pipe)
        return false;
    return !stores_to(unit, s, load->operands[1].arg);
}

static void loads_first(const PlaceUnit *unit, PlaceBlock *block) {
    for (int i = 0; i < block->len; i++) {
        PlaceStmt *s = block->data[i];
        loads_first(unit, &s->body);
        if (s->kind != PLACE_INSN || insn_info(s->code)->pipe != NPU_PIPE_MTE2)
            continue;
        int to = i;
        while (to > 0 && may_pass(unit, s, block->data[to - 1]))
            to--;
        memmove(&block->data[to + 1], &block->data[to], sizeof block->data[0] * (size_t)(i - to));
        block->data[to] = s;
    }
}

/* ---- addresses -------------------------------------------------------------------------------------------------------------- */
typedef struct Item {
    int buffer;
    int64_t size, base;
    int begin, end;
} Item;

static int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

static bool before(const Item *a, const Item *b) {
    return a->size != b->size ? a->size > b->size : a->buffer < b->buffer;
}

static void sort_items(Item *items, int n) {
    for (int i = 1; i < n; i++) {
        Item x = items[i];
        int k = i;
        for (; k > 0 && before(&x, &items[k - 1]); k--)
            items[k] = items[k - 1];
        items[k] = x;
    }
}

static bool meet(const Item *a, const Item *b) { return a->begin <= b->end && b->begin <= a->end; }

/* The lowest address at which the item meets none of those before it. */
static int64_t lowest(const Item *items, int i, int64_t align) {
    int64_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int k = 0; k < i; k++) {
            const Item *o = &items[k];
            if (meet(&items[i], o) && at < o->base + o->size && o->base < at + items[i].size) {
                at = round_up(o->base + o->size, align);
                moved = true;
            }
        }
    }
    return at;
}

static int64_t place_items(Item *items, int n, int64_t align) {
    int64_t top = 0;
    for (int i = 0; i < n; i++) {
        items[i].base = lowest(items, i, align);
        top = items[i].base + items[i].size > top ? items[i].base + items[i].size : top;
    }
    return top;
}

/* Items that end beyond the capacity go to the front, again and again. */
static bool place_all(Item *items, int n, int64_t align, int64_t capacity) {
    enum { ROUNDS = 200 };
    sort_items(items, n);
    for (int round = 0; round < ROUNDS; round++) {
        if (place_items(items, n, align) <= capacity)
            return true;
        int worst = n - 1;
        while (worst > 0 && items[worst].base + items[worst].size <= capacity)
            worst--;
        if (worst == 0)
            return false;
        Item x = items[worst];
        memmove(&items[1], &items[0], sizeof items[0] * (size_t)worst);
        items[0] = x;
    }
    return false;
}

static void peak(Plan *p, const Item *items, int n, NpuMemory memory, PlanLack *lack) {
    int at = 0;
    lack->needed = -1;
    for (int i = 0; i < n; i++) {
        int64_t sum = 0;
        for (int k = 0; k < n; k++)
            sum += items[k].begin <= items[i].begin && items[i].begin <= items[k].end ? items[k].size : 0;
        if (sum > lack->needed) {
            lack->needed = sum;
            at = items[i].begin;
        }
    }
    int *live = ARENA_ARRAY(p->arena, int, n + 1);
    lack->nbuffers = 0;
    for (int k = 0; k < n; k++) {
        if (items[k].begin <= at && at <= items[k].end)
            live[lack->nbuffers++] = items[k].buffer;
    }
    lack->buffers = live;
    lack->program = p->program;
    lack->memory = memory;
}

/* What other pipes touch keeps its bytes for itself where there is room: reuse would make one pipe wait for another. */
static int gather(Plan *p, NpuMemory memory, bool apart, Item *items) {
    int n = 0;
    for (int b = 0; b < p->program->buffers.len; b++) {
        const PlaceBuffer *buffer = &p->program->buffers.data[b];
        Life life = life_of(p, b);
        if (buffer->memory != memory || life.uses == 0)
            continue;
        Item item = {.buffer = b, .size = buffer->size * buffer->depth, .begin = life.begin, .end = life.end};
        if (apart && life.moved) {
            item.begin = 0;
            item.end = p->pos;
        }
        items[n++] = item;
    }
    return n;
}

static bool place_memory(PlaceUnit *unit, Plan *p, NpuMemory memory, PlanLack *lack) {
    const NpuMemoryInfo *info = npu_memory_info(memory);
    int64_t capacity = info->capacity[unit->arch];
    Item *items = ARENA_ARRAY(p->arena, Item, p->program->buffers.len + 1);
    int n = gather(p, memory, true, items);
    if (!place_all(items, n, info->align, capacity)) {
        n = gather(p, memory, false, items);
        if (!place_all(items, n, info->align, capacity)) {
            peak(p, items, n, memory, lack);
            return false;
        }
    }
    for (int i = 0; i < n; i++)
        p->program->buffers.data[items[i].buffer].base = items[i].base;
    return true;
}

/* What it holds, as a name that no other buffer has. */
static const char *buffer_name(Plan *p, int n) {
    const char *what = p->program->buffers.data[n].what,
               *name = ctext_sanitise(p->arena, what && *what ? what : "tile");
    int same = 0;
    for (int b = 0; b < n; b++) {
        const PlaceBuffer *o = &p->program->buffers.data[b];
        same += o->what && what && strcmp(o->what, what) == 0;
    }
    return arena_printf(p->arena, "%.16s_%d", name, same);
}

/* Leaves out buffers that nothing uses any more. */
static void drop_unused(Plan *p) {
    int *to = ARENA_ARRAY(p->arena, int, p->program->buffers.len + 1), n = 0;
    for (int b = 0; b < p->program->buffers.len; b++) {
        to[b] = n;
        if (life_of(p, b).uses == 0)
            continue;
        p->program->buffers.data[n] = p->program->buffers.data[b];
        p->program->buffers.data[n].name = buffer_name(p, n);
        n++;
    }
    for (int i = 0; i < p->uses.len; i++) {
        Use *u = &p->uses.data[i];
        u->stmt->operands[u->operand].buffer = u->buffer = to[u->buffer];
    }
    p->program->buffers.len = n;
}

bool npu_plan(PlaceUnit *unit, PlaceProgram *program, PlanLack *lack) {
    loads_first(unit, &program->body);
    Plan *p = look(unit->arena, program);
    work_in_place(p);
    drop_unused(p);
    for (int memory = 0; memory < NPU_MEMORY_COUNT; memory++) {
        if (!place_memory(unit, p, (NpuMemory)memory, lack))
            return false;
    }
    return true;
}
