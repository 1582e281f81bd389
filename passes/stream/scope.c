#include "passes/stream/stream_internal.h"

int stream_depth(const Stream *s) { return s->scopes.len - 1; }

static void set_axis_depth(Stream *s, int axis, int depth) {
    if (axis < 0)
        return;
    while (s->axis_scope.len <= axis)
        VEC_PUSH(s->arena, &s->axis_scope, 0);
    s->axis_scope.data[axis] = depth;
}

void stream_push(Stream *s, Region *region, Op *opener, int axis, Value *index) {
    if (s->scopes.len > 0)
        VEC_LAST(&s->scopes).open = opener;
    VEC_PUSH(s->arena, &s->scopes, (Scope){region, NULL, axis, index, false, s->memos.len, s->undo.len});
    if (index)
        stream_note(s, index, stream_depth(s));
    set_axis_depth(s, axis, stream_depth(s));
}

enum { MEMO_BUCKETS = 1024 };

static unsigned memo_hash(const Value *v, const Expr *row, const Expr *col) {
    return (v->id * 2654435761u ^ row->id * 40503u ^ col->id * 69621u) % MEMO_BUCKETS;
}

/* Memos are a stack with hash chains; those of deeper scopes that live at an outer depth stay when the scope closes. */
static void drop_memos(Stream *s, int mark, int depth) {
    int kept = mark;
    for (int i = s->memos.len - 1; i >= mark; i--) {
        Memo *m = &s->memos.data[i];
        s->memo_buckets[memo_hash(m->value, m->row, m->col)] = m->next;
    }
    for (int i = mark; i < s->memos.len; i++) {
        Memo m = s->memos.data[i];
        if (m.depth >= depth)
            continue;
        int *head = &s->memo_buckets[memo_hash(m.value, m.row, m.col)];
        m.next = *head;
        *head = kept;
        s->memos.data[kept++] = m;
    }
    s->memos.len = kept;
}

void stream_pop(Stream *s) {
    Scope top = VEC_POP(&s->scopes);
    drop_memos(s, top.memo_mark, s->scopes.len);
    while (s->undo.len > top.avail_mark) {
        AvailUndo u = VEC_POP(&s->undo);
        s->avail[u.id] = u.old;
    }
    set_axis_depth(s, top.axis, 0);
    if (s->scopes.len > 0)
        VEC_LAST(&s->scopes).open = NULL;
}

bool stream_axis_bound(const Stream *s, int axis) {
    return axis < 0 || (axis < s->axis_scope.len && s->axis_scope.data[axis] > 0);
}

const Expr *stream_axis_index(Stream *s, int axis) {
    if (axis < 0)
        return expr_const(s->module->exprs, 0);
    return expr_value(s->module->exprs, s->scopes.data[s->axis_scope.data[axis]].index);
}

int stream_value_depth(const Stream *s, const Value *v) {
    if (v->id < s->nsource)
        return 0; /* function parameters */
    int i = (int)(v->id - s->nsource);
    return i < s->depth_of.len ? s->depth_of.data[i] : 0;
}

void stream_note(Stream *s, Value *v, int depth) {
    if (v->id < s->nsource)
        return;
    int i = (int)(v->id - s->nsource);
    while (s->depth_of.len <= i)
        VEC_PUSH(s->arena, &s->depth_of, 0);
    s->depth_of.data[i] = depth;
}

typedef struct DepthState {
    const Stream *s;
    int depth;
} DepthState;

static bool leaf_depth(void *user, Value *v) {
    DepthState *d = user;
    int depth = stream_value_depth(d->s, v);
    if (depth > d->depth)
        d->depth = depth;
    return true;
}

int stream_expr_depth(Stream *s, const Expr *e) {
    DepthState d = {s, 0};
    expr_each_value(e, leaf_depth, &d);
    return d.depth;
}

Builder stream_builder(Stream *s, int depth, Loc loc) {
    Scope *scope = &s->scopes.data[depth];
    Builder b = {s->module, scope->region, scope->open, loc};
    return b;
}

Value *stream_memo_find(Stream *s, const Value *v, const Expr *row, const Expr *col) {
    for (int i = s->memo_buckets[memo_hash(v, row, col)]; i >= 0; i = s->memos.data[i].next) {
        const Memo *m = &s->memos.data[i];
        if (m->value == v && m->row == row && m->col == col)
            return m->result;
    }
    return NULL;
}

void stream_memo_add(Stream *s, const Value *v, const Expr *row, const Expr *col, Value *result, int depth) {
    int *head = &s->memo_buckets[memo_hash(v, row, col)];
    VEC_PUSH(s->arena, &s->memos, (Memo){v, row, col, result, depth, *head});
    *head = s->memos.len - 1;
}

void stream_set_avail(Stream *s, const Value *v, Avail a) {
    VEC_PUSH(s->arena, &s->undo, (AvailUndo){v->id, s->avail[v->id]});
    s->avail[v->id] = a;
}

const Avail *stream_avail(const Stream *s, const Value *v) {
    static const Avail none = {AVAIL_NONE, NULL, 0, 0};
    return v->id < s->nsource ? &s->avail[v->id] : &none;
}

void stream_open_loop(Stream *s, int axis, const char *kind, Loc loc) {
    static const char *const names[] = {"i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};
    int depth = stream_depth(s), loops = 0;
    for (int i = 0; i <= depth; i++)
        loops += s->scopes.data[i].axis >= 0;
    const char *name = names[loops % (int)(sizeof names / sizeof names[0])];
    Builder b = stream_builder(s, depth, loc);
    ExprTable *t = s->module->exprs;
    const Expr *bounds[3] = {expr_const(t, 0), stream_expr(s, axes_extent(s->axes, axis)), expr_const(t, 1)};
    Op *loop = build_op(&b, OP_LOOP, NULL, 0, bounds, 3, NULL, 0, 1);
    op_set_str(s->module, loop, ATTR_KIND, kind);
    op_set_str(s->module, loop, ATTR_NAME, name);
    Value *index = region_add_arg(s->module, loop->regions[0], type_index(s->module), name);
    stream_push(s, loop->regions[0], loop, axis, index);
}

/* Where a buffer of so many elements lives. */
static const char *memory_for(Elem elem, const Expr *const *dims, int rank) {
    int64_t bytes = elem_bytes(elem), extent;
    bool single = true;
    for (int i = 0; i < rank; i++) {
        if (!expr_is_const(dims[i], &extent) || extent < 0 || extent > (1 << 28))
            return "ws";
        single &= extent == 1;
        bytes *= extent;
        if (bytes > (1 << 28))
            return "ws";
    }
    return single ? "reg" : bytes <= 4096 ? "l1" : "l2";
}

Value *stream_buffer(Stream *s, Elem elem, const Expr *const *dims, int rank, const char *name, Loc loc) {
    const Type *type = type_get(s->module, TYPE_BUFFER, elem, rank, dims, false);
    Builder b = stream_builder(s, stream_depth(s), loc);
    Op *op = build_op(&b, OP_BUFFER, NULL, 0, NULL, 0, &type, 1, 0);
    op_set_str(s->module, op, ATTR_MEMORY, memory_for(elem, dims, rank));
    op->results[0]->name = name;
    stream_note(s, op->results[0], stream_depth(s));
    return op->results[0];
}
