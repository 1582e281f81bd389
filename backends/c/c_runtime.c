/* The parts of the runtime that a program needs, pasted or included. */
#include <string.h>
#include "backends/c/c_internal.h"
#include "backends/c/c_pieces.h"
#include "ptoc_runtime_text.h"

static const PtocEmbedded *find_part(const char *name, size_t length) {
    for (int i = 0; i < ptoc_runtime_file_count; i++) {
        const PtocEmbedded *part = &ptoc_runtime_files[i];
        if (strlen(part->name) == length && memcmp(part->name, name, length) == 0)
            return part;
    }
    return NULL;
}

/* The part that a line `#include "NAME"` names; NULL when it is no such line. */
static const PtocEmbedded *included_part(const char *line) {
    static const char begin[] = "#include \"";
    if (!str_starts_with(line, begin))
        return NULL;
    const char *name = line + sizeof begin - 1, *end = strchr(name, '"');
    return end ? find_part(name, (size_t)(end - name)) : NULL;
}

static const char *next_line(const char *p) {
    const char *end = strchr(p, '\n');
    return end ? end + 1 : p + strlen(p);
}

/* A part's text without the includes of other parts: those stand before it. */
static void put_part(const PtocEmbedded *part, Buf *out) {
    for (const char *p = part->text; *p; p = next_line(p)) {
        if (!included_part(p))
            buf_write(out, p, (size_t)(next_line(p) - p));
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        buf_putc(out, '\n');
}

static void mark_needed(bool *needed, const PtocEmbedded *part) {
    int i = (int)(part - ptoc_runtime_files);
    if (needed[i])
        return;
    needed[i] = true;
    for (const char *p = part->text; *p; p = next_line(p)) {
        const PtocEmbedded *other = included_part(p);
        if (other)
            mark_needed(needed, other);
    }
}

static void want(CGen *gen, bool *needed, bool really, const char *name) {
    const PtocEmbedded *part = really ? find_part(name, strlen(name)) : NULL;
    if (part)
        mark_needed(needed, part);
    else if (really)
        c_error(gen, arena_printf(gen->arena, "the runtime part %s", name));
}

/* The parts that a program includes when the runtime is external. */
static void put_includes(CGen *gen, Buf *out) {
    bool *needed = ARENA_ARRAY(gen->arena, bool, ptoc_runtime_file_count + 1);
    want(gen, needed, true, "ptoc_rt.h");
    want(gen, needed, true, "ptoc_num.h");
    want(gen, needed, true, "ptoc_team.h");
    want(gen, needed, gen->uses_math, "ptoc_math.h");
    want(gen, needed, gen->uses_reduce, "ptoc_reduce.h");
    want(gen, needed, gen->uses_pipe, "ptoc_pipetask.h");
    want(gen, needed, gen->uses_plan, "ptoc_plan.h");
    want(gen, needed, gen->traces, "ptoc_trace.h");
    want(gen, needed, gen->uses_dist, "ptoc_mpi.h");
    want(gen, needed, gen->uses_chunks, "ptoc_starpu.h");
    want(gen, needed, gen->uses_csr, "ptoc_csr.h");
    want(gen, needed, gen->uses_topk, "ptoc_topk.h");
    want(gen, needed, gen->uses_print, "ptoc_print.h");
    want(gen, needed, gen->uses_lanes, "ptoc_vec.h");
    want(gen, needed, gen->uses_lanes, "ptoc_veccast.h");
    want(gen, needed, gen->uses_lanes && gen->uses_reduce, "ptoc_vecred.h");
    want(gen, needed, gen->uses_lane_math, "ptoc_vmath.h");
    want(gen, needed, gen->uses_pack, "ptoc_pack.h");
    want(gen, needed, gen->uses_lane_topk, "ptoc_vectopk.h");
    if (gen->uses_lanes)
        buf_printf(out, "#define PT_VEC_ONLY %d\n", gen->lanes);
    for (int i = 0; i < ptoc_runtime_file_count; i++) {
        if (needed[i])
            buf_printf(out, "#include \"%s\"\n", ptoc_runtime_files[i].name);
    }
}

void c_put_runtime(CGen *gen, const char *const *texts, Buf *out) {
    if (gen->options->runtime_external) {
        put_includes(gen, out);
    } else {
        put_part(find_part("ptoc_rt.h", strlen("ptoc_rt.h")), out);
        c_put_pieces(gen->arena, gen->uses_lanes ? gen->lanes : 0, texts, out);
    }
}

void c_put_public_runtime(CGen *gen, Buf *out) {
    const PtocEmbedded *part = find_part("ptoc_rt.h", strlen("ptoc_rt.h"));
    if (gen->options->runtime_external || !part)
        buf_puts(out, "#include \"ptoc_rt.h\"\n");
    else
        put_part(part, out);
}
