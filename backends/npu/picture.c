/* Pictures of programs: what is in memory when, and what the pipes do. Self-contained SVG. */
#include <string.h>

#include "backends/npu/estimate.h"

enum { WIDTH = 1000, LEFT = 70, ROW = 22, MAP_HEIGHT = 180, MOST_SHOWN = 4000, COLOURS = 8 };
static const char *const colours[COLOURS] = {"#4e79a7", "#f28e2b", "#59a14f", "#b07aa1",
                                             "#76b7b2", "#edc948", "#9c755f", "#e15759"};

static void put_escaped(Buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '<' || *text == '>' || *text == '&' || *text == '"')
            buf_printf(out, "&#%d;", *text);
        else
            buf_putc(out, *text);
    }
}

static double x_of(const NpuTimeline *t, double time) {
    return LEFT + (t->total > 0 ? time / t->total : 0) * (WIDTH - LEFT - 10);
}

static void put_axis(const NpuTimeline *t, Buf *out, int y) {
    enum { TICKS = 5 };
    for (int i = 0; i <= TICKS; i++) {
        double time = t->total * i / TICKS, x = x_of(t, time);
        buf_printf(out, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888\"/>", x, y, x, y + 4);
        buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.0f%s</text>\n", x, y + 16,
                   i == TICKS ? "end"
                   : i        ? "middle"
                              : "start",
                   time, i == TICKS ? " cycles" : "");
    }
}

static void open_svg(Buf *out, int height) {
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
               "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
               WIDTH, height, WIDTH, height, WIDTH, height);
}

/* ---- memory ---------------------------------------------------------------------------------------------------------------- */
static void put_life(const NpuTimeline *t, Buf *out, const NpuLife *life, double scale) {
    const PlaceBuffer *x = &t->program->buffers.data[life->buffer];
    double left = x_of(t, life->begin), width = x_of(t, life->end) - left;
    double height = (double)x->size * scale;
    double y = MAP_HEIGHT - (double)(x->base + life->copy * x->size) * scale - height;
    buf_printf(out,
               "<g><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" fill-opacity=\"0.75\" "
               "stroke=\"#fff\"/>",
               left, y + 10, width < 1 ? 1 : width, height < 1 ? 1 : height, colours[life->buffer % COLOURS]);
    if (height >= 11 && width >= 60) {
        buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" fill=\"#000\">", left + 3, y + 10 + height / 2 + 4);
        put_escaped(out, x->what && *x->what ? x->what : x->name);
        buf_puts(out, "</text>");
    }
    buf_puts(out, "<title>");
    put_escaped(out, x->what && *x->what ? x->what : x->name);
    buf_printf(out, ": %lld bytes x %d at %lld", (long long)x->size, x->depth, (long long)x->base);
    if (x->loc.line > 0)
        buf_printf(out, ", line %d", x->loc.line);
    buf_puts(out, "</title></g>\n");
}

static void put_map(const NpuTimeline *t, Buf *out, NpuMemory memory) {
    const NpuMemoryInfo *info = npu_memory_info(memory);
    int64_t top = 0, capacity = info->capacity[t->unit->arch];
    for (int b = 0; b < t->program->buffers.len; b++) {
        const PlaceBuffer *x = &t->program->buffers.data[b];
        if (x->memory == memory && x->base + x->size * x->depth > top)
            top = x->base + x->size * x->depth;
    }
    if (top == 0)
        return;
    double scale = (double)MAP_HEIGHT / (double)capacity;
    buf_printf(out, "<p>%s: %.1f of %.1f KiB are used</p>\n", info->doc, (double)top / 1024, (double)capacity / 1024);
    open_svg(out, MAP_HEIGHT + 35);
    buf_printf(out, "<rect x=\"%d\" y=\"10\" width=\"%d\" height=\"%d\" fill=\"#f4f4f4\" stroke=\"#888\"/>\n", LEFT,
               WIDTH - LEFT - 10, MAP_HEIGHT);
    for (int i = 0; i <= 4; i++)
        buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%lld K</text>\n", LEFT - 4,
                   MAP_HEIGHT + 14 - MAP_HEIGHT * i / 4, (long long)(capacity * i / 4 / 1024));
    for (int i = 0; i < t->lives.len && i < MOST_SHOWN; i++) {
        if (t->program->buffers.data[t->lives.data[i].buffer].memory == memory)
            put_life(t, out, &t->lives.data[i], scale);
    }
    put_axis(t, out, MAP_HEIGHT + 10);
    buf_puts(out, "</svg>\n");
}

/* ---- pipes ----------------------------------------------------------------------------------------------------------------- */
static void put_slice(const NpuTimeline *t, Buf *out, const NpuSlice *s, int y) {
    double left = x_of(t, s->begin), width = x_of(t, s->end) - left;
    bool works = s->stmt->kind == PLACE_INSN;
    buf_printf(out, "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>", left,
               y + (works ? 2 : 8), width < 0.4 ? 0.4 : width, works ? ROW - 4 : ROW - 16,
               works ? colours[(int)s->stmt->code % COLOURS] : "#ddd");
    if (works)
        buf_puts(out, insn_info(s->stmt->code)->text);
    else if (s->stmt->kind == PLACE_WAIT)
        buf_printf(out, "waits for %s", npu_pipe_text(s->stmt->src));
    else
        buf_puts(out, "barrier");
    buf_printf(out, ", %.0f to %.0f", s->begin, s->end);
    if (s->stmt->loc.line > 0)
        buf_printf(out, ", line %d", s->stmt->loc.line);
    buf_puts(out, "</title></rect>\n");
}

static void put_pipes(const NpuTimeline *t, Buf *out) {
    int row[NPU_PIPE_COUNT], rows = 0;
    for (int p = 0; p < NPU_PIPE_COUNT; p++)
        row[p] = t->busy[p] > 0 ? rows++ : -1;
    open_svg(out, rows * ROW + 25);
    for (int p = 0; p < NPU_PIPE_COUNT; p++) {
        if (row[p] >= 0)
            buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LEFT - 4, row[p] * ROW + 15,
                       npu_pipe_text((NpuPipe)p));
    }
    for (int i = 0; i < t->slices.len && i < MOST_SHOWN; i++) {
        if (row[t->slices.data[i].pipe] >= 0)
            put_slice(t, out, &t->slices.data[i], row[t->slices.data[i].pipe] * ROW);
    }
    put_axis(t, out, rows * ROW);
    buf_puts(out, "</svg>\n");
    if (t->slices.len > MOST_SHOWN)
        buf_printf(out, "<p>The first %d of %d steps are shown.</p>\n", MOST_SHOWN, t->slices.len);
}

void npu_put_pictures(Arena *arena, const NpuProgram *program, Buf *out) {
    buf_puts(
        out,
        "<h2>Programs</h2>\n<p>One task of each kernel by the cost table; addresses upwards, time to the right. The "
        "pointer tells what is what.</p>\n<pre>");
    Buf estimate = {0};
    npu_put_estimate(arena, program, &estimate);
    put_escaped(out, buf_text(&estimate));
    buf_free(&estimate);
    buf_puts(out, "</pre>\n");
    for (int i = 0; i < program->nunits; i++) {
        const PlaceUnit *u = program->units[i];
        for (int p = 0; p < u->programs.len; p++) {
            const NpuTimeline *t = npu_timeline(arena, u, u->programs.data[p]);
            if (t->total <= 0)
                continue;
            buf_puts(out, "<h3>");
            put_escaped(out, t->program->name);
            buf_puts(out, "</h3>\n");
            for (int m = 0; m < NPU_MEMORY_COUNT; m++)
                put_map(t, out, (NpuMemory)m);
            put_pipes(t, out);
        }
    }
}
