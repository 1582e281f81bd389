
/* an island of kernel scores */
static PT_NOINLINE void kernel_scores_island1(const float *w, float *qp, float *kp, float *s, int64_t g)
{
    pt_f32x8 dots00 = pt_zero_f32x8();
    pt_f32x8 dots01 = pt_zero_f32x8();
    pt_f32x8 dots02 = pt_zero_f32x8();
    pt_f32x8 dots10 = pt_zero_f32x8();
    pt_f32x8 dots11 = pt_zero_f32x8();
    pt_f32x8 dots12 = pt_zero_f32x8();
    pt_f32x8 dots20 = pt_zero_f32x8();
    pt_f32x8 dots21 = pt_zero_f32x8();
    pt_f32x8 dots22 = pt_zero_f32x8();
    pt_f32x8 dots30 = pt_zero_f32x8();
    pt_f32x8 dots31 = pt_zero_f32x8();
    pt_f32x8 dots32 = pt_zero_f32x8();
    PT_UNROLL(4)
    for (int64_t d = 0; d < 16; d++) {
        pt_f32x8 b0 = pt_load_f32x8(kp + 24 * d);
        PT_PIN(b0);
        pt_f32x8 b1 = pt_load_f32x8(kp + 24 * d + 8);
        PT_PIN(b1);
        pt_f32x8 b2 = pt_load_f32x8(kp + 24 * d + 16);
        PT_PIN(b2);
        const pt_f32x8 a0 = pt_splat_f32x8(qp[64 * (g / 4) + 4 * d]);
        dots00 = pt_mac_f32x8(a0, b0, dots00);
        dots01 = pt_mac_f32x8(a0, b1, dots01);
        dots02 = pt_mac_f32x8(a0, b2, dots02);
        const pt_f32x8 a1 = pt_splat_f32x8(qp[64 * (g / 4) + 4 * d + 1]);
        dots10 = pt_mac_f32x8(a1, b0, dots10);
        dots11 = pt_mac_f32x8(a1, b1, dots11);
        dots12 = pt_mac_f32x8(a1, b2, dots12);
        const pt_f32x8 a2 = pt_splat_f32x8(qp[64 * (g / 4) + 4 * d + 2]);
        dots20 = pt_mac_f32x8(a2, b0, dots20);
        dots21 = pt_mac_f32x8(a2, b1, dots21);
        dots22 = pt_mac_f32x8(a2, b2, dots22);
        const pt_f32x8 a3 = pt_splat_f32x8(qp[64 * (g / 4) + 4 * d + 3]);
        dots30 = pt_mac_f32x8(a3, b0, dots30);
        dots31 = pt_mac_f32x8(a3, b1, dots31);
        dots32 = pt_mac_f32x8(a3, b2, dots32);
    }
    const pt_f32x8 wg0 = pt_splat_f32x8(w[g]);
    const pt_f32x8 wg1 = pt_splat_f32x8(w[g + 1]);
    const pt_f32x8 wg2 = pt_splat_f32x8(w[g + 2]);
    const pt_f32x8 wg3 = pt_splat_f32x8(w[g + 3]);
    {
        pt_f32x8 s0 = pt_load_f32x8(s);
        pt_f32x8 s1 = pt_load_f32x8(s + 8);
        pt_f32x8 s2 = pt_load_f32x8(s + 16);
        s0 = pt_add_f32x8(s0, pt_mul_f32x8(pt_relu_f32x8(dots00), wg0));
        s1 = pt_add_f32x8(s1, pt_mul_f32x8(pt_relu_f32x8(dots01), wg0));
        s2 = pt_add_f32x8(s2, pt_mul_f32x8(pt_relu_f32x8(dots02), wg0));
        s0 = pt_add_f32x8(s0, pt_mul_f32x8(pt_relu_f32x8(dots10), wg1));
        s1 = pt_add_f32x8(s1, pt_mul_f32x8(pt_relu_f32x8(dots11), wg1));
        s2 = pt_add_f32x8(s2, pt_mul_f32x8(pt_relu_f32x8(dots12), wg1));
        s0 = pt_add_f32x8(s0, pt_mul_f32x8(pt_relu_f32x8(dots20), wg2));
        s1 = pt_add_f32x8(s1, pt_mul_f32x8(pt_relu_f32x8(dots21), wg2));
        s2 = pt_add_f32x8(s2, pt_mul_f32x8(pt_relu_f32x8(dots22), wg2));
        s0 = pt_add_f32x8(s0, pt_mul_f32x8(pt_relu_f32x8(dots30), wg3));
        s1 = pt_add_f32x8(s1, pt_mul_f32x8(pt_relu_f32x8(dots31), wg3));
        s2 = pt_add_f32x8(s2, pt_mul_f32x8(pt_relu_f32x8(dots32), wg3));
        pt_store_f32x8(s, s0);
        pt_store_f32x8(s + 8, s1);
        pt_store_f32x8(s + 16, s2);
    }
}

/* kernel scores, block.pto:1 */
static void kernel_scores(int64_t N, const uint16_t *restrict q, const uint16_t *restrict k, const float *restrict w,
        float *restrict score)
{
    float qp[128];
    for (int64_t g0 = 0; g0 < 2; g0++) {
        pt_pack_f16(qp + 64 * g0, 16, 4, 4, q + 64 * g0, 1, 16, 4, 16);
    }
    for (int64_t j = 0; j < N; j += 24) {
        _Alignas(32) float kp[384];
        pt_pack_f16(kp, 16, 24, 24, k + 16 * j, 1, 16, 16, N - j);
        PT_PREFETCH(&k[16 * j + 384]);
        _Alignas(32) float s[24];
        for (int64_t i = 0; i < 24; i++) {
            s[i] = 0.0f;
        }
        for (int64_t g = 0; g < 8; g += 4) {
            kernel_scores_island1(w, qp, kp, s, g);
        }
        pt_store_part_f32x8(score + j, pt_load_f32x8(s), N - j);
        pt_store_part_f32x8(score + j + 8, pt_load_f32x8(s + 8), N - j - 8);
        pt_store_part_f32x8(score + j + 16, pt_load_f32x8(s + 16), N - j - 16);
    }
}

/* kernel centre, block.pto:20 */
static void kernel_centre(int64_t M, int64_t N, const uint16_t *restrict x, uint16_t *restrict y)
{
    for (int64_t i = 0; i < M; i++) {
        pt_f32x8 max0 = pt_redmax_init_f32x8();
        pt_f32x8 max1 = pt_redmax_init_f32x8();
        pt_m32x8 max0_nan = pt_splat_m32x8(0);
        pt_f32x8 sum0 = pt_zero_f32x8();
        pt_f32x8 sum1 = pt_zero_f32x8();
        for (int64_t j = 0; j < N - 15; j += 16) {
            const pt_f32x8 v0 = pt_load_f16_f32x8(x + j + N * i);
            const pt_f32x8 v1 = pt_load_f16_f32x8(x + j + N * i + 8);
            max0 = pt_redmaxq_f32x8(max0, v0);
            max1 = pt_redmaxq_f32x8(max1, v1);
            max0_nan = pt_unord2_f32x8(max0_nan, v0, v1);
            sum0 = pt_add_f32x8(sum0, v0);
            sum1 = pt_add_f32x8(sum1, v1);
        }
        const float m = pt_redmax_fin_f32(pt_redmaxq_all_f32x8(pt_redmaxq_f32x8(max0, max1), max0_nan));
        const float mean = pt_round_f16(pt_mean_f32(pt_sum16_f32x8_of(sum0, sum1), N));
        for (int64_t j = 0; j < N; j += 16) {
            const pt_f32x8 c0 = pt_round_f16_f32x8(pt_sub_f32x8(pt_load_part_f16_f32x8(x + j + N * i, N - j),
                    pt_splat_f32x8(mean)));
            const pt_f32x8 c1 = pt_round_f16_f32x8(pt_sub_f32x8(pt_load_part_f16_f32x8(x + j + N * i + 8, N - j - 8),
                    pt_splat_f32x8(mean)));
            pt_store_part_f16_f32x8(y + j + N * i, pt_minimum_f32x8(c0, pt_splat_f32x8(m)), N - j);
            pt_store_part_f16_f32x8(y + j + N * i + 8, pt_minimum_f32x8(c1, pt_splat_f32x8(m)), N - j - 8);
        }
    }
}

/* workload both, block.pto:40 */
static void workload_both(const pt_task *task, int64_t M, int64_t N, const uint16_t *Q, const uint16_t *KK,
        const float *W, float *S, const uint16_t *X, uint16_t *Y)
{
    pt_task_count(task, 0);
    kernel_scores(N, Q, KK, W, S);
    pt_task_count(task, 1);
    kernel_centre(M, N, X, Y);
}
