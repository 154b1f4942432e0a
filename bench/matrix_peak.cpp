#include <base/half.h>
#include <bench/matrix_operands.h>
#include <bench/matrix_peak.h>
#include <bench/peak_kernels.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace vkm::bench {
namespace {

using engine::Block;
using engine::DevicePlan;
using engine::MemoryKind;
using engine::Slice;
using graph::PlannedDevice;
using Shape = engine::DeviceSnapshot::CooperativeMatrix;
using Kernel = shaders::MultiplyAddMatrix;

// Returns the number in the lowest bits of a word.
using Value = double (*)(uint32_t bits);

double of_half(uint32_t bits) {
    return from_half(static_cast<uint16_t>(bits));
}
double of_float(uint32_t bits) {
    return std::bit_cast<float>(bits);
}
double of_signed(uint32_t bits) {
    return static_cast<int32_t>(bits);
}
double of_unsigned(uint32_t bits) {
    return bits;
}

/// Says how drivers name a kind, what it takes, and how its numbers are written.
struct Numbers {
    std::string_view operand, sum;  ///< as in DeviceSnapshot::CooperativeMatrix
    const Shader* shader;
    std::string_view compiler;  ///< what glslang has to know
    bool DevicePlan::*enabled;  ///< null: it comes with every cooperative matrix
    std::string_view feature;   ///< what the driver lacks where it is not
    bool with_sign;             ///< of the operands
    uint32_t operand_bytes;
    std::array<uint16_t, 5> bits;  ///< of the operands -2, -1, 0, 1, 2; without a sign of 0, 1, 2, 3, 4
    uint32_t sum_bytes;
    Value value;  ///< of a sum
};

struct KnownKind {
    MatrixKind kind;
    Numbers numbers;
};

constexpr std::array<uint16_t, 5> half_bits{0xc000, 0xbc00, 0, 0x3c00, 0x4000},
    bfloat16_bits{0xc000, 0xbf80, 0, 0x3f80, 0x4000}, signed_bits{0xfe, 0xff, 0, 1, 2},
    unsigned_bits{0, 1, 2, 3, 4}, e4m3_bits{0xc0, 0xb8, 0, 0x38, 0x40}, e5m2_bits{0xc0, 0xbc, 0, 0x3c, 0x40};

// A row each, and nothing else: a type of matrices is a row, its .comp and a row of peak_figures.cpp.
const std::array known_kinds{
    KnownKind{{"fp16", "fp16 with sums in fp32", false},
              {"float16", "float32", &shaders::multiply_add_matrix, "GL_KHR_cooperative_matrix", nullptr, "",
               true, 2, half_bits, 4, of_float}},
    KnownKind{{"fp16_sums", "fp16 with sums in fp16", false},
              {"float16", "float16", &shaders::multiply_add_matrix_half_sums, "GL_KHR_cooperative_matrix",
               nullptr, "", true, 2, half_bits, 2, of_half}},
    KnownKind{{"bf16", "bf16 with sums in fp32", false},
              {"bfloat16", "float32", &shaders::multiply_add_matrix_bfloat16, "GL_EXT_bfloat16",
               &DevicePlan::bfloat16_matrices, "shaderBFloat16CooperativeMatrix", true, 2, bfloat16_bits, 4,
               of_float}},
    KnownKind{
        {"fp8", "fp8 (E4M3) with sums in fp32", false},
        {"float8_e4m3", "float32", &shaders::multiply_add_matrix_e4m3, "GL_EXT_float_e4m3",
         &DevicePlan::float8_matrices, "shaderFloat8CooperativeMatrix", true, 1, e4m3_bits, 4, of_float}},
    KnownKind{
        {"fp8_e5m2", "fp8 (E5M2) with sums in fp32", false},
        {"float8_e5m2", "float32", &shaders::multiply_add_matrix_e5m2, "GL_EXT_float_e5m2",
         &DevicePlan::float8_matrices, "shaderFloat8CooperativeMatrix", true, 1, e5m2_bits, 4, of_float}},
    KnownKind{{"int8", "signed bytes with sums in int32", true},
              {"sint8", "sint32", &shaders::multiply_add_matrix_int8, "GL_KHR_cooperative_matrix",
               &DevicePlan::int8_matrices, "shaderInt8", true, 1, signed_bits, 4, of_signed}},
    KnownKind{{"uint8", "unsigned bytes with sums in uint32", true},
              {"uint8", "uint32", &shaders::multiply_add_matrix_uint8, "GL_KHR_cooperative_matrix",
               &DevicePlan::int8_matrices, "shaderInt8", false, 1, unsigned_bits, 4, of_unsigned}}};

const Numbers& numbers_of(const MatrixKind& kind) {
    return std::ranges::find(known_kinds, kind.name, [](const KnownKind& k) { return k.kind.name; })->numbers;
}

std::string text_of(const Shape& shape) {
    return fmt::format("{}x{}x{}", shape.m, shape.n, shape.k);
}

std::vector<std::byte> written(const std::vector<int32_t>& values, const Numbers& numbers) {
    std::vector<std::byte> bytes;
    for (const int32_t value : values) {
        const uint16_t bits = numbers.bits.at(static_cast<size_t>(numbers.with_sign ? value + 2 : value));
        for (uint32_t i = 0; i < numbers.operand_bytes; ++i)
            bytes.push_back(static_cast<std::byte>(bits >> 8 * i));
    }
    return bytes;
}

class Product {
  public:
    Product(PlannedDevice& device, const Numbers& numbers, const Shader& shader, const Shape& shape)
        : device_(device),
          numbers_(numbers),
          shape_(shape),
          operands_(matrix_operands(shape.m, shape.n, shape.k, numbers.with_sign)),
          workgroup_(std::max(device.plan().kernels.workgroup / lanes(), 1u) * lanes()),
          workgroups_(std::max<uint32_t>(invocations() / workgroup_, 1)),
          left_(upload(operands_.a)),
          right_(upload(operands_.b)),
          y_(unwritten(device, subgroups() * tile_bytes(), "matrix peak")) {
        const Kernel::Constants constants{.workgroup = workgroup_, .m = shape.m, .n = shape.n, .k = shape.k};
        const engine::KernelSpec spec{&shader, Storage::f32, LoadPath::buffer, constant_words(constants),
                                      true};
        kernel_ = device.device().kernels(std::span(&spec, 1)).front();
    }

    double microseconds(uint32_t turns, size_t most) {
        return time_of_one(device_.device(), most, [&](engine::CommandList& list, size_t) {
            const std::array<Slice, 3> slices{Slice{&left_, 0, left_.size()},
                                              Slice{&right_, 0, right_.size()}, Slice{&y_, 0, y_.size()}};
            const std::vector<std::byte> push = push_bytes<Kernel>({.turns = turns});
            list.dispatch({kernel_, slices, push, graph::fold_workgroups(workgroups_, device_.plan()), "peak",
                           operations(turns)});
        });
    }

    double operations(uint32_t turns) const {
        return 2.0 * shape_.m * shape_.n * shape_.k * row_tiles * column_tiles * row_tiles * turns *
               static_cast<double>(subgroups());
    }

    /// Returns whether the latest dispatch computed what it should.
    bool right(uint32_t turns) {
        std::vector<std::byte> y(y_.size());
        device_.device().read({&y_, 0, y.size()}, y);
        for (size_t i = 0; i < y.size() / numbers_.sum_bytes; ++i) {
            uint32_t bits = 0;
            std::memcpy(&bits, y.data() + i * numbers_.sum_bytes, numbers_.sum_bytes);
            const int64_t product = operands_.product[i % operands_.product.size()];
            if (numbers_.value(bits) != static_cast<double>(product * row_tiles * turns)) return false;
        }
        return true;
    }

  private:
    uint32_t lanes() const { return device_.plan().device.subgroup_size; }
    uint64_t tile_bytes() const { return uint64_t{shape_.m} * shape_.n * numbers_.sum_bytes; }
    // Returns enough for the widest device, as far as a binding holds what they compute; a core of a CPU
    // needs no more than it has lanes.
    uint32_t invocations() const {
        const uint64_t most = device_.plan().device.window_bytes / tile_bytes() * lanes();
        return static_cast<uint32_t>(std::min<uint64_t>(is_software(device_) ? 1u << 10 : 1u << 20, most));
    }
    uint64_t subgroups() const { return uint64_t{workgroups_} * workgroup_ / lanes(); }

    Block upload(const std::vector<int32_t>& values) {
        const std::vector<std::byte> bytes = written(values, numbers_);
        Block block = device_.device().allocate(bytes.size(), MemoryKind::device, "matrix peak");
        device_.device().write({&block, 0, block.size()}, bytes);
        return block;
    }

    PlannedDevice& device_;
    const Numbers& numbers_;
    Shape shape_;
    MatrixOperands operands_;
    uint32_t workgroup_, workgroups_;
    Block left_, right_, y_;
    const engine::Kernel* kernel_ = nullptr;
};

MatrixRate measured(PlannedDevice& device, const MatrixKind& kind, const Shader& shader, const Shape& shape) {
    MatrixRate rate{kind.name, text_of(shape), {}};
    Product product(device, numbers_of(kind), shader, shape);
    // A dispatch lasts so long that its first and last workgroups, which do not fill
    // the device, hardly count.
    constexpr uint32_t few = 4;
    constexpr double lasting_us = 2000;
    const double us = product.microseconds(few, 1);
    const auto turns =
        static_cast<uint32_t>(std::clamp(few * lasting_us / us, double{few}, double{most_matrix_turns}));
    const double gops = product.operations(turns) / product.microseconds(turns, 64) * 1e-3;
    if (product.right(turns)) rate.gops = gops;
    return rate;
}

}  // namespace

std::span<const MatrixKind> matrix_kinds() {
    static const std::vector<MatrixKind> kinds = [] {
        std::vector<MatrixKind> list;
        for (const KnownKind& known : known_kinds)
            list.push_back(known.kind);
        return list;
    }();
    return kinds;
}

std::vector<Shape> matrix_shapes(const engine::DeviceSnapshot& device, const MatrixKind& kind) {
    const Numbers& numbers = numbers_of(kind);
    std::vector<Shape> shapes;
    for (const Shape& s : device.cooperative_matrices)
        if (s.subgroup_scope && s.a == numbers.operand && s.b == numbers.operand && s.c == numbers.sum &&
            s.result == numbers.sum && std::ranges::find(shapes, s) == shapes.end())
            shapes.push_back(s);
    return shapes;
}

std::string no_matrices(const PlannedDevice& device, const MatrixKind& kind) {
    const DevicePlan& plan = device.plan().device;
    const Numbers& numbers = numbers_of(kind);
    if (plan.cooperative_matrices.empty()) return plan.no_cooperative_matrix;
    if (matrix_shapes(device.snapshot(), kind).empty())
        return fmt::format("the driver lists no shape of {} for a subgroup", kind.label);
    if (numbers.enabled && !(plan.*numbers.enabled))
        return fmt::format("the driver has no {}", numbers.feature);
    if (!numbers.shader->built()) return fmt::format("the glslang of this build has no {}", numbers.compiler);
    return "";
}

void measure_matrices(PlannedDevice& device, const MatrixKind& kind, std::vector<MatrixRate>& rates,
                      const Shader* instead) {
    const Shader& shader = instead ? *instead : *numbers_of(kind).shader;
    for (const Shape& shape : matrix_shapes(device.snapshot(), kind))
        rates.push_back(measured(device, kind, shader, shape));
}

MatrixPeak matrix_peak(const PlannedDevice& device, const std::vector<MatrixRate>& rates) {
    const auto& shape = device.plan().cooperative_matrix;
    if (!shape) return {{}, {}, device.plan().no_cooperative_matrix};
    const MatrixKind& kind = matrix_kinds().front();
    if (const std::string why = no_matrices(device, kind); !why.empty()) return {{}, {}, why};
    const auto rate = std::ranges::find_if(
        rates, [&](const MatrixRate& r) { return r.kind == kind.name && r.shape == text_of(*shape); });
    if (rate == rates.end()) return {};
    return {rate->gops, rate->shape, rate->gops ? "" : wrong_products(rate->shape)};
}

const MatrixRate* best_rate(const std::vector<MatrixRate>& rates, std::string_view kind) {
    const MatrixRate* best = nullptr;
    for (const MatrixRate& rate : rates)
        if (rate.kind == kind && rate.gops && (!best || *rate.gops > *best->gops)) best = &rate;
    return best;
}

std::string wrong_products(std::string_view shape) {
    return fmt::format("the driver computes wrong products of {} matrices", shape);
}

}  // namespace vkm::bench
