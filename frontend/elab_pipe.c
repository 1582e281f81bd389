/* pipe { }: channels and processes are checked here and then refused: nothing can run them yet. */
#include "frontend/elab_workload.h"

/* Who uses a channel: the first process that sends into it, and the first that receives from it. */
typedef struct PipeChannel {
    const char *name;
    Span span;
    const AstStmt *sender, *receiver;
    Span send_span, receive_span;
} PipeChannel;

struct WorkloadPipeState {
    VEC(PipeChannel) channels;
    const AstStmt *process; /* the one whose body is being checked */
    struct WorkloadPipeState *outer;
};

static void pipe_channel(Elab *e, const AstStmt *s) {
    AstName name = s->u.channel.name;
    /* A slot is workspace of the channel's type: the checks are those of a temp. */
    AstStmt temp = {.kind = AST_STMT_TEMP, .span = s->span, .word = s->word};
    temp.u.temp.name = name;
    temp.u.temp.type = s->u.channel.type;
    Binding *b = workload_temp(e, &temp);
    if (b)
        b->kind = BIND_CHANNEL;
    if (s->u.channel.depth) {
        const Expr *depth = elab_const_index(e, s->u.channel.depth, "depth of a channel");
        int64_t c;
        if (depth && expr_is_const(depth, &c) && c < 1)
            ELAB_ERROR(e, CHANNEL_DEPTH, s->u.channel.depth->span, name.text, (long long)c);
    }
    VEC_PUSH(e->arena, &e->workload->pipe->channels, (PipeChannel){.name = name.text, .span = name.span});
}

static void pipe_process(Elab *e, const AstStmt *s) {
    WorkloadPlace saved = workload_enter(e, e->b.region);
    e->workload->pipe->process = s;
    workload_block(e, s->u.process.body);
    e->workload->pipe->process = NULL;
    workload_leave(e, saved);
}

void workload_pipe(Elab *e, const AstStmt *s) {
    struct WorkloadPipeState pipe = {.outer = e->workload->pipe};
    WorkloadPlace saved = workload_enter(e, e->b.region);
    const AstBlock *body = s->u.pipe;
    e->workload->pipe = &pipe;
    for (int i = 0; i < body->stmts.len; i++)
        if (body->stmts.data[i]->kind == AST_STMT_CHANNEL)
            pipe_channel(e, body->stmts.data[i]);
    for (int i = 0; i < body->stmts.len; i++) {
        const AstStmt *inner = body->stmts.data[i];
        if (inner->kind == AST_STMT_PROCESS)
            pipe_process(e, inner);
        else if (inner->kind != AST_STMT_CHANNEL)
            ELAB_ERROR(e, PIPE_STATEMENT, inner->word, ast_stmt_kind_text(inner->kind));
    }
    e->workload->pipe = pipe.outer;
    workload_leave(e, saved);
    workload_refuse(e, REFUSED_PIPE, s->word);
}

static PipeChannel *pipe_find(Elab *e, const char *name) {
    for (struct WorkloadPipeState *p = e->workload->pipe; p; p = p->outer)
        for (int i = 0; i < p->channels.len; i++)
            if (p->channels.data[i].name == name)
                return &p->channels.data[i];
    return NULL;
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

void workload_transfer(Elab *e, const AstStmt *s) {
    AstName name = s->u.transfer.channel;
    const AstStmt *process = NULL;
    for (struct WorkloadPipeState *p = e->workload->pipe; p && !process; p = p->outer)
        process = p->process;
    if (!process)
        ELAB_ERROR(e, PIPE_ONLY, s->word, ast_stmt_kind_text(s->kind), "a process");
    Binding *b = elab_resolve(e, name);
    ElabValue slot = elab_poison();
    if (b && b->kind != BIND_CHANNEL && !b->broken) {
        report_note(ELAB_ERROR(e, NOT_A_CHANNEL, name.span, name.text), b->span, "`%s` is defined here", name.text);
    } else if (b) {
        PipeChannel *c = pipe_find(e, name.text);
        if (c && process)
            transfer_check(e, s, c, process);
        slot = b->value;
        if (slot.kind == EV_VIEW)
            slot.view = elab_whole_view(e, slot.view->base, s->kind == AST_STMT_SEND ? DIR_INOUT : DIR_IN,
                                        s->u.transfer.slot.text, s->u.transfer.slot.span, s->u.transfer.slot.span);
    }
    WorkloadPlace saved = workload_enter(e, e->b.region);
    elab_define(e, s->u.transfer.slot, BIND_VALUE, slot);
    workload_block(e, s->u.transfer.body);
    workload_leave(e, saved);
}
