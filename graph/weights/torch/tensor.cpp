#include <graph/weights/torch/tensor.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace vkm::graph {
namespace {

constexpr size_t most_dimensions = 64;  // PyTorch's own limit

struct StorageClass {
    std::string_view name;
    size_t bytes;  // of an element
    std::optional<WeightType> type;
};

constexpr std::array<StorageClass, 15> storage_classes{{{"FloatStorage", 4, WeightType::f32},
                                                        {"HalfStorage", 2, WeightType::f16},
                                                        {"BFloat16Storage", 2, WeightType::bf16},
                                                        {"DoubleStorage", 8, WeightType::f64},
                                                        {"LongStorage", 8, WeightType::i64},
                                                        {"IntStorage", 4, WeightType::i32},
                                                        {"ShortStorage", 2, WeightType::i16},
                                                        {"CharStorage", 1, WeightType::i8},
                                                        {"ByteStorage", 1, WeightType::u8},
                                                        {"BoolStorage", 1, WeightType::boolean},
                                                        {"ComplexFloatStorage", 8, {}},
                                                        {"ComplexDoubleStorage", 16, {}},
                                                        {"QInt8Storage", 1, {}},
                                                        {"QUInt8Storage", 1, {}},
                                                        {"QInt32Storage", 4, {}}}};

bool is_storage_class(const Pickle::Global& global) {
    return (global.module == "torch" || global.module == "torch.cuda" || global.module == "torch.storage") &&
           global.name.ends_with("Storage");
}

// Names the functions that make a tensor of another call's, which is one of their arguments.
struct Wrapping {
    std::string_view module, name;
    size_t argument;
};

constexpr std::array<Wrapping, 4> wrappings{{{"torch._utils", "_rebuild_parameter", 0},
                                             {"torch._utils", "_rebuild_parameter_with_state", 0},
                                             {"torch.nn.parameter", "Parameter", 0},
                                             {"torch.autograd.variable", "Variable", 0}}};

bool is_global(const Pickle::Global& global, std::string_view module, std::string_view name) {
    return global.module == module && global.name == name;
}

std::optional<int64_t> natural(const Pickle& pickle, Pickle::Id id) {
    const auto* value = pickle.as<int64_t>(id);
    return value && *value >= 0 ? std::optional(*value) : std::nullopt;
}

class Description {
  public:
    Description(const Pickle& pickle, std::string_view file, std::string_view tensor)
        : pickle_(pickle), file_(file), tensor_(tensor) {}

    /// Returns the arguments of the innermost _rebuild_tensor_v2 or _rebuild_tensor; null when the value is no
    /// such call.
    const Pickle::Ids* rebuild_arguments(Pickle::Id id) const {
        for (;;) {
            const auto* call = pickle_.as<Pickle::Call>(id);
            const auto* callable = call ? pickle_.as<Pickle::Global>(call->callable) : nullptr;
            if (!callable) return nullptr;
            const auto& arguments = pickle_.as<Pickle::Tuple>(call->arguments)->elements;
            if (is_global(*callable, "torch._utils", "_rebuild_tensor_v2") ||
                is_global(*callable, "torch._utils", "_rebuild_tensor"))
                return &arguments;
            const auto wrapping = std::ranges::find_if(wrappings, [&](const Wrapping& candidate) {
                return is_global(*callable, candidate.module, candidate.name);
            });
            if (wrapping == wrappings.end()) return subclass_arguments(*callable, arguments);
            if (arguments.size() <= wrapping->argument) damaged("its parameter has no data");
            id = arguments[wrapping->argument];  // made before the call, hence smaller: the loop ends
        }
    }

    std::optional<TorchTensor> tensor(const Pickle::Ids& arguments) const {
        if (arguments.size() < 4) damaged("it lacks storage, offset, size or stride");
        const auto* persistent = pickle_.as<Pickle::Persistent>(arguments[0]);
        if (!persistent) damaged("its storage is not stored in the file");
        const std::optional<TorchStorage> storage = torch_storage(pickle_, persistent->id);
        if (!storage) damaged("its storage has no type, no key or no size");
        if (!storage->type) return {};
        TorchTensor tensor{.storage_key = storage->key,
                           .dtype = *storage->type,
                           .storage_elements = storage->elements,
                           .offset = integer(arguments[1]),
                           .shape = integers(arguments[2]),
                           .stride = integers(arguments[3])};
        check_view(tensor, storage->view_elements);
        tensor.offset += storage->view_offset;
        return tensor;
    }

  private:
    [[noreturn]] void damaged(std::string_view what) const {
        throw WeightsError(
            "{}: tensor {}: {}; the file is damaged or was written by a faulty program, save it again", file_,
            tensor_, what);
    }

    /// Returns the arguments of a class derived from Tensor: (how to rebuild it, its class, the arguments for
    /// that, attributes).
    const Pickle::Ids* subclass_arguments(const Pickle::Global& callable,
                                          const Pickle::Ids& arguments) const {
        if (!is_global(callable, "torch._tensor", "_rebuild_from_type_v2") || arguments.size() < 3)
            return nullptr;
        const auto* rebuild = pickle_.as<Pickle::Global>(arguments[0]);
        const auto* inner = pickle_.as<Pickle::Tuple>(arguments[2]);
        return rebuild && inner && is_global(*rebuild, "torch._utils", "_rebuild_tensor_v2")
                   ? &inner->elements
                   : nullptr;
    }

    int64_t integer(Pickle::Id id) const {
        const auto value = natural(pickle_, id);
        if (!value) damaged("a size is no natural number");
        return *value;
    }

    /// Reads a tuple, or the torch.Size around one.
    std::vector<int64_t> integers(Pickle::Id id) const {
        const auto* tuple = pickle_.as<Pickle::Tuple>(id);
        if (const auto* call = pickle_.as<Pickle::Call>(id)) {
            const auto* callable = pickle_.as<Pickle::Global>(call->callable);
            const auto& arguments = pickle_.as<Pickle::Tuple>(call->arguments)->elements;
            if (callable && is_global(*callable, "torch", "Size") && arguments.size() == 1)
                tuple = pickle_.as<Pickle::Tuple>(arguments[0]);
        }
        if (!tuple) damaged("its shape or stride is no tuple");
        if (tuple->elements.size() > most_dimensions) damaged("it has more than 64 dimensions");
        std::vector<int64_t> values;
        for (const Pickle::Id element : tuple->elements)
            values.push_back(integer(element));
        return values;
    }

    /// Throws unless offset + sum of (size - 1) * stride is an element of the storage's part. A dimension of
    /// one element is never stepped along, so its stride may be anything and is dropped.
    void check_view(TorchTensor& tensor, int64_t elements) const {
        if (tensor.shape.size() != tensor.stride.size()) damaged("its shape and stride differ in length");
        const std::optional<int64_t> count = element_count(tensor.shape);
        if (!count) damaged("its shape overflows");
        if (*count == 0) {
            tensor.offset = 0;
            return;
        }
        int64_t last = tensor.offset;
        for (size_t i = 0; i < tensor.shape.size(); ++i) {
            if (tensor.shape[i] == 1) tensor.stride[i] = 0;
            int64_t step = 0;
            if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.stride[i], &step) ||
                __builtin_add_overflow(last, step, &last))
                damaged("its strides overflow");
        }
        if (last >= elements)
            damaged(fmt::format("shape [{}] with stride [{}] and offset {} leaves its storage of {} elements",
                                fmt::join(tensor.shape, ", "), fmt::join(tensor.stride, ", "), tensor.offset,
                                elements));
    }

    const Pickle& pickle_;
    std::string_view file_, tensor_;
};

}  // namespace

std::optional<TorchStorage> torch_storage(const Pickle& pickle, Pickle::Id description) {
    const auto* fields = pickle.as<Pickle::Tuple>(description);
    if (!fields || fields->elements.size() < 5 || fields->elements.size() > 6) return {};
    const Pickle::Ids& field = fields->elements;
    const auto* kind = pickle.as<std::string>(field[0]);
    const auto* type = pickle.as<Pickle::Global>(field[1]);
    const auto* key = pickle.as<std::string>(field[2]);
    const auto elements = natural(pickle, field[4]);
    if (!kind || *kind != "storage" || !type || !is_storage_class(*type) || !key || !elements) return {};
    TorchStorage storage{.key = *key, .type = {}, .elements = *elements, .view_elements = *elements};
    const auto known = std::ranges::find(storage_classes, type->name, &StorageClass::name);
    if (known != storage_classes.end()) {
        storage.bytes_an_element = known->bytes;
        storage.type = known->type;
    }
    const auto* view = field.size() == 6 ? pickle.as<Pickle::Tuple>(field[5]) : nullptr;
    if (!view) return storage;
    if (view->elements.size() != 3) return {};
    const auto offset = natural(pickle, view->elements[1]), size = natural(pickle, view->elements[2]);
    if (!offset || !size || *offset > *elements || *size > *elements - *offset) return {};
    storage.view_offset = *offset;
    storage.view_elements = *size;
    return storage;
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
    return arguments ? description.tensor(*arguments) : std::nullopt;
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
