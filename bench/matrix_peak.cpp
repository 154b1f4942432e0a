#include <bench/matrix_peak.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>
#include <graph/lower/lowering.h>

#include <algorithm>
#include <array>

namespace vkm::bench {
namespace {

using engine::Block;
using engine::MemoryKind;
using engine::Slice;
using graph::PlannedDevice;
using Shape = engine::DeviceSnapshot::CooperativeMatrix;

// As in bench/shaders/multiply_add_matrix.comp.
constexpr uint32_t row_tiles = 4, column_tiles = 2;

// Whole numbers that sum up exactly in fp32: |y| <= 4 * row_tiles * row_tiles * column_tiles * K *
// most_turns, which is below 2^24 up to a K of 127.
constexpr uint32_t most_turns = 1024;
struct WholeNumber {
    uint16_t half;
    int32_t value;
};
constexpr std::array<WholeNumber, 5> numbers{{{0xc000, -2}, {0xbc00, -1}, {0, 0}, {0x3c00, 1}, {0x4000, 2}}};

struct Operand {
    std::vector<uint16_t> tiles;
    std::vector<int32_t> sum;  ///< of the tiles, elementwise
};

Operand operand(uint32_t tiles, uint32_t elements, uint32_t seed) {
    Operand result{{}, std::vector<int32_t>(elements)};
    for (uint32_t i = 0; i < tiles * elements; ++i) {
        seed = seed * 1664525 + 1013904223;
        const WholeNumber number = numbers[(seed >> 16) % numbers.size()];
        result.tiles.push_back(number.half);
        result.sum[i % elements] += number.value;
    }
    return result;
}

class Product {
  public:
    Product(PlannedDevice& device, const Shape& shape)
        : device_(device),
          shape_(shape),
          a_(operand(row_tiles, shape.m * shape.k, 1)),
          b_(operand(column_tiles, shape.k * shape.n, 2)),
          workgroup_(std::max(device.plan().kernels.workgroup / lanes(), 1u) * lanes()),
          workgroups_(invocations() / workgroup_),
          left_(upload(a_)),
          right_(upload(b_)),
          y_(device.device().allocate(results() * sizeof(float), MemoryKind::device, "matrix peak")) {
        const Kernel::Constants constants{.workgroup = workgroup_, .m = shape.m, .n = shape.n, .k = shape.k};
        const engine::KernelSpec spec{&Kernel::shader, Storage::f32, LoadPath::buffer,
                                      constant_words(constants), true};
        kernel_ = device.device().kernels(std::span(&spec, 1)).front();
    }

    double microseconds(uint32_t turns, size_t most) {
        return time_of_one(device_.device(), most, [&](engine::CommandList& list, size_t) {
            const Kernel::Bindings<Slice> bindings{.a = {&left_, 0, a_.tiles.size() * 2},
                                                   .b = {&right_, 0, b_.tiles.size() * 2},
                                                   .y = {&y_, 0, results() * sizeof(float)}};
            std::vector<Slice> slices;
            bindings.each([&](const Slice& slice) { slices.push_back(slice); });
            const std::vector<std::byte> push = push_bytes<Kernel>({.turns = turns});
            list.dispatch({kernel_, slices, push, graph::fold_workgroups(workgroups_, device_.plan()), "peak",
                           flops(turns)});
        });
    }

    double flops(uint32_t turns) const {
        return 2.0 * shape_.m * shape_.n * shape_.k * row_tiles * column_tiles * row_tiles * turns *
               subgroups();
    }

    /// Returns whether the latest dispatch computed what it should.
    bool right(uint32_t turns) {
        std::vector<float> y(results());
        device_.device().read({&y_, 0, y.size() * sizeof(float)}, std::as_writable_bytes(std::span(y)));
        std::vector<float> expected;
        for (uint32_t m = 0; m < shape_.m; ++m)
            for (uint32_t n = 0; n < shape_.n; ++n) {
                int64_t sum = 0;
                for (uint32_t k = 0; k < shape_.k; ++k)
                    sum += int64_t{a_.sum[m * shape_.k + k]} * b_.sum[k * shape_.n + n];
                expected.push_back(static_cast<float>(sum * row_tiles * turns));
            }
        for (auto tile = y.begin(); tile != y.end(); tile += static_cast<std::ptrdiff_t>(expected.size()))
            if (!std::equal(expected.begin(), expected.end(), tile)) return false;
        return true;
    }

  private:
    using Kernel = shaders::MultiplyAddMatrix;

    uint32_t lanes() const { return device_.plan().device.subgroup_size; }
    // Returns enough for the widest device; a core of a CPU needs no more than it has lanes.
    uint32_t invocations() const {
        return device_.plan().device.device_class == engine::DeviceClass::software ? 1u << 10 : 1u << 20;
    }
    uint64_t subgroups() const { return uint64_t{workgroups_} * workgroup_ / lanes(); }
    uint64_t results() const { return subgroups() * shape_.m * shape_.n; }

    Block upload(const Operand& what) {
        Block block = device_.device().allocate(what.tiles.size() * 2, MemoryKind::device, "matrix peak");
        device_.device().write({&block, 0, block.size()}, std::as_bytes(std::span(what.tiles)));
        return block;
    }

    PlannedDevice& device_;
    Shape shape_;
    Operand a_, b_;
    uint32_t workgroup_, workgroups_;
    Block left_, right_, y_;
    const engine::Kernel* kernel_ = nullptr;
};

}  // namespace

MatrixPeak measure_matrix_peak(PlannedDevice& device) {
    const auto& shape = device.plan().cooperative_matrix;
    if (!shape) return {{}, {}, device.plan().no_cooperative_matrix};
    if (!shaders::MultiplyAddMatrix::shader.built())
        return {{}, {}, "the glslang of this build has no GL_KHR_cooperative_matrix"};
    MatrixPeak peak{{}, fmt::format("{}x{}x{}", shape->m, shape->n, shape->k), {}};
    Product product(device, *shape);
    // A dispatch lasts so long that its first and last workgroups, which do not fill
    // the device, hardly count.
    constexpr uint32_t few = 4;
    constexpr double lasting_us = 2000;
    const double us = product.microseconds(few, 1);
    const auto turns =
        static_cast<uint32_t>(std::clamp(few * lasting_us / us, double{few}, double{most_turns}));
    const double gflops = product.flops(turns) / product.microseconds(turns, 64) * 1e-3;
    if (product.right(turns))
        peak.gflops = gflops;
    else
        peak.absent = fmt::format("the driver computes wrong products of {} matrices", peak.shape);
    return peak;
}

}  // namespace vkm::bench
