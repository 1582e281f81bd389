/* pipe { }: channels and processes. The slots of a channel are a temp with one more dimension; `send` and `receive` are regions that
 * have one slot of it to themselves. */
#include "frontend/elab_workload.h"

/* Who uses a channel: the first process that sends into it, and the first that receives from it. */
typedef struct PipeChannel {
    const char *name;
    Span span;
    int64_t depth;
    Value *slots; /* NULL after a mistake */
    const AstStmt *sender, *receiver;
    Span send_span, receive_span;
} PipeChannel;

struct WorkloadPipeState {
    VEC(PipeChannel) channels;
    const AstStmt *process; /* the one whose body is being checked */
    struct WorkloadPipeState *outer;
};

/* ---- channels -------------------------------------------------------------------------------------------------- */
static int64_t channel_depth(Elab *e, const AstStmt *s) {
    const AstExpr *x = s->u.channel.depth;
    int64_t depth = 1;
    if (!x)
        return 1;
    const Expr *e0 = elab_const_index(e, x, "depth of a channel");
    if (e0 && !expr_is_const(e0, &depth))
        ELAB_ERROR(e, NOT_CONSTANT, x->span, "the constant of an outer tier");
    if (depth < 1)
        ELAB_ERROR(e, CHANNEL_DEPTH, x->span, s->u.channel.name.text, (long long)depth);
    return depth < 1 ? 1 : depth;
}

/* The temp of one slot becomes one of `depth` slots. */
static Value *channel_slots(Elab *e, const AstStmt *s, const Binding *b, int64_t depth) {
    if (!b || b->value.kind != EV_VIEW)
        return NULL;
    Value *slots = b->value.view->base;
    const Type *slot = slots->type;
    if (slot->rank == IR_MAX_RANK) {
        ELAB_ERROR(e, BAD_PARAMETER, s->u.channel.type.span, s->u.channel.name.text, "more than 7 dimensions");
        return NULL;
    }
    const Expr *dims[IR_MAX_RANK] = {expr_const(e->exprs, depth)};
    for (int i = 0; i < slot->rank; i++)
        dims[i + 1] = slot->dims[i];
    slots->type = type_get(e->module, TYPE_TENSOR, slot->elem, slot->rank + 1, dims, false);
    op_set_bool(e->module, slots->def, ATTR_CHANNEL, true);
    return slots;
}

static void pipe_channel(Elab *e, const AstStmt *s) {
    AstName name = s->u.channel.name;
    PipeChannel channel = {.name = name.text, .span = name.span};
    /* A slot is workspace of the channel's type: the checks are those of a temp. */
    AstStmt temp = {.kind = AST_STMT_TEMP, .span = s->span, .word = s->word};
    temp.u.temp.name = name;
    temp.u.temp.type = s->u.channel.type;
    Binding *b = workload_temp(e, &temp);
    channel.depth = channel_depth(e, s);
    channel.slots = channel_slots(e, s, b, channel.depth);
    if (b)
        b->kind = BIND_CHANNEL;
    VEC_PUSH(e->arena, &e->workload->pipe->channels, channel);
}

/* ---- the pipe -------------------------------------------------------------------------------------------------- */
static void pipe_process(Elab *e, const AstStmt *s) {
    elab_at(e, s->u.process.name.span);
    Op *op = build_op(&e->b, OP_PROCESS, NULL, 0, NULL, 0, NULL, 0, 1);
    op_set_str(e->module, op, ATTR_NAME, s->u.process.name.text);
    VEC_PUSH(e->arena, &e->workload->starts, (StatementStart){op});
    WorkloadPlace saved = workload_enter(e, op->regions[0]);
    e->workload->pipe->process = s;
    workload_block(e, s->u.process.body);
    e->workload->pipe->process = NULL;
    workload_leave(e, saved);
}

static Op *pipe_open(Elab *e, const AstStmt *s, const struct WorkloadPipeState *pipe) {
    const Expr **depths = ARENA_ARRAY(e->arena, const Expr *, pipe->channels.len + 1);
    Buf names = {NULL, 0, 0};
    for (int i = 0; i < pipe->channels.len; i++) {
        depths[i] = expr_const(e->exprs, pipe->channels.data[i].depth);
        buf_printf(&names, "%s%s", i ? "," : "", pipe->channels.data[i].name);
    }
    elab_at(e, s->word);
    Op *op = build_op(&e->b, OP_PIPE, NULL, 0, depths, pipe->channels.len, NULL, 0, 1);
    op_set_str(e->module, op, ATTR_TEXT, buf_text(&names));
    buf_free(&names);
    return op;
}

void workload_pipe(Elab *e, const AstStmt *s) {
    struct WorkloadPipeState pipe = {.outer = e->workload->pipe};
    WorkloadPlace saved = workload_enter(e, e->b.region);
    const AstBlock *body = s->u.pipe;
    int errors = diag_error_count(e->dc);
    e->workload->pipe = &pipe;
    for (int i = 0; i < body->stmts.len; i++)
        if (body->stmts.data[i]->kind == AST_STMT_CHANNEL)
            pipe_channel(e, body->stmts.data[i]);
    Op *op = pipe_open(e, s, &pipe);
    WorkloadPlace around = workload_enter(e, op->regions[0]);
    for (int i = 0; i < body->stmts.len; i++) {
        const AstStmt *inner = body->stmts.data[i];
        if (inner->kind == AST_STMT_PROCESS)
            pipe_process(e, inner);
        else if (inner->kind != AST_STMT_CHANNEL)
            ELAB_ERROR(e, PIPE_STATEMENT, inner->word, ast_stmt_kind_text(inner->kind));
    }
    workload_leave(e, around);
    e->workload->pipe = pipe.outer;
    workload_leave(e, saved);
    if (diag_error_count(e->dc) == errors)
        workload_check_pipe(e, op, s->word);
}

/* ---- send and receive ------------------------------------------------------------------------------------------ */
/* The channel of the pipe around, by number; -1 (reported) for one of a pipe further out, which cannot be reached. */
static int pipe_find(Elab *e, AstName name) {
    const struct WorkloadPipeState *p = e->workload->pipe;
    for (int i = 0; p && i < p->channels.len; i++)
        if (p->channels.data[i].name == name.text)
            return i;
    ELAB_ERROR(e, CHANNEL_OUTER, name.span, name.text);
    return -1;
}

/* One sending and one receiving process a channel, and not the same one. */
static void transfer_check(Elab *e, const AstStmt *s, PipeChannel *c, const AstStmt *process) {
    bool sends = s->kind == AST_STMT_SEND;
    const AstStmt **mine = sends ? &c->sender : &c->receiver, *other = sends ? c->receiver : c->sender;
    Span *span = sends ? &c->send_span : &c->receive_span;
    if (other == process) {
        report_note(ELAB_ERROR(e, CHANNEL_BOTH, s->span, process->u.process.name.text, c->name),
                    sends ? c->receive_span : c->send_span, "it %s here", sends ? "receives" : "sends");
    } else if (*mine && *mine != process) {
        report_note(ELAB_ERROR(e, CHANNEL_SHARED, s->span, c->name, sends ? "sending" : "receiving",
                               (*mine)->u.process.name.text, process->u.process.name.text),
                    *span, "the first is here");
    } else if (!*mine) {
        *mine = process;
        *span = s->u.transfer.channel.span;
    }
}

/* The slot as a view of all slots. */
static ElabValue slot_view(Elab *e, const AstStmt *s, const PipeChannel *c, const Expr *slot) {
    const Type *type = c->slots->type;
    AstName name = s->u.transfer.slot;
    ElabView *v = ARENA_NEW(e->arena, ElabView);
    *v = (ElabView){.base = c->slots,
                    .nsels = type->rank,
                    .dir = s->kind == AST_STMT_SEND ? DIR_INOUT : DIR_IN,
                    .root = name.text,
                    .root_span = name.span,
                    .span = name.span};
    v->sels[0] = SEL_INDEX;
    v->e0[0] = slot;
    for (int i = 1; i < type->rank; i++) {
        v->sels[i] = SEL_FULL;
        v->capacity[i - 1] = type->dims[i];
    }
    v->type = type_get(e->module, TYPE_VIEW, type->elem, type->rank - 1, type->dims + 1, false);
    return (ElabValue){.kind = EV_VIEW, .elem = type->elem, .view = v};
}

/* The name of a channel in reach; -1 after a report. */
static int transfer_channel(Elab *e, const AstStmt *s, const AstStmt *process) {
    AstName name = s->u.transfer.channel;
    const Binding *b = elab_resolve(e, name);
    if (!b || b->broken)
        return -1;
    if (b->kind != BIND_CHANNEL) {
        report_note(ELAB_ERROR(e, NOT_A_CHANNEL, name.span, name.text), b->span, "`%s` is defined here", name.text);
        return -1;
    }
    int number = process ? pipe_find(e, name) : -1;
    if (number >= 0)
        transfer_check(e, s, &e->workload->pipe->channels.data[number], process);
    return number;
}

void workload_transfer(Elab *e, const AstStmt *s) {
    const AstStmt *process = e->workload->pipe ? e->workload->pipe->process : NULL;
    if (!process)
        ELAB_ERROR(e, PIPE_ONLY, s->word, ast_stmt_kind_text(s->kind), "a process");
    int number = transfer_channel(e, s, process);
    const PipeChannel *c = number < 0 ? NULL : &e->workload->pipe->channels.data[number];
    const Expr *channel = expr_const(e->exprs, number < 0 ? 0 : number);
    elab_at(e, s->u.transfer.channel.span);
    Op *op = build_op(&e->b, s->kind == AST_STMT_SEND ? OP_SEND : OP_RECEIVE, NULL, 0, &channel, 1, NULL, 0, 1);
    Value *arg = region_add_arg(e->module, op->regions[0], type_index(e->module), s->u.transfer.slot.text);
    const Expr *slot = expr_value(e->exprs, arg);
    WorkloadPlace saved = workload_enter(e, op->regions[0]);
    if (c) {
        facts_add_ge0(e->facts, slot);
        facts_add_lt(e->facts, slot, expr_const(e->exprs, c->depth));
    }
    elab_define(e, s->u.transfer.slot, BIND_VALUE, c && c->slots ? slot_view(e, s, c, slot) : elab_poison());
    workload_block(e, s->u.transfer.body);
    workload_leave(e, saved);
}
