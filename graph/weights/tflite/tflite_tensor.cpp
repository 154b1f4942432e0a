#include <graph/weights/tflite/tflite_tensor.h>

namespace vkm::graph {
namespace {

std::optional<WeightType> type_of(tflite::TensorType type) {
    switch (type) {
        case tflite::TensorType::FLOAT32:
            return WeightType::f32;
        case tflite::TensorType::FLOAT16:
            return WeightType::f16;
        case tflite::TensorType::FLOAT64:
            return WeightType::f64;
        case tflite::TensorType::UINT8:
            return WeightType::u8;
        case tflite::TensorType::INT8:
            return WeightType::i8;
        case tflite::TensorType::INT16:
            return WeightType::i16;
        case tflite::TensorType::INT32:
            return WeightType::i32;
        case tflite::TensorType::INT64:
            return WeightType::i64;
        case tflite::TensorType::STRING:
        case tflite::TensorType::BOOL:
        case tflite::TensorType::COMPLEX64:
            break;
    }
    return {};
}

class Dequantiser {
  public:
    Dequantiser(const tflite::Tensor& tensor, const std::string& file) : tensor_(tensor), file_(file) {}

    void run(TfliteConstant& constant) const {
        const tflite::Quantization* q = tensor_.quantization();
        if (!q || !q->scale() || q->scale()->size() == 0) return;
        const size_t scales = q->scale()->size(), zeros = q->zero_point() ? q->zero_point()->size() : 0;
        size_t each = 1;
        if (scales > 1) {
            const int64_t axis = q->dimension(), rank = static_cast<int64_t>(constant.shape.size());
            if (axis < 0 || axis >= rank ||
                constant.shape[static_cast<size_t>(axis)] != static_cast<int64_t>(scales))
                throw WeightsError("{}: tensor {}: its {} scales are not one a channel; convert it again",
                                   file_, tflite_name(tensor_), scales);
            for (int64_t i = axis + 1; i < rank; ++i)
                each *= static_cast<size_t>(constant.shape[static_cast<size_t>(i)]);
        }
        for (size_t i = 0; i < constant.values.size(); ++i) {
            const auto c = static_cast<flatbuffers::uoffset_t>(scales == 1 ? 0 : i / each % scales);
            const double zero =
                zeros == 0 ? 0
                           : static_cast<double>(q->zero_point()->Get(
                                 zeros == 1 ? 0
                                            : std::min<flatbuffers::uoffset_t>(
                                                  c, static_cast<flatbuffers::uoffset_t>(zeros - 1))));
            constant.values[i] = static_cast<float>((constant.values[i] - zero) * q->scale()->Get(c));
        }
    }

  private:
    const tflite::Tensor& tensor_;
    const std::string& file_;
};

}  // namespace

std::string tflite_name(const tflite::Tensor& tensor) {
    return tensor.name() ? tensor.name()->str() : "without a name";
}

TfliteConstant tflite_constant(const tflite::Tensor& tensor, const flatbuffers::Vector<uint8_t>& data,
                               const std::string& file) {
    const std::optional<WeightType> type = type_of(tensor.type());
    if (!type)
        throw WeightsError("{}: tensor {}: numbers of TensorFlow Lite's type {} are not read", file,
                           tflite_name(tensor), static_cast<int>(tensor.type()));
    NamedTensor read{tflite_name(tensor), *type, {}, {}};
    if (tensor.shape()) read.shape.assign(tensor.shape()->begin(), tensor.shape()->end());
    const std::optional<int64_t> bytes = byte_count(read.shape, *type);
    if (!bytes || static_cast<uint64_t>(*bytes) != data.size())
        throw WeightsError(
            "{}: tensor {}: {} bytes do not fill its shape; the file is damaged, copy it again", file,
            tflite_name(tensor), data.size());
    const auto begin = reinterpret_cast<const std::byte*>(data.data());
    read.data.assign(begin, begin + data.size());
    TfliteConstant constant{read.shape, to_floats(read)};
    Dequantiser(tensor, file).run(constant);
    return constant;
}

std::optional<TfliteRange> tflite_range(const tflite::Tensor& tensor) {
    const bool is_signed = tensor.type() == tflite::TensorType::INT8;
    if (!is_signed && tensor.type() != tflite::TensorType::UINT8) return {};
    const tflite::Quantization* q = tensor.quantization();
    if (!q || !q->scale() || q->scale()->size() != 1 || !(q->scale()->Get(0) > 0)) return {};
    const double scale = q->scale()->Get(0),
                 zero = q->zero_point() && q->zero_point()->size() == 1
                            ? static_cast<double>(q->zero_point()->Get(0))
                            : 0,
                 least = is_signed ? -128 : 0;
    return TfliteRange{(least - zero) * scale, (least + 255 - zero) * scale, zero == least};
}

}  // namespace vkm::graph
