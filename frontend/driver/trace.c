#include "frontend/driver/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/driver/run_report.h"

static void put_event(Buf *out, const char *name, double begin, double seconds) {
    buf_puts(out, ",\n  {\"name\": ");
    buf_put_json_string(out, name);
    buf_printf(out, ", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": %.3f, \"dur\": %.3f}", 1e6 * begin,
               1e6 * seconds);
}

/* Everything between the brackets, with its times, which count from the begin of the run, moved. */
static void put_moved(Buf *out, const Buf *trace, double by) {
    static const char head[] = "\"traceEvents\": [", time[] = "\"ts\": ";
    const char *at = strstr(buf_text(trace), head), *end = strstr(buf_text(trace), "\n], \"otherData\"");
    if (!at || !end)
        return;
    at += strlen(head);
    buf_puts(out, ",");
    for (const char *ts; (ts = strstr(at, time)) && ts < end;) {
        char *rest;
        ts += strlen(time);
        buf_write(out, at, (size_t)(ts - at));
        buf_printf(out, "%.3f", strtod(ts, &rest) + 1e6 * by);
        at = rest;
    }
    buf_write(out, at, (size_t)(end - at));
}

void trace_write(const Session *s, const EngineRun *run, Buf *out) {
    buf_puts(out, "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n"
                  "  {\"name\": \"process_name\", \"ph\": \"M\", \"pid\": 1, \"args\": {\"name\": \"ptoc\"}}");
    for (int i = 0; i < s->phases.len; i++)
        put_event(out, s->phases.data[i].name, s->phases.data[i].begin, s->phases.data[i].seconds);
    put_moved(out, &run->trace, run->trace_begin);
    const char *lost = strstr(buf_text(&run->trace), "\"lost\": ");
    buf_puts(out, "\n], \"otherData\": {\"engine\": ");
    buf_put_json_string(out, run->engine);
    buf_printf(out, ", \"tasks\": \"%" PRId64 "\", %s", run->tasks, lost ? lost : "\"lost\": \"0\"}}\n");
}

/* ---- the interpreter --------------------------------------------------------------------------------------------- */

void trace_tasks_begin(TraceTasks *t, Session *s, const char *workload, Buf *out) {
    *t = (TraceTasks){.s = s, .out = out, .begin = session_seconds(s)};
    buf_puts(out, "{\"traceEvents\": [\n{\"name\": \"process_name\", \"ph\": \"M\", \"pid\": 2, \"args\": {\"name\": ");
    buf_put_json_string(out, workload);
    buf_puts(
        out,
        "}},\n{\"name\": \"thread_name\", \"ph\": \"M\", \"pid\": 2, \"tid\": 0, \"args\": {\"name\": \"worker 0\"}}");
}

static void put_task(TraceTasks *t, const EvalTask *task, double end) {
    Buf *out = t->out;
    buf_printf(out, ",\n{\"name\": \"%s", task->kernel);
    if (task->tier > 0) {
        buf_putc(out, ' ');
        put_tier(out, task->tier);
    }
    for (int i = 0; i < task->naxes; i++)
        buf_printf(out, "%s%s=%" PRId64, i ? ", " : " [", task->axes[i].name, task->axes[i].value);
    buf_printf(out,
               "%s\", \"cat\": \"task\", \"ph\": \"X\", \"pid\": 2, \"tid\": 0, \"ts\": %.3f, \"dur\": %.3f, \"args\": "
               "{\"tasks\": 1, \"kernel\": \"%s\", \"tier\": %" PRId64 ", \"number\": %" PRId64 ", \"worker\": 0",
               task->naxes ? "]" : "", 1e6 * (t->task_begin - t->begin), 1e6 * (end - t->task_begin), task->kernel,
               task->tier, t->tasks++);
    for (int i = 0; i < task->naxes; i++)
        buf_printf(out, "%s\"%s\": %" PRId64, i ? ", " : ", \"axes\": {", task->axes[i].name, task->axes[i].value);
    buf_puts(out, task->naxes ? "}}}" : "}}");
}

void trace_task(void *tasks, const EvalTask *task, bool ends) {
    TraceTasks *t = tasks;
    if (ends)
        put_task(t, task, session_seconds(t->s));
    else
        t->task_begin = session_seconds(t->s);
}

void trace_tasks_end(TraceTasks *t) { buf_puts(t->out, "\n], \"otherData\": {\"lost\": \"0\"}}\n"); }
