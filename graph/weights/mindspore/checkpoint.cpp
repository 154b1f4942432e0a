#include <base/atomic_file.h>
#include <graph/weights/mindspore/checkpoint.h>

#include <mindspore/mindspore.pb.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

namespace vkm::graph {
namespace {

using mindspore::Checkpoint;

struct TypeName {
    std::string_view name;
    WeightType type;
};

constexpr std::array type_names{TypeName{"Float32", WeightType::f32}, TypeName{"Float16", WeightType::f16},
                                TypeName{"Float64", WeightType::f64}, TypeName{"BFloat16", WeightType::bf16},
                                TypeName{"Int8", WeightType::i8},     TypeName{"Int16", WeightType::i16},
                                TypeName{"Int32", WeightType::i32},   TypeName{"Int64", WeightType::i64},
                                TypeName{"UInt8", WeightType::u8},    TypeName{"UInt16", WeightType::u16},
                                TypeName{"UInt32", WeightType::u32},  TypeName{"UInt64", WeightType::u64},
                                TypeName{"Bool", WeightType::boolean}};

/// Is what MindSpore writes as the shape of a scalar.
bool is_scalar(const mindspore::TensorProto& tensor) {
    return tensor.dims_size() == 1 && tensor.dims(0) == 0;
}

class CheckpointReader {
  public:
    CheckpointReader(std::span<const std::byte> bytes, std::string_view file) : file_(file) {
        if (bytes.size() > std::numeric_limits<int>::max() ||
            !checkpoint_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
            throw WeightsError(
                "{}: no MindSpore checkpoint, or a damaged or encrypted one; copy or download it again",
                file_);
        for (int i = 0; i < checkpoint_.value_size();)
            i = add(i);
        if (described_.empty())
            throw WeightsError("{}: a MindSpore checkpoint without tensors; save it again", file_);
    }

    std::vector<TensorGroup> described() const { return {{"", described_}}; }

    StateDict read() const {
        StateDict state{.tensors = described_, .metadata = metadata_};
        for (size_t i = 0; i < state.tensors.size(); ++i)
            for (int part = parts_[i].first; part < parts_[i].last; ++part) {
                const std::string& content = checkpoint_.value(part).tensor().tensor_content();
                const auto bytes = std::as_bytes(std::span(content));
                state.tensors[i].data.insert(state.tensors[i].data.end(), bytes.begin(), bytes.end());
            }
        return state;
    }

  private:
    struct Parts {
        int first, last;
    };

    /// Takes the tensor that begins at value `first`, and returns where the next one begins.
    int add(int first) {
        const Checkpoint::Value& value = checkpoint_.value(first);
        if (!value.has_tensor()) return first + 1;
        const mindspore::TensorProto& tensor = value.tensor();
        if (tensor.tensor_type() == "str") {
            metadata_.emplace("mindspore." + value.tag(), tensor.tensor_content());
            return first + 1;
        }
        NamedTensor& out = described_.emplace_back(value.tag(), type_of(value));
        if (!is_scalar(tensor)) out.shape.assign(tensor.dims().begin(), tensor.dims().end());
        const std::optional<int64_t> bytes = byte_count(out.shape, out.dtype);
        uint64_t found = 0;
        int last = first;
        while (last < checkpoint_.value_size() && checkpoint_.value(last).tag() == value.tag())
            found += checkpoint_.value(last++).tensor().tensor_content().size();
        if (!bytes || static_cast<uint64_t>(*bytes) != found)
            throw WeightsError(
                "{}: tensor {}: {} bytes do not fill its shape; the file is damaged, copy or download it "
                "again",
                file_, value.tag(), found);
        parts_.push_back({first, last});
        return last;
    }

    WeightType type_of(const Checkpoint::Value& value) const {
        const auto row = std::ranges::find(type_names, value.tensor().tensor_type(), &TypeName::name);
        if (row == type_names.end())
            throw WeightsError("{}: tensor {}: type '{}' is not known; save it as Float32", file_,
                               value.tag(), value.tensor().tensor_type());
        return row->type;
    }

    std::string file_;
    Checkpoint checkpoint_;
    std::vector<NamedTensor> described_;
    std::vector<Parts> parts_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace

WeightsContent open_mindspore(std::span<const std::byte> bytes, std::string_view file) {
    const auto reader = std::make_shared<const CheckpointReader>(bytes, file);
    return {reader->described(), [reader](size_t) { return reader->read(); }};
}

void write_mindspore(const std::filesystem::path& path, const StateDict& state) {
    Checkpoint checkpoint;
    for (const NamedTensor& tensor : state.tensors) {
        Checkpoint::Value& value = *checkpoint.add_value();
        value.set_tag(tensor.name);
        for (const int64_t size : tensor.shape)
            value.mutable_tensor()->add_dims(size);
        if (tensor.shape.empty()) value.mutable_tensor()->add_dims(0);
        const auto row = std::ranges::find(type_names, tensor.dtype, &TypeName::type);
        value.mutable_tensor()->set_tensor_type(std::string(row->name));
        value.mutable_tensor()->set_tensor_content(tensor.data.data(), tensor.data.size());
    }
    std::string bytes;
    if (checkpoint.ByteSizeLong() > std::numeric_limits<int>::max() || !checkpoint.SerializeToString(&bytes))
        throw WeightsError("{}: more than 2 GiB; write a .safetensors file", path.string());
    write_atomically(path, bytes);
}

}  // namespace vkm::graph
