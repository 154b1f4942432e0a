#include <graph/weights/torch_tensor.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace vkm::graph {
namespace {

constexpr size_t most_dimensions = 64;  // PyTorch's own limit

struct StorageClass {
    std::string_view name;
    WeightType dtype;
};

constexpr std::array<StorageClass, 10> storage_classes{{{"FloatStorage", WeightType::f32},
                                                        {"HalfStorage", WeightType::f16},
                                                        {"BFloat16Storage", WeightType::bf16},
                                                        {"DoubleStorage", WeightType::f64},
                                                        {"LongStorage", WeightType::i64},
                                                        {"IntStorage", WeightType::i32},
                                                        {"ShortStorage", WeightType::i16},
                                                        {"CharStorage", WeightType::i8},
                                                        {"ByteStorage", WeightType::u8},
                                                        {"BoolStorage", WeightType::boolean}}};

const StorageClass* storage_class(std::string_view module, std::string_view name) {
    if (module != "torch") return nullptr;
    const auto found = std::ranges::find(storage_classes, name, &StorageClass::name);
    return found == storage_classes.end() ? nullptr : &*found;
}

bool is_global(const Pickle::Global& global, std::string_view module, std::string_view name) {
    return global.module == module && global.name == name;
}

class Description {
  public:
    Description(const Pickle& pickle, std::string_view file, std::string_view tensor)
        : pickle_(pickle), file_(file), tensor_(tensor) {}

    /// Returns the arguments of the innermost _rebuild_tensor_v2; null when the value is no such call.
    const Pickle::Ids* rebuild_arguments(Pickle::Id id) const {
        for (;;) {
            const auto* call = pickle_.as<Pickle::Call>(id);
            if (!call) return nullptr;
            const auto& callable = *pickle_.as<Pickle::Global>(call->callable);
            const auto& arguments = pickle_.as<Pickle::Tuple>(call->arguments)->elements;
            if (is_global(callable, "torch._utils", "_rebuild_tensor_v2")) return &arguments;
            if (!is_global(callable, "torch._utils", "_rebuild_parameter")) return nullptr;
            if (arguments.empty()) damaged("its parameter has no data");
            id = arguments[0];  // made before the call, hence smaller than its id: the loop ends
        }
    }

    TorchTensor tensor(const Pickle::Ids& arguments) const {
        if (arguments.size() < 4) damaged("it lacks storage, offset, size or stride");
        const auto* persistent = pickle_.as<Pickle::Persistent>(arguments[0]);
        if (!persistent) damaged("its storage is not stored in the file");
        TorchTensor tensor = storage(persistent->id);
        tensor.offset = integer(arguments[1]);
        tensor.shape = integers(arguments[2]);
        tensor.stride = integers(arguments[3]);
        check_view(tensor);
        return tensor;
    }

  private:
    [[noreturn]] void damaged(std::string_view what) const {
        throw WeightsError(
            "{}: tensor {}: {}; the file is damaged or was written by a faulty program, save it again", file_,
            tensor_, what);
    }

    int64_t integer(Pickle::Id id) const {
        const auto* value = pickle_.as<int64_t>(id);
        if (!value || *value < 0) damaged("a size is no natural number");
        return *value;
    }

    std::vector<int64_t> integers(Pickle::Id id) const {
        const auto* tuple = pickle_.as<Pickle::Tuple>(id);
        if (!tuple) damaged("its shape or stride is no tuple");
        if (tuple->elements.size() > most_dimensions) damaged("it has more than 64 dimensions");
        std::vector<int64_t> values;
        for (const Pickle::Id element : tuple->elements)
            values.push_back(integer(element));
        return values;
    }

    /// Reads ("storage", torch.FloatStorage, key, device, elements).
    TorchTensor storage(Pickle::Id id) const {
        const auto* fields = pickle_.as<Pickle::Tuple>(id);
        if (!fields || fields->elements.size() != 5) damaged("its storage is not described by five fields");
        const Pickle::Ids& field = fields->elements;
        const auto* kind = pickle_.as<std::string>(field[0]);
        const auto* global = pickle_.as<Pickle::Global>(field[1]);
        const auto* key = pickle_.as<std::string>(field[2]);
        const StorageClass* type = global ? storage_class(global->module, global->name) : nullptr;
        if (!kind || *kind != "storage" || !type || !key) damaged("its storage has no type or no key");
        TorchTensor tensor;
        tensor.storage_key = *key;
        tensor.dtype = type->dtype;
        tensor.storage_elements = integer(field[4]);
        return tensor;
    }

    /// Throws unless offset + sum of (size - 1) * stride is an element of the storage. A dimension of one
    /// element is never stepped along, so its stride may be anything and is dropped.
    void check_view(TorchTensor& tensor) const {
        if (tensor.shape.size() != tensor.stride.size()) damaged("its shape and stride differ in length");
        const std::optional<int64_t> count = element_count(tensor.shape);
        if (!count) damaged("its shape overflows");
        if (*count == 0) return;
        int64_t last = tensor.offset;
        for (size_t i = 0; i < tensor.shape.size(); ++i) {
            if (tensor.shape[i] == 1) tensor.stride[i] = 0;
            int64_t step = 0;
            if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.stride[i], &step) ||
                __builtin_add_overflow(last, step, &last))
                damaged("its strides overflow");
        }
        if (last >= tensor.storage_elements)
            damaged(fmt::format("shape [{}] with stride [{}] and offset {} leaves its storage of {} elements",
                                fmt::join(tensor.shape, ", "), fmt::join(tensor.stride, ", "), tensor.offset,
                                tensor.storage_elements));
    }

    const Pickle& pickle_;
    std::string_view file_, tensor_;
};

}  // namespace

bool torch_global_allowed(std::string_view module, std::string_view name) {
    return (module == "collections" && name == "OrderedDict") ||
           (module == "torch._utils" && (name == "_rebuild_tensor_v2" || name == "_rebuild_parameter")) ||
           storage_class(module, name);
}

bool TorchTensor::contiguous() const {
    int64_t expected = 1;
    for (size_t i = shape.size(); i-- > 0;) {
        if (shape[i] != 1 && stride[i] != expected) return false;
        expected *= shape[i];
    }
    return true;
}

std::optional<TorchTensor> torch_tensor(const Pickle& pickle, Pickle::Id id, std::string_view file,
                                        std::string_view tensor) {
    const Description description(pickle, file, tensor);
    const Pickle::Ids* arguments = description.rebuild_arguments(id);
    return arguments ? std::optional(description.tensor(*arguments)) : std::nullopt;
}

std::vector<std::byte> gather(const TorchTensor& tensor, std::span<const std::byte> storage) {
    const int64_t count = *element_count(tensor.shape);
    if (count == 0) return {};
    const size_t element = element_bytes(tensor.dtype);
    const std::byte* from = storage.data() + static_cast<size_t>(tensor.offset) * element;
    const size_t bytes = static_cast<size_t>(count) * element;
    if (tensor.contiguous()) return {from, from + bytes};

    std::vector<std::byte> packed(bytes);
    std::vector<int64_t> index(tensor.shape.size());
    int64_t position = 0;
    for (size_t to = 0; to < bytes; to += element) {
        std::memcpy(packed.data() + to, from + static_cast<size_t>(position) * element, element);
        for (size_t i = index.size(); i-- > 0;) {
            position += tensor.stride[i];
            if (++index[i] < tensor.shape[i]) break;
            position -= tensor.stride[i] * tensor.shape[i];
            index[i] = 0;
        }
    }
    return packed;
}

}  // namespace vkm::graph
