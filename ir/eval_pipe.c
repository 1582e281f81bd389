/* eval_pipe.c - pipes: processes that take turns, one running at a time, each on a thread and a stack of values of its own. */
#include "ir/eval_internal.h"
#include "runtime/include/ptoc_pipe.h"

typedef struct EvalProcess {
    pt_process process; /* first */
    EvalRun run;
    EvalResult result;
    EvalSlot *frame;
    const EvalRegion *body;
} EvalProcess;

static int process_body(pt_process *process) {
    EvalProcess *p = (EvalProcess *)(void *)process;
    if (setjmp(p->run.jump) == 0)
        eval_region(&p->run, p->frame, p->body);
    return p->result.status;
}

static void process_create(EvalRun *run, EvalSlot *frame, const EvalOp *op, EvalProcess *p) {
    const char *name = op_attr_str(op->op, ATTR_NAME);
    memset(p, 0, sizeof *p);
    p->process.name = name ? name : "?";
    p->process.body = process_body;
    memcpy(&p->run, run, sizeof p->run);
    p->run.result = &p->result;
    p->run.values = arena_create();
    p->run.stack = (EvalStack){.limit = run->stack.limit};
    p->run.process = p;
    p->frame = frame;
    p->body = &op->regions[0];
}

static void process_end(EvalRun *run, EvalProcess *p) {
    run->result->tasks += p->result.tasks;
    for (int i = 0; i < p->result.counts.len; i++) {
        const EvalCount *c = &p->result.counts.data[i];
        eval_count(run, c->kernel, c->tier, c->tasks);
    }
    arena_destroy(p->run.values);
}

/* The names of the channels stand in one attribute, separated by commas. */
static pt_channel *channels_create(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    const char *names = op_attr_str(op->op, ATTR_TEXT);
    pt_channel *channels = eval_alloc(run, op->op, op->nexprs + 1, sizeof *channels);
    memset(channels, 0, (size_t)(op->nexprs + 1) * sizeof *channels);
    for (int i = 0; i < op->nexprs; i++) {
        size_t n = names ? strcspn(names, ",") : 0;
        char *name = eval_alloc(run, op->op, (int64_t)n + 1, 1);
        if (n > 0)
            memcpy(name, names, n);
        name[n] = '\0';
        names = names && names[n] ? names + n + 1 : NULL;
        channels[i].name = name;
        channels[i].depth = eval_expr(frame, &op->exprs[i]);
        eval_want(run, op, channels[i].depth >= 1, "a channel has no slot");
    }
    return channels;
}

void eval_pipe(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    EvalMark mark = eval_mark(run);
    const EvalRegion *body = &op->regions[0];
    pt_channel *channels = channels_create(run, frame, op);
    EvalProcess *processes = eval_alloc(run, op->op, body->nops + 1, sizeof *processes);
    char text[PTOC_ERROR_SIZE];
    pt_pipe pipe;
    for (int i = 0; i < body->nops; i++)
        process_create(run, frame, &body->ops[i], &processes[i]);
    int status = pt_pipe_run(&pipe, channels, op->nexprs, &processes[0].process, sizeof *processes, body->nops, 1, text,
                             sizeof text);
    int failed = pt_pipe_failed(&pipe);
    for (int i = 0; i < body->nops; i++)
        process_end(run, &processes[i]);
    if (status != PTOC_OK) {
        const EvalResult *r = failed >= 0 ? &processes[failed].result : NULL;
        run->result->loc = r ? r->loc : op->op->loc;
        eval_fail(run, r && r->loc.line ? NULL : op->op, status, "%s", text[0] ? text : r->error);
    }
    eval_release(run, mark);
}

void eval_prepare_pipe(EvalRun *run, EvalOp *op) {
    for (int i = 0; i < op->regions[0].nops; i++)
        eval_want(run, op, op->regions[0].ops[i].op->code == OP_PROCESS, "not only processes");
}

void eval_process(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    (void)frame;
    eval_want(run, op, false, "a process outside of a pipe");
}

/* The status of a wait that failed is the pipe's to explain. */
static void transfer_failed(EvalRun *run, const EvalOp *op, int status) {
    eval_fail(run, op->op, status, "the pipe has stopped");
}

static int transfer_channel(EvalRun *run, const EvalSlot *frame, const EvalOp *op) {
    int64_t channel = eval_expr(frame, &op->exprs[0]);
    const EvalProcess *p = run->process;
    eval_want(run, op, p && channel >= 0 && channel < p->process.pipe->nchannels,
              "the pipe around has no such channel");
    return (int)channel;
}

void eval_send(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    int channel = transfer_channel(run, frame, op);
    EvalProcess *p = run->process;
    int64_t slot = 0;
    int status = pt_send_begin(&p->process, channel, &slot);
    if (status != PTOC_OK)
        transfer_failed(run, op, status);
    frame[op->regions[0].args[0]].s.i = slot;
    EvalMark mark = eval_mark(run);
    eval_region(run, frame, &op->regions[0]);
    eval_release(run, mark);
    pt_send_end(&p->process, channel, slot);
}

void eval_receive(EvalRun *run, EvalSlot *frame, const EvalOp *op) {
    int channel = transfer_channel(run, frame, op);
    EvalProcess *p = run->process;
    int64_t slot = 0;
    int status = pt_receive_begin(&p->process, channel, &slot);
    if (status != PTOC_OK)
        transfer_failed(run, op, status);
    frame[op->regions[0].args[0]].s.i = slot;
    EvalMark mark = eval_mark(run);
    eval_region(run, frame, &op->regions[0]);
    eval_release(run, mark);
    pt_receive_end(&p->process, channel, slot);
}

void eval_prepare_transfer(EvalRun *run, EvalOp *op) {
    const Region *body = op->op->regions[0];
    eval_want(run, op, body->nargs == 1 && type_is_index(body->args[0]->type), "the body does not take the slot");
}
