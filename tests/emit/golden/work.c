
/* kernel halve, work.pto:3 */
static void kernel_halve(int64_t M, int64_t N, const float *restrict x, float *restrict y)
{
    for (int64_t i = 0; i < M; i++) { /* work.pto:4 */
        for (int64_t j = 0; j < N - (N % 16); j += 16) {
            const pt_f32x8 x1 = pt_mul_f32x8(pt_load_f32x8(x + j + N * i + 8), pt_splat_f32x8(0.5f));
            pt_store_f32x8(y + j + N * i, pt_mul_f32x8(pt_load_f32x8(x + j + N * i), pt_splat_f32x8(0.5f)));
            pt_store_f32x8(y + j + N * i + 8, x1);
        }
        for (int64_t j = N - (N % 16); j < N; j += 16) {
            const pt_f32x8 x0 = pt_mul_f32x8(pt_load_part_f32x8(x + j + N * i, N - j), pt_splat_f32x8(0.5f));
            const pt_f32x8 x1 = pt_mul_f32x8(pt_load_part_f32x8(x + j + N * i + 8, N - j - 8), pt_splat_f32x8(0.5f));
            pt_store_part_f32x8(y + j + N * i, x0, N - j);
            pt_store_part_f32x8(y + j + N * i + 8, x1, N - j - 8);
        }
    }
}

/* one task of workload known, work.pto:14 */
static void workload_known_task(const pt_task *task, int64_t R, int64_t N, const float *X, float *Y, int64_t r)
{
    pt_task_count(task, 0); /* work.pto:15 */
    kernel_halve(pt_minimum_i64(16, R - r), N, X + N * r, Y + N * r);
}

/* workload known, work.pto:13 */
static void workload_known(const pt_task *task, int64_t R, int64_t N, const float *X, float *Y)
{
    PT_OMP(parallel for schedule(dynamic) num_threads(task->run->threads) if (pt_task_pays(task, (R + 15) / 16,
            7.0 * (double)((N + 15) / 16) * (double)pt_minimum_i64(16, R)))) /* work.pto:14 */
    for (int64_t r = 0; r < R; r += 16) {
        pt_task part;
        if (pt_task_begin(&part, task, r)) {
            workload_known_task(&part, R, N, X, Y, r);
        }
    }
}

/* kernel ramp, work.pto:9 */
static void kernel_ramp(int64_t N, float *restrict y)
{
    for (int64_t j = 0; j < N; j++) { /* work.pto:10 */
        for (int64_t k = 0; k < j; k++) {
            y[k] = 1.0f;
        }
    }
}

/* one task of workload growing, work.pto:20 */
static void workload_growing_task(const pt_task *task, int64_t N, float *Y, int64_t r)
{
    pt_task_count(task, 1); /* work.pto:21 */
    kernel_ramp(N, Y + N * r);
}

/* workload growing, work.pto:19 */
static void workload_growing(const pt_task *task, int64_t R, int64_t N, float *Y)
{
    PT_OMP(parallel for schedule(dynamic) num_threads(task->run->threads) if (pt_task_pays(task, R,
            2.0 * (double)N * (double)(N - 1)))) /* work.pto:20 */
    for (int64_t r = 0; r < R; r++) {
        pt_task part;
        if (pt_task_begin(&part, task, r)) {
            workload_growing_task(&part, N, Y, r);
        }
    }
}

/* one task of workload unknown, work.pto:26 */
static void workload_unknown_task(const pt_task *task, int64_t N, const int32_t *len, float *Y, int64_t r)
{
    const int32_t n = len[r]; /* work.pto:27 */
    pt_task_count(task, 1); /* work.pto:28 */
    kernel_ramp((int64_t)n, Y + N * r);
}

/* workload unknown, work.pto:25 */
static void workload_unknown(const pt_task *task, int64_t R, int64_t N, const int32_t *len, float *Y)
{
    PT_OMP(parallel for schedule(dynamic) num_threads(task->run->threads) if (pt_task_forks(task, R)))
    for (int64_t r = 0; r < R; r++) {
        pt_task part;
        if (pt_task_begin(&part, task, r)) {
            workload_unknown_task(&part, N, len, Y, r);
        }
    }
}
