
/* kernel add, rows.pto:3 */
static void kernel_add(int64_t N, const float *restrict a, const float *restrict b, float *restrict c)
{
    for (int64_t j = 0; j < N; j++) { /* rows.pto:4 */
        c[j] = a[j] + b[j];
    }
}

/* one task of workload rows, rows.pto:8 */
static int workload_rows_task(const pt_task *task, int64_t N, const float *A, const int32_t *len, float *C, int64_t r)
{
    const int32_t n = len[r]; /* rows.pto:9 */
    if ((int64_t)n < 0) {
        return pt_task_fail(task, PTOC_E_BOUNDS, "len is %lld in row %lld", (long long)(int64_t)n, (long long)r);
    }
    if (N < (int64_t)n) {
        return pt_task_fail(task, PTOC_E_BOUNDS, "len is %lld in row %lld", (long long)(int64_t)n, (long long)r);
    }
    const float *a = A + N * r; /* rows.pto:10 */
    pt_task_count(task, 0);
    kernel_add((int64_t)n, a, a, C + N * r);
    return PTOC_OK;
}

/* workload rows, rows.pto:7 */
static int workload_rows(const pt_task *task, int64_t R, int64_t N, const float *A, const int32_t *len, float *C)
{
    PT_OMP(parallel for schedule(dynamic) num_threads(task->run->threads) if (pt_task_forks(task, R)))
    for (int64_t r = 0; r < R; r++) {
        pt_task part;
        if (pt_task_begin(&part, task, r)) {
            workload_rows_task(&part, N, A, len, C, r);
        }
    }
    return pt_task_status(task);
}
