#pragma once

#include <graph/weights/error.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Names the element types that weight files hold.
enum class WeightType : uint8_t { boolean, u8, i8, i16, u16, i32, u32, i64, u64, f16, bf16, f32, f64 };

size_t element_bytes(WeightType);
std::string_view type_name(WeightType);  ///< "float32", "int64", …: PyTorch's spelling

/// Holds a tensor as files store it: row-major, packed, little-endian. An empty shape is a scalar.
struct NamedTensor {
    std::string name;
    WeightType dtype = WeightType::f32;
    std::vector<int64_t> shape;
    std::vector<std::byte> data;

    bool operator==(const NamedTensor&) const = default;
};

/// Holds named tensors in the order of the file, and the file's free-form key-value pairs.
struct StateDict {
    std::vector<NamedTensor> tensors;
    std::map<std::string, std::string> metadata;
    std::string source = {};  ///< the file they were read from, for messages; may be empty

    const NamedTensor* find(std::string_view name) const;  ///< null when absent

    /// Compares what they hold, wherever it is from.
    bool operator==(const StateDict& other) const {
        return tensors == other.tensors && metadata == other.metadata;
    }
};

/// Return the product of the sizes, and that times the element's bytes. Both are empty where a size is
/// negative or the result exceeds int64.
std::optional<int64_t> element_count(std::span<const int64_t> shape);
std::optional<int64_t> byte_count(std::span<const int64_t> shape, WeightType);

/// Returns every element converted to float, rounding to nearest where float is the narrower type. Throws
/// WeightsError when the data do not have the size that shape and type ask for.
std::vector<float> to_floats(const NamedTensor&);

/// Makes a float32 tensor. Throws WeightsError when the shape does not hold values.size() elements.
NamedTensor from_floats(std::string name, std::vector<int64_t> shape, std::span<const float> values);

}  // namespace vkm::graph
