#include <graph/weights/state_dict.h>
#include <graph/weights/tensorflow_js/keras_json.h>
#include <graph/weights/tensorflow_js/layers_weights.h>

#include <algorithm>
#include <array>

namespace vkm::graph {
namespace {

using nlohmann::json;

struct JsTypeName {
    std::string_view name;
    WeightType type;
};

constexpr std::array types{JsTypeName{"float32", WeightType::f32}, JsTypeName{"float16", WeightType::f16},
                           JsTypeName{"int32", WeightType::i32},   JsTypeName{"uint8", WeightType::u8},
                           JsTypeName{"uint16", WeightType::u16},  JsTypeName{"bool", WeightType::boolean}};

class Group {
  public:
    Group(std::vector<std::byte> data, const std::string& file) : data_(std::move(data)), file_(file) {}

    LayersArray take(const json& described) {
        const std::string name = text_of(described, "name", "without a name");
        const json* quantised = member(described, "quantization");
        const std::string type_name = text_of(quantised ? *quantised : described, "dtype");
        const auto type = std::ranges::find(types, type_name, &JsTypeName::name);
        if (type == types.end())
            throw WeightsError("{}: array {}: numbers of type '{}' are not read", file_, name, type_name);
        NamedTensor read{name, type->type, integers_of(described, "shape"), {}};
        const std::optional<int64_t> bytes = byte_count(read.shape, read.dtype);
        if (!bytes || static_cast<uint64_t>(*bytes) > data_.size() - taken_)
            throw WeightsError("{}: array {}: its file ends before it; copy all files of the model again",
                               file_, name);
        const auto begin = data_.begin() + static_cast<ptrdiff_t>(taken_);
        read.data.assign(begin, begin + *bytes);
        taken_ += static_cast<size_t>(*bytes);
        LayersArray array{read.shape, to_floats(read)};
        const bool linear = read.dtype == WeightType::u8 || read.dtype == WeightType::u16;
        if (quantised && linear) {
            const double scale = number_of(*quantised, "scale", 1), least = number_of(*quantised, "min", 0);
            for (float& value : array.values)
                value = static_cast<float>(value * scale + least);
        }
        return array;
    }

  private:
    std::vector<std::byte> data_;
    size_t taken_ = 0;
    const std::string& file_;
};

}  // namespace

std::map<std::string, LayersArray> read_manifest(const json& manifest, const FileBeside& beside,
                                                 const std::string& file) {
    std::map<std::string, LayersArray> arrays;
    if (!manifest.is_array()) throw WeightsError("{}: names no files of weights", file);
    for (const json& group : manifest) {
        std::vector<std::byte> data;
        if (const json* paths = member(group, "paths"); paths && paths->is_array())
            for (const json& path : *paths) {
                if (!path.is_string()) throw WeightsError("{}: names no files of weights", file);
                const std::vector<std::byte> part = beside(path.get<std::string>());
                data.insert(data.end(), part.begin(), part.end());
            }
        Group arrays_of(std::move(data), file);
        const json* described = member(group, "weights");
        if (!described || !described->is_array()) continue;
        for (const json& one : *described)
            arrays[text_of(one, "name")] = arrays_of.take(one);
    }
    return arrays;
}

}  // namespace vkm::graph
