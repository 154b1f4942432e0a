#pragma once

#include <support/bytes.h>

#include <tflite/tflite_generated.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

/// Assembles TensorFlow Lite models as converters write them, and as they never would.
namespace vkm::test {

class TfliteFile {
  public:
    /// Add a tensor, and one with data. Return its number.
    int32_t tensor(const std::string& name, std::vector<int32_t> shape,
                   tflite::TensorType type = tflite::TensorType::FLOAT32, std::vector<float> scale = {},
                   std::vector<int64_t> zero_point = {}, int32_t dimension = 0) {
        return described(name, std::move(shape), type, 0, std::move(scale), std::move(zero_point), dimension);
    }
    int32_t constant(const std::string& name, std::vector<int32_t> shape, tflite::TensorType type,
                     const std::string& data, std::vector<float> scale = {},
                     std::vector<int64_t> zero_point = {}, int32_t dimension = 0) {
        buffers_.push_back(data);
        return described(name, std::move(shape), type, static_cast<uint32_t>(buffers_.size()),
                         std::move(scale), std::move(zero_point), dimension);
    }
    int32_t constant(const std::string& name, std::vector<int32_t> shape, const std::vector<float>& values) {
        return constant(
            name, std::move(shape), tflite::TensorType::FLOAT32,
            std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
    }

    void add(int32_t code, std::vector<int32_t> inputs, int32_t output,
             tflite::Options type = tflite::Options::NONE, flatbuffers::Offset<void> options = 0) {
        operators_.push_back(tflite::CreateOperatorDirect(builder_, code_of(code), copy(inputs),
                                                          copy({output}), type, options));
    }
    void convolution(std::vector<int32_t> inputs, int32_t output, int32_t stride,
                     tflite::Padding padding = tflite::Padding::SAME,
                     tflite::Activation f = tflite::Activation::NONE) {
        const auto options = tflite::CreateConv2D(builder_, padding, stride, stride, f);
        add(3, std::move(inputs), output, tflite::Options::Conv2D, options.Union());
    }
    void depthwise(std::vector<int32_t> inputs, int32_t output, int32_t stride,
                   tflite::Padding padding = tflite::Padding::SAME,
                   tflite::Activation f = tflite::Activation::NONE) {
        const auto options = tflite::CreateDepthwiseConv2D(builder_, padding, stride, stride, 1, f);
        add(4, std::move(inputs), output, tflite::Options::DepthwiseConv2D, options.Union());
    }

    flatbuffers::FlatBufferBuilder& builder() { return builder_; }

    std::string finish(int32_t input, int32_t output) {
        std::vector<flatbuffers::Offset<tflite::Buffer>> buffers{tflite::CreateBuffer(builder_)};
        for (const std::string& data : buffers_) {
            builder_.ForceVectorAlignment(data.size(), 1, 16);
            buffers.push_back(tflite::CreateBuffer(
                builder_, builder_.CreateVector(reinterpret_cast<const uint8_t*>(data.data()), data.size())));
        }
        std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes;
        for (const int32_t code : codes_)
            codes.push_back(
                tflite::CreateOperatorCode(builder_, static_cast<int8_t>(std::min(code, 127)), 0, 1, code));
        const std::vector<int32_t> inputs{input}, outputs{output};
        const std::vector graphs{
            tflite::CreateGraphDirect(builder_, &tensors_, &inputs, &outputs, &operators_)};
        tflite::FinishModelBuffer(builder_,
                                  tflite::CreateModelDirect(builder_, 3, &codes, &graphs, "test", &buffers));
        return {reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()};
    }

  private:
    int32_t described(const std::string& name, std::vector<int32_t> shape, tflite::TensorType type,
                      uint32_t buffer, std::vector<float> scale, std::vector<int64_t> zero_point,
                      int32_t dimension) {
        flatbuffers::Offset<tflite::Quantization> quantization = 0;
        if (!scale.empty())
            quantization = tflite::CreateQuantizationDirect(builder_, nullptr, nullptr, &scale,
                                                            zero_point.empty() ? nullptr : &zero_point,
                                                            tflite::Details::NONE, 0, dimension);
        tensors_.push_back(
            tflite::CreateTensorDirect(builder_, &shape, type, buffer, name.c_str(), quantization));
        return static_cast<int32_t>(tensors_.size()) - 1;
    }

    uint32_t code_of(int32_t code) {
        for (size_t i = 0; i < codes_.size(); ++i)
            if (codes_[i] == code) return static_cast<uint32_t>(i);
        codes_.push_back(code);
        return static_cast<uint32_t>(codes_.size()) - 1;
    }

    // CreateOperatorDirect takes pointers.
    const std::vector<int32_t>* copy(std::vector<int32_t> list) {
        return &lists_.emplace_back(std::move(list));
    }

    flatbuffers::FlatBufferBuilder builder_;
    std::vector<std::string> buffers_;
    std::vector<flatbuffers::Offset<tflite::Tensor>> tensors_;
    std::vector<flatbuffers::Offset<tflite::Operator>> operators_;
    std::vector<int32_t> codes_;
    std::deque<std::vector<int32_t>> lists_;
};

}  // namespace vkm::test
