/* ptoc_mpi.h - one call of an entry point on every rank of MPI_COMM_WORLD. All ranks pass the same arguments.
 *
 *   pt_team_begin(&t, ...) == PTOC_OK && pt_dist_begin(&t) == PTOC_OK && ...   the caller has called MPI_Init_thread or MPI_Init
 *       pt_dist_enter(task);
 *       for (i = pt_dist_first(lo, hi, step); i < pt_dist_last(lo, hi, step); i += step) ...   this rank's iterations
 *       pt_dist_join(task);            a failure of any rank is one of all from here on
 *       pt_dist_collect(task, ...);    for what was written: every rank gets the others' parts
 *   pt_dist_end(&t);
 *
 * Everything outside of enter and join runs on every rank with the same data, and is counted by rank 0 alone. Ranks wait for each
 * other in the thread of the call, never in a task. A rank that fails by itself leaves its function and meets the others at the end,
 * whatever they wait for: waiting begins with one and the same question, whether anyone has failed, and after a yes nobody asks again. */
#ifndef PTOC_MPI_H
#define PTOC_MPI_H
#include "ptoc_team.h"
#include <limits.h>
#include <mpi.h>

PT_FN int pt_dist_rank(void) {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}
PT_FN int pt_dist_ranks(void) {
    int ranks = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    return ranks;
}

/* ---- who has what ---------------------------------------------------------------------------------------------------------- */
PT_FN int64_t pt_dist_trips(int64_t lo, int64_t hi, int64_t step) {
    return lo < hi && step > 0 ? (int64_t)(((uint64_t)hi - (uint64_t)lo - 1) / (uint64_t)step) + 1 : 0;
}
/* The iterations of ranks below `rank`: blocks in the order of ranks, whose lengths differ by one at most. */
PT_FN int64_t pt_dist_before(int64_t trips, int rank, int ranks) {
    return trips / ranks * rank + (rank < trips % ranks ? rank : trips % ranks);
}
PT_FN int64_t pt_dist_edge(int64_t lo, int64_t hi, int64_t step, int rank) {
    int64_t trips = pt_dist_trips(lo, hi, step), before = pt_dist_before(trips, rank, pt_dist_ranks());
    return before < trips ? lo + step * before : hi;
}
PT_FN int64_t pt_dist_first(int64_t lo, int64_t hi, int64_t step) {
    int64_t first = pt_dist_edge(lo, hi, step, pt_dist_rank());
    return first < lo ? lo : first;
}
PT_FN int64_t pt_dist_last(int64_t lo, int64_t hi, int64_t step) {
    return pt_dist_edge(lo, hi, step, pt_dist_rank() + 1);
}

/* ---- failures -------------------------------------------------------------------------------------------------------------- */
#define PT_DIST_TOLD INT64_MIN /* the number of a failure that all ranks know of */

/* PTOC_OK, or the failure of the lowest order, of the lowest rank that has one of it: then it is that of all. */
PT_COLD int pt_dist_meet(pt_run *run, int64_t order) {
    int64_t ranks = pt_dist_ranks(), mine = run->status == PTOC_OK ? INT64_MAX : order * ranks + pt_dist_rank(), first;
    int status = run->status, from;
    char text[PTOC_ERROR_SIZE];
    MPI_Allreduce(&mine, &first, 1, MPI_INT64_T, MPI_MIN, MPI_COMM_WORLD);
    if (first == INT64_MAX)
        return PTOC_OK;
    from = (int)(first % ranks);
    memcpy(text, run->text, sizeof text);
    MPI_Bcast(&status, 1, MPI_INT, from, MPI_COMM_WORLD);
    MPI_Bcast(text, (int)sizeof text, MPI_CHAR, from, MPI_COMM_WORLD);
    return pt_fail(run, PT_DIST_TOLD, status, "%s", text);
}

PT_FN void pt_dist_count(pt_team *t, int counts) {
    t->main.counts = t->counts && counts ? t->counts + (size_t)t->run.threads * t->stride : NULL;
}
PT_FN void pt_dist_enter(const pt_task *task) { pt_dist_count(task->team, 1); }
PT_COLD int pt_dist_join(const pt_task *task) {
    pt_dist_count(task->team, pt_dist_rank() == 0);
    return pt_dist_meet(task->run, 0);
}

/* ---- begin and end ---------------------------------------------------------------------------------------------------------- */
PT_COLD int pt_dist_begin(pt_team *t) {
    int begun = 0, ended = 0;
    MPI_Initialized(&begun);
    MPI_Finalized(&ended);
    if (!begun || ended)
        return pt_fail(&t->run, PT_DIST_TOLD, PTOC_E_UNSUPPORTED, "MPI is not running: call MPI_Init_thread first");
    pt_dist_count(t, pt_dist_rank() == 0);
    return PTOC_OK;
}

/* The tasks of all ranks, where all want to know. */
PT_COLD void pt_dist_sum(pt_team *t) {
    int mine = t->counts != NULL, all = 0;
    int64_t *sums = t->counts;
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (!all || t->counted == 0)
        return;
    for (size_t i = 1; i <= (size_t)t->run.threads; i++) {
        for (int k = 0; k < t->counted; k++) {
            sums[k] += sums[i * t->stride + (size_t)k];
            sums[i * t->stride + (size_t)k] = 0;
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, sums, t->counted, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
}

PT_FN int pt_dist_is_told(const pt_run *run) { return run->status != PTOC_OK && run->task == PT_DIST_TOLD; }
PT_COLD void pt_dist_end(pt_team *t) {
    if (!pt_dist_is_told(&t->run) && pt_dist_meet(&t->run, 0) == PTOC_OK)
        pt_dist_sum(t);
}

/* ---- putting tensors together ------------------------------------------------------------------------------------------------ */
PT_FN int64_t pt_dist_place(int64_t place, int64_t extent) { return place < 0 ? 0 : place < extent ? place : extent; }

/* No rank can tell the others any more: they are about to send. */
PT_COLD void pt_dist_abort(const char *why) {
    fprintf(stderr, "rank %d: %s\n", pt_dist_rank(), why);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* The tensor is [before, extent, behind] elements; iteration i has places base + slope i .. base + slope (i + step) of the extent. */
PT_COLD int pt_dist_collect(const pt_task *task, int optional, void *data, size_t size, int64_t before, int64_t extent,
                            int64_t behind, int64_t lo, int64_t hi, int64_t step, int64_t base, int64_t slope) {
    int ranks = pt_dist_ranks();
    int64_t trips = pt_dist_trips(lo, hi, step), width = pt_elements(behind, (int64_t)size);
    MPI_Datatype row, place;
    if (ranks == 1 || pt_elements(before, extent) == 0 || width == 0 ||
        (optional && task->run->options && task->run->options->keep_parts))
        return PTOC_OK;
    if (before > INT_MAX || extent > INT_MAX || width > INT_MAX)
        return pt_task_fail(task, PTOC_E_UNSUPPORTED,
                            "a tensor is too large to be put together: 2^31 rows or bytes of a row");
    int *counts = (int *)malloc(2 * (size_t)ranks * sizeof *counts);
    if (!counts)
        pt_dist_abort("no memory to put a tensor together");
    for (int r = 0; counts && r < ranks; r++) {
        int64_t first = lo + step * pt_dist_before(trips, r, ranks),
                last = lo + step * pt_dist_before(trips, r + 1, ranks);
        int64_t begin = pt_dist_place(base + slope * first, extent), end = pt_dist_place(base + slope * last, extent);
        counts[r] = end > begin ? (int)(end - begin) : 0;
        counts[ranks + r] = (int)begin;
    }
    MPI_Type_create_hvector((int)before, (int)width, (MPI_Aint)(extent * width), MPI_BYTE, &row);
    MPI_Type_create_resized(row, 0, (MPI_Aint)width, &place);
    MPI_Type_commit(&place);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, counts, counts + ranks, place, MPI_COMM_WORLD);
    MPI_Type_free(&place);
    MPI_Type_free(&row);
    free(counts);
    return PTOC_OK;
}
#endif
