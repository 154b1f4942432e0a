#pragma once

#include <graph/weights/state_dict.h>

#include <onnx/onnx.pb.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Holds a constant of an ONNX model.
struct OnnxConstant {
    std::vector<int64_t> shape;
    std::vector<float> values;
    bool whole = false;               ///< they are integers, whose quotients are, too
    std::optional<float> least = {};  ///< what their type holds at least, where it has 8 bits

    /// Returns the elements as whole numbers: axes, shapes, …
    std::vector<int64_t> integers() const;
};

/// Reads constants, which may lie in files beside the model.
class OnnxTensors {
  public:
    explicit OnnxTensors(std::string file) : file_(std::move(file)) {}

    /// Throws WeightsError naming file and tensor where it is damaged or of a type that is not known.
    OnnxConstant read(const onnx::TensorProto&);

  private:
    std::vector<std::byte> external(const onnx::TensorProto&, size_t bytes);
    const std::vector<std::byte>& beside(const std::string& location, const std::string& tensor);

    std::string file_;
    std::map<std::string, std::vector<std::byte>> files_;
};

}  // namespace vkm::graph
