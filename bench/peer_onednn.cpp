// peer_onednn.cpp - the row kernels and the matrix product with oneDNN; primitives are made once and used again.
#include <map>
#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>
#include "ptoc_rt.h"

using dnnl::memory;

namespace {

struct Context {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
};
Context &context() {
    static Context c;
    return c;
}
memory wrap(memory::dims dims, memory::format_tag tag, uint64_t data) {
    return memory({dims, memory::data_type::f32, tag}, context().engine, reinterpret_cast<void *>(static_cast<uintptr_t>(data)));
}
int run(dnnl::primitive &primitive, const std::unordered_map<int, memory> &args) {
    primitive.execute(context().stream, args);
    context().stream.wait();
    return PTOC_OK;
}

} // namespace

extern "C" int gemm_gemm(const uint64_t *a, const ptoc_options *options) {
    omp_set_num_threads(options->threads);
    const memory::dim M = memory::dim(a[0]), K = memory::dim(a[1]), N = memory::dim(a[2]);
    auto x = wrap({M, K}, memory::format_tag::ab, a[3]), y = wrap({K, N}, memory::format_tag::ab, a[4]),
         z = wrap({M, N}, memory::format_tag::ab, a[5]);
    static dnnl::matmul primitive({{x.get_desc(), y.get_desc(), z.get_desc()}, context().engine});
    return run(primitive, {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, y}, {DNNL_ARG_DST, z}});
}

extern "C" int rows_softmax(const uint64_t *a, const ptoc_options *options) {
    omp_set_num_threads(options->threads);
    const memory::dim R = memory::dim(a[0]), N = memory::dim(a[1]);
    auto x = wrap({R, N}, memory::format_tag::ab, a[2]), y = wrap({R, N}, memory::format_tag::ab, a[3]);
    static dnnl::softmax_forward primitive({{dnnl::prop_kind::forward_inference, x.get_desc(), 1}, context().engine});
    return run(primitive, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
}

extern "C" int rows_layernorm(const uint64_t *a, const ptoc_options *options) {
    omp_set_num_threads(options->threads);
    const memory::dim R = memory::dim(a[0]), N = memory::dim(a[1]);
    auto x = wrap({R, N}, memory::format_tag::ab, a[2]), y = wrap({R, N}, memory::format_tag::ab, a[5]);
    auto g = wrap({N}, memory::format_tag::a, a[3]), b = wrap({N}, memory::format_tag::a, a[4]);
    static dnnl::layer_normalization_forward primitive(
        {{dnnl::prop_kind::forward_inference, x.get_desc(), 1e-6f,
          dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift},
         context().engine});
    return run(primitive, {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_SCALE, g}, {DNNL_ARG_SHIFT, b}});
}
