#include <base/atomic_file.h>
#include <graph/weights/onnx/onnx_tensor.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>

namespace vkm::graph {
namespace {

using onnx::TensorProto;

std::optional<WeightType> type_of(const TensorProto& tensor) {
    switch (tensor.data_type()) {
        case TensorProto::FLOAT:
            return WeightType::f32;
        case TensorProto::FLOAT16:
            return WeightType::f16;
        case TensorProto::BFLOAT16:
            return WeightType::bf16;
        case TensorProto::DOUBLE:
            return WeightType::f64;
        case TensorProto::INT8:
            return WeightType::i8;
        case TensorProto::UINT8:
            return WeightType::u8;
        case TensorProto::INT16:
            return WeightType::i16;
        case TensorProto::UINT16:
            return WeightType::u16;
        case TensorProto::INT32:
            return WeightType::i32;
        case TensorProto::UINT32:
            return WeightType::u32;
        case TensorProto::INT64:
            return WeightType::i64;
        case TensorProto::UINT64:
            return WeightType::u64;
        case TensorProto::BOOL:
            return WeightType::boolean;
        default:
            return {};
    }
}

/// Appends elements of a repeated field as the type that they stand for.
template <typename Element, typename Field>
void append(std::vector<std::byte>& data, const Field& field) {
    for (const auto value : field) {
        const auto element = static_cast<Element>(value);
        const auto bytes = std::as_bytes(std::span(&element, 1));
        data.insert(data.end(), bytes.begin(), bytes.end());
    }
}

/// Returns the elements of the field that a type has in the schema.
std::vector<std::byte> typed_data(const TensorProto& tensor, WeightType type) {
    std::vector<std::byte> data;
    switch (type) {
        case WeightType::f32:
            append<float>(data, tensor.float_data());
            break;
        case WeightType::f64:
            append<double>(data, tensor.double_data());
            break;
        case WeightType::i64:
            append<int64_t>(data, tensor.int64_data());
            break;
        case WeightType::u32:
            append<uint32_t>(data, tensor.uint64_data());
            break;
        case WeightType::u64:
            append<uint64_t>(data, tensor.uint64_data());
            break;
        case WeightType::i32:
            append<int32_t>(data, tensor.int32_data());
            break;
        case WeightType::i16:
        case WeightType::u16:
        case WeightType::f16:
        case WeightType::bf16:
            append<uint16_t>(data, tensor.int32_data());
            break;
        case WeightType::i8:
        case WeightType::u8:
        case WeightType::boolean:
            append<uint8_t>(data, tensor.int32_data());
            break;
    }
    return data;
}

}  // namespace

std::vector<int64_t> OnnxConstant::integers() const {
    constexpr float largest = 1e9f;
    std::vector<int64_t> all;
    for (const float value : values)
        all.push_back(std::isnan(value) ? 0 : static_cast<int64_t>(std::clamp(value, -largest, largest)));
    return all;
}

OnnxConstant OnnxTensors::read(const TensorProto& tensor) {
    const std::optional<WeightType> type = type_of(tensor);
    if (!type)
        throw WeightsError("{}: tensor {}: numbers of ONNX's type {} are not read; export it as float32",
                           file_, tensor.name(), tensor.data_type());
    NamedTensor read{tensor.name(), *type, {tensor.dims().begin(), tensor.dims().end()}, {}};
    const std::optional<int64_t> bytes = byte_count(read.shape, *type);
    const auto damaged = [&](const std::string& what) {
        return WeightsError("{}: tensor {}: {}; the file is damaged, copy or export it again", file_,
                            tensor.name(), what);
    };
    if (!bytes) throw damaged("no array has its shape");
    if (tensor.data_location() == TensorProto::EXTERNAL) {
        read.data = external(tensor, static_cast<size_t>(*bytes));
    } else if (tensor.has_raw_data()) {
        const auto raw = std::as_bytes(std::span(tensor.raw_data()));
        read.data.assign(raw.begin(), raw.end());
    } else {
        read.data = typed_data(tensor, *type);
    }
    if (read.data.size() != static_cast<size_t>(*bytes))
        throw damaged(fmt::format("{} bytes do not fill its shape", read.data.size()));
    const bool whole = *type == WeightType::i32 || *type == WeightType::i64;
    OnnxConstant made{read.shape, to_floats(read), whole};
    if (*type == WeightType::u8) made.least = 0;
    if (*type == WeightType::i8) made.least = std::numeric_limits<int8_t>::min();
    return made;
}

std::vector<std::byte> OnnxTensors::external(const TensorProto& tensor, size_t bytes) {
    std::string location;
    size_t offset = 0;
    for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
        if (entry.key() == "location") location = entry.value();
        if (entry.key() == "offset")
            std::from_chars(entry.value().data(), entry.value().data() + entry.value().size(), offset);
    }
    const std::vector<std::byte>& data = beside(location, tensor.name());
    if (offset > data.size() || bytes > data.size() - offset)
        throw WeightsError("{}: tensor {}: {} ends before it; copy both files again", file_, tensor.name(),
                           location);
    const auto begin = data.begin() + static_cast<ptrdiff_t>(offset);
    return {begin, begin + static_cast<ptrdiff_t>(bytes)};
}

const std::vector<std::byte>& OnnxTensors::beside(const std::string& location, const std::string& tensor) {
    const auto found = files_.find(location);
    if (found != files_.end()) return found->second;
    const std::filesystem::path name(location), path = std::filesystem::path(file_).parent_path() / name;
    std::error_code none;
    if (location.empty() || name.has_parent_path() || name == ".." ||
        !std::filesystem::is_regular_file(path, none))
        throw WeightsError("{}: tensor {} lies in the file '{}', which has to be beside it", file_, tensor,
                           location);
    return files_.emplace(location, read_file(path)).first->second;
}

}  // namespace vkm::graph
