/* ptoc_pipe.h - processes that pass slots of bounded channels to each other.
 *
 *   fill pt_channel {name, depth} and pt_process {name, body}; pt_pipe_run(&pipe, channels, nchannels, processes, nprocesses, limit)
 *   in a body:  pt_send_begin(process, channel, &slot), fill the slot, pt_send_end(process, channel, slot)
 *               pt_receive_begin(..), use the slot, pt_receive_end(..)
 *
 * Each process has a thread; at most `limit` of them run at a time, and one that waits does not count. Slots are given in order. What
 * a process does depends on what it receives alone, so that results, and where a pipe stops if it does, are the same for every
 * limit and timing. A pipe never hangs: when every process that has not ended waits for a slot that no other can give, all waits fail. */
#ifndef PTOC_PIPE_H
#define PTOC_PIPE_H
#include "ptoc_def.h"
#include "ptoc_rt.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { PT_SLOT_FREE, PT_SLOT_SENDING, PT_SLOT_FULL, PT_SLOT_RECEIVING };

typedef struct pt_channel {
    const char *name;
    int64_t depth;
    int64_t sent, received; /* begun */
    unsigned char *slots;   /* the state of each */
    int sender;             /* the process, once it has sent something */
} pt_channel;

typedef struct pt_pipe pt_pipe;
typedef struct pt_process pt_process;
struct pt_process {
    const char *name;
    int (*body)(pt_process *process); /* a status */
    pt_pipe *pipe;
    pthread_t thread;
    int has_thread, ended, status;
    int stopped;             /* its wait failed */
    const pt_channel *waits; /* NULL: it does not wait */
    int64_t slot;            /* that it waits for */
    int state;               /* which that slot must have */
};

struct pt_pipe {
    pthread_mutex_t lock;
    pthread_cond_t change;
    pt_channel *channels;
    pt_process *processes;
    size_t stride; /* of processes in bytes: they may be the first member of something larger */
    int nchannels, nprocesses;
    int running, limit;
    int stuck;
};

PT_FN pt_process *pt_pipe_process(const pt_pipe *pipe, int i) {
    return (pt_process *)(void *)((char *)pipe->processes + (size_t)i * pipe->stride);
}

/* ---- waiting, with the lock held ------------------------------------------------------------------------------------------ */
PT_FN int pt_pipe_can_go_on(const pt_pipe *pipe) {
    for (int i = 0; i < pipe->nprocesses; i++) {
        const pt_process *p = pt_pipe_process(pipe, i);
        if (!p->ended && (!p->waits || p->waits->slots[p->slot] == p->state))
            return 1;
    }
    return 0;
}

PT_COLD void pt_pipe_take_turn(pt_pipe *pipe) {
    while (pipe->running >= pipe->limit)
        pthread_cond_wait(&pipe->change, &pipe->lock);
    pipe->running++;
}

PT_COLD void pt_pipe_give_turn(pt_pipe *pipe) {
    pipe->running--;
    if (!pt_pipe_can_go_on(pipe))
        pipe->stuck = 1;
    pthread_cond_broadcast(&pipe->change);
}

PT_COLD int pt_pipe_wait(pt_process *p, const pt_channel *c, int64_t slot, int state) {
    pt_pipe *pipe = p->pipe;
    p->waits = c;
    p->slot = slot;
    p->state = state;
    pt_pipe_give_turn(pipe);
    while (c->slots[slot] != state && !pipe->stuck)
        pthread_cond_wait(&pipe->change, &pipe->lock);
    if (c->slots[slot] != state) {
        p->stopped = 1;
        pt_pipe_take_turn(pipe);
        return PTOC_E_CHANNEL;
    }
    pt_pipe_take_turn(pipe);
    p->waits = NULL;
    return PTOC_OK;
}

/* ---- send and receive ------------------------------------------------------------------------------------------------------ */
PT_COLD int pt_slot_begin(pt_process *p, int channel, int64_t *count, int from, int to, int64_t *slot) {
    pt_pipe *pipe = p->pipe;
    pt_channel *c = &pipe->channels[channel];
    int status = PTOC_OK;
    pthread_mutex_lock(&pipe->lock);
    *slot = *count % c->depth;
    if (c->slots[*slot] != from)
        status = pt_pipe_wait(p, c, *slot, from);
    if (status == PTOC_OK) {
        c->slots[*slot] = (unsigned char)to;
        *count += 1;
    }
    pthread_mutex_unlock(&pipe->lock);
    return status;
}
PT_COLD void pt_slot_end(pt_process *p, int channel, int64_t slot, int to) {
    pt_pipe *pipe = p->pipe;
    pthread_mutex_lock(&pipe->lock);
    pipe->channels[channel].slots[slot] = (unsigned char)to;
    pthread_cond_broadcast(&pipe->change);
    pthread_mutex_unlock(&pipe->lock);
}

PT_FN int pt_send_begin(pt_process *p, int channel, int64_t *slot) {
    pt_channel *c = &p->pipe->channels[channel];
    c->sender = (int)(((char *)p - (char *)p->pipe->processes) / (ptrdiff_t)p->pipe->stride);
    return pt_slot_begin(p, channel, &c->sent, PT_SLOT_FREE, PT_SLOT_SENDING, slot);
}
PT_FN void pt_send_end(pt_process *p, int channel, int64_t slot) { pt_slot_end(p, channel, slot, PT_SLOT_FULL); }
PT_FN int pt_receive_begin(pt_process *p, int channel, int64_t *slot) {
    return pt_slot_begin(p, channel, &p->pipe->channels[channel].received, PT_SLOT_FULL, PT_SLOT_RECEIVING, slot);
}
PT_FN void pt_receive_end(pt_process *p, int channel, int64_t slot) { pt_slot_end(p, channel, slot, PT_SLOT_FREE); }

/* ---- the run --------------------------------------------------------------------------------------------------------------- */
PT_COLD void *pt_process_main(void *user) {
    pt_process *p = (pt_process *)user;
    pt_pipe *pipe = p->pipe;
    int status;
    pthread_mutex_lock(&pipe->lock);
    pt_pipe_take_turn(pipe);
    pthread_mutex_unlock(&pipe->lock);
    status = p->body(p);
    pthread_mutex_lock(&pipe->lock);
    p->status = status;
    p->ended = 1;
    pt_pipe_give_turn(pipe);
    pthread_mutex_unlock(&pipe->lock);
    return NULL;
}

/* A thread for every process but the first, which has the caller's. One that gets none fails; the others come to an end. */
PT_COLD void pt_pipe_start(pt_pipe *pipe) {
    pthread_mutex_lock(&pipe->lock);
    for (int i = 1; i < pipe->nprocesses; i++) {
        pt_process *p = pt_pipe_process(pipe, i);
        p->has_thread = pthread_create(&p->thread, NULL, pt_process_main, p) == 0;
        if (!p->has_thread) {
            p->status = PTOC_E_MEMORY;
            p->ended = 1;
        }
    }
    pthread_mutex_unlock(&pipe->lock);
    pt_process_main(pt_pipe_process(pipe, 0));
    for (int i = 1; i < pipe->nprocesses; i++) {
        if (pt_pipe_process(pipe, i)->has_thread)
            pthread_join(pt_pipe_process(pipe, i)->thread, NULL);
    }
}

/* The first process that failed by itself; -1: none. */
PT_FN int pt_pipe_failed(const pt_pipe *pipe) {
    for (int i = 0; i < pipe->nprocesses; i++) {
        const pt_process *p = pt_pipe_process(pipe, i);
        if (p->status != PTOC_OK && !p->stopped)
            return i;
    }
    return -1;
}

/* Who waits for what, in the order of the processes. */
PT_COLD int pt_pipe_describe_waits(const pt_pipe *pipe, char *text, size_t size) {
    size_t used = 0;
    for (int i = 0; i < pipe->nprocesses; i++) {
        const pt_process *p = pt_pipe_process(pipe, i);
        if (!p->stopped || used >= size)
            continue;
        int n = snprintf(text + used, size - used, "%sprocess %s waits for %s channel %s", used ? ", " : "", p->name,
                         p->state == PT_SLOT_FREE ? "room in" : "an item of", p->waits->name);
        used += n > 0 ? (size_t)n : 0;
    }
    if (used > 0 && used < size)
        snprintf(text + used, size - used, ": none can go on");
    return used > 0 ? PTOC_E_CHANNEL : PTOC_OK;
}

PT_COLD int pt_pipe_describe_rest(const pt_pipe *pipe, char *text, size_t size) {
    for (int i = 0; i < pipe->nchannels; i++) {
        const pt_channel *c = &pipe->channels[i];
        if (c->sent == c->received)
            continue;
        snprintf(text, size, "channel %s: %lld of the %lld items that process %s sent were not received", c->name,
                 (long long)(c->sent - c->received), (long long)c->sent, pt_pipe_process(pipe, c->sender)->name);
        return PTOC_E_CHANNEL;
    }
    return PTOC_OK;
}

/* Runs all processes to their end. The status is that of the first process that failed by itself (pt_pipe_failed tells which, and
 * text is empty), else PTOC_E_CHANNEL with a message where the pipe stopped or left items over. */
PT_COLD int pt_pipe_run(pt_pipe *pipe, pt_channel *channels, int nchannels, pt_process *processes, size_t stride,
                        int nprocesses, int limit, char *text, size_t size) {
    size_t slots = 0, at = 0;
    unsigned char *states;
    int status;
    memset(pipe, 0, sizeof *pipe);
    text[0] = '\0';
    pipe->channels = channels;
    pipe->processes = processes;
    pipe->stride = stride;
    pipe->nchannels = nchannels;
    pipe->nprocesses = nprocesses;
    pipe->limit = limit > 0 ? limit : 1;
    for (int i = 0; i < nchannels; i++)
        slots += (size_t)channels[i].depth;
    states = (unsigned char *)calloc(slots + 1, 1);
    if (!states) {
        snprintf(text, size, "no memory for the channels of a pipe");
        return PTOC_E_MEMORY;
    }
    for (int i = 0; i < nchannels; i++) {
        channels[i].slots = states + at;
        at += (size_t)channels[i].depth;
    }
    for (int i = 0; i < nprocesses; i++)
        pt_pipe_process(pipe, i)->pipe = pipe;
    pthread_mutex_init(&pipe->lock, NULL);
    pthread_cond_init(&pipe->change, NULL);
    if (nprocesses > 0)
        pt_pipe_start(pipe);
    pthread_cond_destroy(&pipe->change);
    pthread_mutex_destroy(&pipe->lock);
    if (pt_pipe_failed(pipe) >= 0) {
        status = pt_pipe_process(pipe, pt_pipe_failed(pipe))->status;
        if (status == PTOC_E_MEMORY && !pt_pipe_process(pipe, pt_pipe_failed(pipe))->has_thread &&
            pt_pipe_failed(pipe) > 0)
            snprintf(text, size, "no thread for process %s", pt_pipe_process(pipe, pt_pipe_failed(pipe))->name);
    } else {
        status = pt_pipe_describe_waits(pipe, text, size);
        if (status == PTOC_OK)
            status = pt_pipe_describe_rest(pipe, text, size);
    }
    free(states);
    return status;
}
#endif
