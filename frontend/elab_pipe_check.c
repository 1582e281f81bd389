/* Does a pipe come to its end? What it does depends on no timing: the transfers of each process, in order, decide. Where their number
 * follows from constants, or whatever the symbols are, the pipe is played through; one that must stop, or must leave items over,
 * is an error. */
#include "frontend/elab_workload.h"
#include <string.h>

enum { PLAY_STEPS = 100000, PLAY_SAMPLES = 5 };

typedef struct PlayFrame {
    const Region *region;
    const Op *next; /* of the region; NULL: at its end */
    int64_t index, hi, step;
    int64_t slot; /* of a transfer */
} PlayFrame;

typedef struct PlayCell {
    const Value *value;
    int64_t i;
} PlayCell;

typedef struct PlayProcess {
    const Op *op;
    VEC(PlayFrame) frames;
    VEC(PlayCell) cells;
    const Op *waits;
    bool ended;
} PlayProcess;

enum { SLOT_FREE, SLOT_SENDING, SLOT_FULL, SLOT_RECEIVING };

typedef struct PlayChannel {
    int64_t depth, sent, received;
    unsigned char *slots;
    int sender;
} PlayChannel;

typedef struct Play {
    Elab *e;
    Arena *arena;
    const Op *pipe;
    PlayProcess *processes;
    PlayChannel *channels;
    int nprocesses, nchannels;
    const PlayProcess *running;
    int64_t sample;      /* value of the symbols */
    bool unknown, asked; /* something depends on data; a symbol was asked for */
    int steps;
} Play;

/* ---- what a process does ---------------------------------------------------------------------------------------- */
static bool has_transfers(const Region *region) {
    for (const Op *op = region->first; op; op = op->next) {
        if (op->code == OP_SEND || op->code == OP_RECEIVE)
            return true;
        for (int i = 0; op->code != OP_PIPE && i < op->nregions; i++)
            if (has_transfers(op->regions[i]))
                return true;
    }
    return false;
}

static bool op_transfers(const Op *op) {
    bool any = op->code == OP_SEND || op->code == OP_RECEIVE;
    for (int i = 0; op->code != OP_PIPE && i < op->nregions && !any; i++)
        any = has_transfers(op->regions[i]);
    return any;
}

static bool cell_get(void *user, const Value *v, int64_t *out) {
    Play *p = user;
    for (int i = p->running->cells.len - 1; i >= 0; i--)
        if (p->running->cells.data[i].value == v) {
            *out = p->running->cells.data[i].i;
            return true;
        }
    const Func *f = p->e->workload->func;
    for (int i = 0; i < f->nindex_params; i++)
        if (f->index_params[i].value == v) {
            p->asked = true;
            *out = p->sample;
            return true;
        }
    return false;
}

static void push_frame(Play *p, PlayProcess *process, const Region *region, PlayFrame frame) {
    frame.region = region;
    frame.next = region->first;
    VEC_PUSH(p->arena, &process->frames, frame);
}

static void enter_loop(Play *p, PlayProcess *process, const Op *op) {
    PlayFrame f = {.hi = 0};
    const Expr *const *x = op->exprs;
    if (!expr_evaluate(x[0], cell_get, p, &f.index) || !expr_evaluate(x[1], cell_get, p, &f.hi) ||
        !expr_evaluate(x[2], cell_get, p, &f.step) || f.step < 1) {
        p->unknown = true;
        return;
    }
    if (f.index >= f.hi)
        return;
    VEC_PUSH(p->arena, &process->cells, (PlayCell){op->regions[0]->args[0], f.index});
    push_frame(p, process, op->regions[0], f);
}

/* The slot is there: its state changes and the body begins; else the process waits. */
static bool enter_transfer(Play *p, PlayProcess *process, const Op *op) {
    PlayChannel *c = &p->channels[op->exprs[0]->c];
    bool sends = op->code == OP_SEND;
    int64_t *count = sends ? &c->sent : &c->received, slot = *count % c->depth;
    if (c->slots[slot] != (sends ? SLOT_FREE : SLOT_FULL)) {
        process->waits = op;
        return false;
    }
    process->waits = NULL;
    c->slots[slot] = sends ? SLOT_SENDING : SLOT_RECEIVING;
    *count += 1;
    if (sends)
        c->sender = (int)(process - p->processes);
    push_frame(p, process, op->regions[0], (PlayFrame){.slot = slot});
    return true;
}

static bool enter_op(Play *p, PlayProcess *process, const Op *op) {
    if (op->code == OP_SEND || op->code == OP_RECEIVE)
        return enter_transfer(p, process, op);
    if (op->code == OP_FOR || op->code == OP_PARALLEL)
        enter_loop(p, process, op);
    else if (op->code == OP_CONCURRENT)
        push_frame(p, process, op->regions[0], (PlayFrame){.slot = 0});
    else
        p->unknown = true; /* a branch or a tier: which way depends on data */
    return true;
}

static void leave_region(Play *p, PlayProcess *process) {
    PlayFrame *f = &VEC_LAST(&process->frames);
    const Op *owner = f->region->parent_op;
    if ((owner->code == OP_FOR || owner->code == OP_PARALLEL) && f->index + f->step < f->hi) {
        f->index += f->step;
        VEC_LAST(&process->cells).i = f->index;
        f->next = f->region->first;
        return;
    }
    if (owner->code == OP_FOR || owner->code == OP_PARALLEL)
        process->cells.len--;
    if (owner->code == OP_SEND || owner->code == OP_RECEIVE)
        p->channels[owner->exprs[0]->c].slots[f->slot] = owner->code == OP_SEND ? SLOT_FULL : SLOT_FREE;
    process->frames.len--;
    process->ended = process->frames.len == 0;
}

/* Until it waits or ends; true: it did something. */
static bool play_process(Play *p, PlayProcess *process) {
    bool moved = false;
    p->running = process;
    while (!process->ended && !p->unknown) {
        PlayFrame *f = &VEC_LAST(&process->frames);
        const Op *op = f->next;
        if (++p->steps > PLAY_STEPS) {
            p->unknown = true;
        } else if (!op) {
            leave_region(p, process);
        } else if (!op_transfers(op)) {
            f->next = op->next;
            continue;
        } else {
            f->next = op->next;
            if (!enter_op(p, process, op)) {
                VEC_LAST(&process->frames).next = op;
                return moved;
            }
        }
        moved = true;
    }
    return moved;
}

/* ---- one play ---------------------------------------------------------------------------------------------------- */
static void play_begin(Play *p, int64_t sample) {
    int n = 0;
    for (const Op *op = p->pipe->regions[0]->first; op; op = op->next)
        n++;
    p->sample = sample;
    p->unknown = p->asked = false;
    p->steps = 0;
    p->nprocesses = n;
    p->nchannels = p->pipe->nexprs;
    p->processes = ARENA_ARRAY(p->arena, PlayProcess, n + 1);
    p->channels = ARENA_ARRAY(p->arena, PlayChannel, p->nchannels + 1);
    n = 0;
    for (const Op *op = p->pipe->regions[0]->first; op; op = op->next) {
        p->processes[n].op = op;
        push_frame(p, &p->processes[n++], op->regions[0], (PlayFrame){.slot = 0});
    }
    for (int i = 0; i < p->nchannels; i++) {
        p->channels[i].depth = p->pipe->exprs[i]->c;
        /* More slots than steps are never used. */
        p->channels[i].depth = p->channels[i].depth < PLAY_STEPS ? p->channels[i].depth : PLAY_STEPS;
        p->channels[i].slots = ARENA_ARRAY(p->arena, unsigned char, p->channels[i].depth);
    }
}

static const char *channel_name(const Play *p, int64_t number) {
    const char *names = op_attr_str(p->pipe, ATTR_TEXT);
    for (; number > 0; number--)
        names = strchr(names, ',') + 1;
    return arena_strndup(p->arena, names, strcspn(names, ","));
}

/* What is wrong at the end of a play; NULL: nothing. */
static const char *play_fault(Play *p) {
    Buf text = {NULL, 0, 0};
    for (int i = 0; i < p->nprocesses; i++) {
        const PlayProcess *process = &p->processes[i];
        if (process->ended)
            continue;
        buf_printf(&text, "%sprocess `%s` waits for %s channel `%s`", text.len ? ", " : "",
                   op_attr_str(process->op, ATTR_NAME), process->waits->code == OP_SEND ? "room in" : "an item of",
                   channel_name(p, process->waits->exprs[0]->c));
    }
    for (int i = 0; i < p->nchannels && text.len == 0; i++)
        if (p->channels[i].sent != p->channels[i].received)
            buf_printf(&text, "%lld of the %lld items that process `%s` sends to channel `%s` are not received",
                       (long long)(p->channels[i].sent - p->channels[i].received), (long long)p->channels[i].sent,
                       op_attr_str(p->processes[p->channels[i].sender].op, ATTR_NAME), channel_name(p, i));
    const char *copy = text.len ? arena_strdup(p->e->arena, buf_text(&text)) : NULL;
    buf_free(&text);
    return copy;
}

static const char *play(Play *p, int64_t sample) {
    play_begin(p, sample);
    for (bool moved = true; moved && !p->unknown;) {
        moved = false;
        for (int i = 0; i < p->nprocesses && !p->unknown; i++)
            moved |= play_process(p, &p->processes[i]);
    }
    return p->unknown ? NULL : play_fault(p);
}

void workload_check_pipe(Elab *e, const Op *pipe, Span span) {
    static const int64_t samples[PLAY_SAMPLES] = {0, 1, 2, 3, 8};
    Arena *arena = arena_create();
    Play p = {.e = e, .arena = arena, .pipe = pipe};
    const char *fault = NULL;
    for (int i = 0; i < PLAY_SAMPLES; i++) {
        fault = play(&p, samples[i]);
        if (!fault || !p.asked)
            break;
    }
    if (fault)
        ELAB_ERROR(e, PIPE_STOPS, span, fault);
    arena_destroy(arena);
}
