#include "frontend/driver/trace.h"

#include <inttypes.h>

static void put_event(Buf *out, const char *name, double begin, double seconds, bool first) {
    buf_puts(out, first ? "  " : ",\n  ");
    buf_puts(out, "{\"name\": ");
    buf_put_json_string(out, name);
    buf_printf(out, ", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": %.3f, \"dur\": %.3f}", 1e6 * begin,
               1e6 * seconds);
}

void trace_write(const Session *s, const EngineRun *run, Buf *out) {
    buf_puts(out, "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n");
    for (int i = 0; i < s->phases.len; i++)
        put_event(out, s->phases.data[i].name, s->phases.data[i].begin, s->phases.data[i].seconds, i == 0);
    buf_puts(out, "\n], \"otherData\": {\"engine\": ");
    buf_put_json_string(out, run->engine);
    buf_printf(out, ", \"tasks\": \"%" PRId64 "\"}}\n", run->tasks);
}
