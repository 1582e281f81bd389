/* ptoc_pipetask.h - the processes of a pipe as parts of a task: each with a scratch arena, counters and an error of its own.
 *
 *   pt_process_task processes[] = {{.function = f, .values = &v}, ..};  pt_task_pipe(task, channels, n, processes, names, n)
 *
 * Parallel axes inside a process run in order. */
#ifndef PTOC_PIPETASK_H
#define PTOC_PIPETASK_H
#include "ptoc_pipe.h"
#include "ptoc_team.h"

typedef struct pt_process_task {
    pt_process process; /* first: a pt_process is one of these */
    int (*function)(const pt_task *task, const void *values);
    const void *values;
    pt_run run;
    pt_task task;
    pt_arena arena;
} pt_process_task;

#define pt_task_send_begin(task, channel, slot) pt_send_begin((pt_process *)(task)->process, channel, slot)
#define pt_task_send_end(task, channel, slot) pt_send_end((pt_process *)(task)->process, channel, slot)
#define pt_task_receive_begin(task, channel, slot) pt_receive_begin((pt_process *)(task)->process, channel, slot)
#define pt_task_receive_end(task, channel, slot) pt_receive_end((pt_process *)(task)->process, channel, slot)

PT_COLD int pt_process_task_body(pt_process *process) {
    pt_process_task *p = (pt_process_task *)(void *)process;
    return p->function(&p->task, p->values);
}

PT_COLD void pt_process_task_init(pt_process_task *p, const pt_task *from, const char *name, int64_t *counts) {
    memset(&p->process, 0, sizeof p->process);
    p->process.name = name;
    p->process.body = pt_process_task_body;
    p->run.options = from->run->options;
    p->run.threads = 1;
    p->run.status = PTOC_OK;
    p->run.task = INT64_MAX;
    p->run.text[0] = '\0';
    pt_arena_init(&p->arena, NULL, 0);
    p->task = *from;
    p->task.run = &p->run;
    p->task.arena = &p->arena;
    p->task.number = from->number < 0 ? 0 : from->number;
    p->task.counts = counts;
    p->task.process = p;
}

PT_COLD int pt_task_pipe(const pt_task *task, pt_channel *channels, int nchannels, pt_process_task *processes,
                         const char *const *names, int n) {
    char text[PTOC_ERROR_SIZE];
    size_t counted = task->counts ? (size_t)task->team->counted : 0;
    int64_t *counts = counted ? (int64_t *)calloc((size_t)n * counted, sizeof *counts) : NULL;
    pt_pipe pipe;
    int status, failed;
    if (counted && !counts)
        return pt_task_fail(task, PTOC_E_MEMORY, "no memory for the counters of a pipe");
    for (int i = 0; i < n; i++)
        pt_process_task_init(&processes[i], task, names[i], counts ? counts + (size_t)i * counted : NULL);
    status = pt_pipe_run(&pipe, channels, nchannels, &processes[0].process, sizeof *processes, n,
                         task->number < 0 ? task->run->threads : 1, text, sizeof text);
    for (size_t i = 0; counts && i < (size_t)n * counted; i++)
        task->counts[i % counted] += counts[i];
    free(counts);
    failed = pt_pipe_failed(&pipe);
    if (status != PTOC_OK)
        pt_task_fail(task, status, "%s", text[0] ? text : processes[failed < 0 ? 0 : failed].run.text);
    for (int i = 0; i < n; i++)
        pt_arena_free(&processes[i].arena);
    return status;
}
#endif
