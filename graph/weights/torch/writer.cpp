#include <graph/weights/torch/writer.h>
#include <graph/weights/torch/zip_writer.h>

#include <nlohmann/json.hpp>

#include <bit>
#include <limits>

namespace vkm::graph {
namespace {

/// Writes a pickle of protocol 2, the opcodes that torch.load(weights_only=True) takes.
class PickleWriter {
  public:
    PickleWriter() { bytes_ = "\x80\x02"; }

    void op(char code) { bytes_ += code; }

    void text(std::string_view value) {
        op('X');  // BINUNICODE
        little(value.size(), 4);
        bytes_ += value;
    }

    void integer(int64_t value) {
        if (value >= 0 && value <= std::numeric_limits<int32_t>::max()) {
            op('J');  // BININT
            little(static_cast<uint64_t>(value), 4);
        } else {
            op('\x8a');  // LONG1: two's complement
            op(8);
            little(static_cast<uint64_t>(value), 8);
        }
    }

    void global(std::string_view module, std::string_view name) {
        op('c');
        bytes_.append(module).append("\n").append(name).append("\n");
    }

    /// Writes a tuple of whatever `elements` writes.
    template <typename Elements>
    void tuple(Elements elements) {
        op('(');
        elements();
        op('t');
    }

    void ordered_dict() {
        global("collections", "OrderedDict");
        op(')');
        op('R');
    }

    std::string finish() {
        op('.');
        return std::move(bytes_);
    }

  private:
    void little(uint64_t value, int count) {
        for (int i = 0; i < count; ++i)
            bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    }

    std::string bytes_;
};

std::string_view storage_type(const NamedTensor& tensor) {
    switch (tensor.dtype) {
        case WeightType::boolean:
            return "BoolStorage";
        case WeightType::u8:
            return "ByteStorage";
        case WeightType::i8:
            return "CharStorage";
        case WeightType::i16:
            return "ShortStorage";
        case WeightType::i32:
            return "IntStorage";
        case WeightType::i64:
            return "LongStorage";
        case WeightType::f16:
            return "HalfStorage";
        case WeightType::bf16:
            return "BFloat16Storage";
        case WeightType::f32:
            return "FloatStorage";
        case WeightType::f64:
            return "DoubleStorage";
        case WeightType::u16:
        case WeightType::u32:
        case WeightType::u64:
            break;
    }
    throw WeightsError("tensor {}: PyTorch has no storage of {}; write a .safetensors file", tensor.name,
                       type_name(tensor.dtype));
}

int64_t elements_of(const NamedTensor& tensor) {
    const auto count = element_count(tensor.shape), bytes = byte_count(tensor.shape, tensor.dtype);
    if (!bytes || static_cast<uint64_t>(*bytes) != tensor.data.size())
        throw WeightsError("tensor {}: {} bytes do not fill its shape; it cannot be saved", tensor.name,
                           tensor.data.size());
    return *count;
}

std::vector<int64_t> packed_strides(const std::vector<int64_t>& shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
    return strides;
}

/// Writes torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks).
void write_tensor(PickleWriter& pickle, const NamedTensor& tensor, size_t key) {
    const int64_t elements = elements_of(tensor);
    pickle.global("torch._utils", "_rebuild_tensor_v2");
    pickle.tuple([&] {
        pickle.tuple([&] {
            pickle.text("storage");
            pickle.global("torch", storage_type(tensor));
            pickle.text(std::to_string(key));
            pickle.text("cpu");
            pickle.integer(elements);
        });
        pickle.op('Q');  // BINPERSID
        pickle.integer(0);
        for (const std::vector<int64_t>& sizes : {tensor.shape, packed_strides(tensor.shape)})
            pickle.tuple([&] {
                for (const int64_t size : sizes)
                    pickle.integer(size);
            });
        pickle.op('\x89');  // NEWFALSE
        pickle.ordered_dict();
    });
    pickle.op('R');
}

std::string pickled(const StateDict& state) {
    PickleWriter pickle;
    pickle.ordered_dict();
    pickle.op('(');
    for (size_t i = 0; i < state.tensors.size(); ++i) {
        pickle.text(state.tensors[i].name);
        write_tensor(pickle, state.tensors[i], i);
    }
    pickle.op('u');  // SETITEMS
    return pickle.finish();
}

}  // namespace

void write_torch(const std::filesystem::path& path, const StateDict& state) try {
    static_assert(std::endian::native == std::endian::little);
    const std::string root = "archive/";
    const std::string pickle = pickled(state);
    ZipWriter zip(path);
    zip.add(root + "data.pkl", pickle);
    zip.add(root + "byteorder", "little");
    for (size_t i = 0; i < state.tensors.size(); ++i)
        zip.add(root + "data/" + std::to_string(i), state.tensors[i].data);
    if (!state.metadata.empty())
        zip.add(
            root + torch_metadata_entry,
            nlohmann::json(state.metadata).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    zip.add(root + "version", "3\n");
    zip.commit();
} catch (const WeightsError& error) {
    const std::string message = error.what();
    if (message.starts_with(path.string())) throw;
    throw WeightsError("{}: {}", path.string(), message);
}

}  // namespace vkm::graph
