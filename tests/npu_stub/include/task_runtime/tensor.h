// A stand-in for the tensor of the task runtime: our own code, what emitted kernels and orchestrations use and no more.
#ifndef PTOC_STUB_TENSOR_H
#define PTOC_STUB_TENSOR_H
#include <cstdint>
#include <stdexcept>

constexpr uint32_t MAX_TENSOR_DIMS = 5;
enum class DataType : uint8_t { FLOAT32, FLOAT16, INT32, INT16, INT8, UINT8, BFLOAT16, INT64, UINT64, UINT16, UINT32 };
inline uint64_t stub_bytes(DataType t) {
    static const uint64_t sizes[] = {4, 2, 4, 2, 1, 1, 2, 8, 8, 2, 4};
    return sizes[static_cast<int>(t)];
}
struct StubBuffer {
    uint64_t addr, size;
};
struct ChipTensor {
    StubBuffer buffer{};
    uint64_t start_offset = 0;
    uint32_t ndims = 0;
    DataType dtype = DataType::FLOAT32;
    uint32_t shapes[MAX_TENSOR_DIMS] = {};
    uint32_t strides[MAX_TENSOR_DIMS] = {};

    uint64_t numel() const {
        uint64_t n = 1;
        for (uint32_t d = 0; d < ndims; d++)
            n *= shapes[d];
        return n;
    }
    ChipTensor view(const uint32_t shape[], const uint32_t at[]) const {
        ChipTensor v = *this;
        for (uint32_t d = 0; d < ndims; d++) {
            if (shape[d] > 0 && at[d] + shape[d] > shapes[d])
                throw std::runtime_error("a view lies outside of its tensor");
            v.shapes[d] = shape[d];
            v.start_offset += shape[d] > 0 ? static_cast<uint64_t>(at[d]) * strides[d] : 0;
        }
        return v;
    }
    ChipTensor reshape(const uint32_t shape[], uint32_t n) const {
        ChipTensor v = *this;
        uint32_t stride = 1;
        for (uint32_t d = ndims; d-- > 0; stride *= shapes[d])
            if (strides[d] != stride && shapes[d] > 1)
                throw std::runtime_error("only what has no gaps can be reshaped");
        stride = 1;
        v.ndims = n;
        for (uint32_t d = n; d-- > 0; stride *= shape[d]) {
            v.shapes[d] = shape[d];
            v.strides[d] = stride;
        }
        return v;
    }
    unsigned char *at(const uint32_t indices[]) const {
        uint64_t offset = start_offset;
        for (uint32_t d = 0; d < ndims; d++) {
            if (indices[d] >= shapes[d])
                throw std::runtime_error("an element lies outside of its tensor");
            offset += static_cast<uint64_t>(indices[d]) * strides[d];
        }
        return reinterpret_cast<unsigned char *>(buffer.addr) + offset * stub_bytes(dtype);
    }
};
#endif
