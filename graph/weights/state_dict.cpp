#include <base/half.h>
#include <graph/weights/state_dict.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace vkm::graph {
namespace {

static_assert(std::endian::native == std::endian::little,
              "weight files are read and written without swapping bytes");

struct TypeFacts {
    size_t bytes;
    std::string_view name;
};

constexpr std::array<TypeFacts, 13> facts{{{1, "bool"},
                                           {1, "uint8"},
                                           {1, "int8"},
                                           {2, "int16"},
                                           {2, "uint16"},
                                           {4, "int32"},
                                           {4, "uint32"},
                                           {8, "int64"},
                                           {8, "uint64"},
                                           {2, "float16"},
                                           {2, "bfloat16"},
                                           {4, "float32"},
                                           {8, "float64"}}};

template <typename Stored, typename Convert>
std::vector<float> convert(std::span<const std::byte> data, Convert convert_one) {
    std::vector<float> values(data.size() / sizeof(Stored));
    for (size_t i = 0; i < values.size(); ++i) {
        Stored stored;
        std::memcpy(&stored, data.data() + i * sizeof(Stored), sizeof(Stored));
        values[i] = convert_one(stored);
    }
    return values;
}

template <typename Stored>
std::vector<float> convert(std::span<const std::byte> data) {
    return convert<Stored>(data, [](Stored value) { return static_cast<float>(value); });
}

}  // namespace

size_t element_bytes(WeightType type) {
    return facts[static_cast<size_t>(type)].bytes;
}

std::string_view type_name(WeightType type) {
    return facts[static_cast<size_t>(type)].name;
}

const NamedTensor* StateDict::find(std::string_view name) const {
    const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
    return found == tensors.end() ? nullptr : &*found;
}

std::optional<int64_t> element_count(std::span<const int64_t> shape) {
    int64_t count = 1;
    for (const int64_t size : shape)
        if (size < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
    return count;
}

std::optional<int64_t> byte_count(std::span<const int64_t> shape, WeightType type) {
    const std::optional<int64_t> count = element_count(shape);
    int64_t bytes = 0;
    if (!count || __builtin_mul_overflow(*count, static_cast<int64_t>(element_bytes(type)), &bytes))
        return std::nullopt;
    return bytes;
}

std::vector<float> to_floats(const NamedTensor& tensor) {
    const std::optional<int64_t> bytes = byte_count(tensor.shape, tensor.dtype);
    if (!bytes || static_cast<uint64_t>(*bytes) != tensor.data.size())
        throw WeightsError(
            "tensor {}: {} bytes do not fill shape [{}] of {}; the file or its writer is faulty", tensor.name,
            tensor.data.size(), fmt::join(tensor.shape, ", "), type_name(tensor.dtype));
    switch (tensor.dtype) {
        case WeightType::boolean:
            return convert<uint8_t>(tensor.data, [](uint8_t value) { return value ? 1.0f : 0.0f; });
        case WeightType::u8:
            return convert<uint8_t>(tensor.data);
        case WeightType::i8:
            return convert<int8_t>(tensor.data);
        case WeightType::i16:
            return convert<int16_t>(tensor.data);
        case WeightType::u16:
            return convert<uint16_t>(tensor.data);
        case WeightType::i32:
            return convert<int32_t>(tensor.data);
        case WeightType::u32:
            return convert<uint32_t>(tensor.data);
        case WeightType::i64:
            return convert<int64_t>(tensor.data);
        case WeightType::u64:
            return convert<uint64_t>(tensor.data);
        case WeightType::f16:
            return convert<uint16_t>(tensor.data, from_half);
        case WeightType::bf16:
            return convert<uint16_t>(tensor.data, from_bfloat16);
        case WeightType::f32:
            return convert<float>(tensor.data);
        case WeightType::f64:
            return convert<double>(tensor.data);
    }
    throw WeightsError("tensor {}: no such element type", tensor.name);
}

NamedTensor from_floats(std::string name, std::vector<int64_t> shape, std::span<const float> values) {
    const std::optional<int64_t> count = element_count(shape);
    if (!count || static_cast<uint64_t>(*count) != values.size())
        throw WeightsError("tensor {}: {} values do not fill shape [{}]", name, values.size(),
                           fmt::join(shape, ", "));
    const auto bytes = std::as_bytes(values);
    return {std::move(name), WeightType::f32, std::move(shape), {bytes.begin(), bytes.end()}};
}

}  // namespace vkm::graph
