
/* kernel softmax, reduce.pto:3 */
static void kernel_softmax(const pt_task *task, int64_t M, int64_t N, const uint16_t *restrict x, uint16_t *restrict y)
{
    for (int64_t i = 0; i < M; i++) { /* reduce.pto:4 */
        float top = pt_redmax_init_f32();
        for (int64_t j = 0; j < N; j++) {
            top = pt_redmax_f32(top, pt_ld_f16(x[j + N * i]));
        }
        const float most = pt_redmax_fin_f32(top);
        float sum[PT_LANES] = {0}; /* reduce.pto:5 */
        for (int64_t j = 0; j < N; j++) {
            const float e = pt_exp_f32(pt_round_f16(pt_ld_f16(x[j + N * i]) - most));
            sum[j & 15] += e;
            y[j + N * i] = pt_st_f16(pt_cast_f32_f16(e, PT_RINT, 0)); /* reduce.pto:6 */
        }
        { /* reduce.pto:7 */
            const float shown = pt_mean_f32(pt_lanes_sum_f32(sum), N);
            pt_print_f32(task->run->options, "mean", &shown, 1, 1, 1);
        }
    }
}

/* workload softmax_all, reduce.pto:9 */
static void workload_softmax_all(const pt_task *task, int64_t M, int64_t N, const uint16_t *X, uint16_t *Y)
{
    pt_task_count(task, 0); /* reduce.pto:10 */
    kernel_softmax(task, M, N, X, Y);
}
