/* ranks.c - what each rank of `ptoc run --dist=mpi` does around the entry point, compiled behind the generated program with
 * RANKS_ENTRY and RANKS_ARGS defined, and RANKS_CHUNKS where loops are tasks of StarPU, which is then started once. argv[1] is
 * a folder with the file `arguments`: 64-bit numbers (repetitions, threads, bytes of the image, tensors), the arguments' struct
 * with holes for pointers, then for each tensor the place of its pointer, whether it is written, its bytes, and these. Rank 0
 * writes the file `results`: numbers (status, repetitions, tasks in all, pairs dropped, pairs), the message, the seconds of
 * each repetition, for each pair of kernel and tier the length of the name, tier, tasks and the name, then the tensors that are
 * written. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct RankTensor {
    int64_t place, written, bytes;
    char *data, *fresh;
} RankTensor;

typedef struct RankTask {
    int64_t repetitions, threads, image_bytes, ntensors;
    char *image;
    RankTensor *tensors;
} RankTask;

static void rank_die(const char *what) {
    perror(what);
    MPI_Abort(MPI_COMM_WORLD, 1);
    exit(1);
}

static void *rank_take(int64_t bytes) {
    void *p = malloc(bytes > 0 ? (size_t)bytes : 1);
    if (!p)
        rank_die("memory");
    return p;
}

static void rank_read(FILE *f, void *to, int64_t bytes) {
    if (bytes > 0 && fread(to, (size_t)bytes, 1, f) != 1)
        rank_die("arguments");
}

static void rank_write(FILE *f, const void *from, int64_t bytes) {
    if (bytes > 0 && fwrite(from, (size_t)bytes, 1, f) != 1)
        rank_die("results");
}

static FILE *rank_open(const char *folder, const char *name, const char *mode) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, mode);
    if (!f)
        rank_die(path);
    return f;
}

static RankTask rank_load(const char *folder) {
    RankTask t;
    FILE *f = rank_open(folder, "arguments", "rb");
    rank_read(f, &t.repetitions, 8);
    rank_read(f, &t.threads, 8);
    rank_read(f, &t.image_bytes, 8);
    rank_read(f, &t.ntensors, 8);
    t.image = (char *)rank_take(t.image_bytes);
    rank_read(f, t.image, t.image_bytes);
    t.tensors = (RankTensor *)rank_take(t.ntensors * (int64_t)sizeof *t.tensors);
    for (int64_t i = 0; i < t.ntensors; i++) {
        RankTensor *x = &t.tensors[i];
        rank_read(f, &x->place, 8);
        rank_read(f, &x->written, 8);
        rank_read(f, &x->bytes, 8);
        x->data = (char *)rank_take(x->bytes);
        rank_read(f, x->data, x->bytes);
        x->fresh = (char *)rank_take(x->written ? x->bytes : 0);
        if (x->written)
            memcpy(x->fresh, x->data, (size_t)x->bytes);
        memcpy(t.image + x->place, &x->data, sizeof x->data);
    }
    fclose(f);
    return t;
}

static void rank_save(const char *folder, const RankTask *t, const ptoc_options *o, int status, int64_t done,
                      const double *seconds) {
    FILE *f = rank_open(folder, "results", "wb");
    const ptoc_stats *s = o->stats;
    const int64_t numbers[] = {status, done, s->total, s->dropped, s->count};
    rank_write(f, numbers, sizeof numbers);
    rank_write(f, o->error, sizeof o->error);
    rank_write(f, seconds, done * (int64_t)sizeof *seconds);
    for (int i = 0; i < s->count; i++) {
        const ptoc_stats_entry *e = &s->entries[i];
        const int64_t pair[] = {(int64_t)strlen(e->kernel), e->tier, e->tasks};
        rank_write(f, pair, sizeof pair);
        rank_write(f, e->kernel, pair[0]);
    }
    for (int64_t i = 0; i < t->ntensors; i++)
        rank_write(f, t->tensors[i].data, t->tensors[i].written ? t->tensors[i].bytes : 0);
    if (fclose(f) != 0)
        rank_die("results");
}

#if defined(RANKS_CHUNKS)
enum { RANKS_LEVEL = MPI_THREAD_MULTIPLE };
static void rank_start(const ptoc_options *options) {
    const char *why = pt_starpu_start(pt_threads(options));
    if (why)
        rank_die(why);
}
static void rank_stop(void) { pt_starpu_stop(); }
#else
enum { RANKS_LEVEL = MPI_THREAD_FUNNELED };
static void rank_start(const ptoc_options *options) { (void)options; }
static void rank_stop(void) {}
#endif

int main(int argc, char **argv) {
    int given = 0, rank = 0, status = PTOC_OK;
    int64_t done = 0;
    MPI_Init_thread(&argc, &argv, RANKS_LEVEL, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (argc != 2)
        rank_die("usage");
    RankTask t = rank_load(argv[1]);
    double *seconds = (double *)rank_take(t.repetitions * (int64_t)sizeof *seconds);
    ptoc_options *options = (ptoc_options *)calloc(1, sizeof *options);
    ptoc_stats *stats = (ptoc_stats *)calloc(1, sizeof *stats);
    if (!options || !stats)
        rank_die("memory");
    options->threads = (int)t.threads;
    options->stats = stats;
    rank_start(options);
    for (; done < t.repetitions && status == PTOC_OK; done++) {
        for (int64_t i = 0; i < t.ntensors; i++) {
            if (t.tensors[i].written)
                memcpy(t.tensors[i].data, t.tensors[i].fresh, (size_t)t.tensors[i].bytes);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        double begin = MPI_Wtime();
        status = RANKS_ENTRY((const RANKS_ARGS *)(const void *)t.image, options);
        seconds[done] = MPI_Wtime() - begin;
    }
    if (rank == 0)
        rank_save(argv[1], &t, options, status, done, seconds);
    rank_stop();
    MPI_Finalize();
    return 0;
}
