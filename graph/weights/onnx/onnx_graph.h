#pragma once

#include <graph/weights/network_file/image_sizes.h>
#include <graph/weights/onnx/onnx_tensor.h>

#include <map>
#include <set>
#include <string>

namespace vkm::graph {

/// Holds what is known of a model while its operators are read one by one: values that come from the images,
/// constants, and the network so far.
class OnnxGraph {
  public:
    explicit OnnxGraph(std::string file) : file_(std::move(file)), tensors_(file_) {}

    NetworkFile net;
    ImageSizes sizes;
    /// Layers of integers whose scale has not come yet, by their value.
    std::map<FileValue, size_t> unscaled_layers;

    /// Takes the constants that a model holds. They are read when an operator asks for them.
    void take_initializers(const onnx::GraphProto&);
    bool is_initializer(const std::string& name) const { return initializers_.contains(name); }

    /// Returns the value of a name, a new one where there was none.
    FileValue value(const std::string& name);
    /// Gives a value another name.
    void name_value(const std::string& name, FileValue value) { values_[name] = value; }
    /// Returns whether a name is that of a value which comes from the images.
    bool is_data(const std::string& name) const { return values_.contains(name); }
    /// Returns an operator's input that comes from the images. Throws where it does not.
    FileValue data(const onnx::NodeProto&, int input) const;

    /// Returns a constant, or nullptr where the name is none's.
    const OnnxConstant* constant(const std::string& name);
    OnnxConstant read(const onnx::TensorProto& tensor) { return tensors_.read(tensor); }
    void set_constant(const std::string& name, OnnxConstant constant) {
        constants_[name] = std::move(constant);
    }
    /// Makes a name a constant of one element, 1. A product with it is the other factor.
    void set_unit(const std::string& name) {
        set_constant(name, {{}, {1}});
        units_.insert(name);
    }
    bool is_unit(const std::string& name) const { return units_.contains(name); }
    /// Remembers that a name is a constant matrix of another name, transposed. It is not copied: it may be large.
    void set_transposed(const std::string& name, const std::string& of) { transposed_[name] = of; }
    /// Returns the name of which this one is the transposed matrix; nullptr where it is none.
    const std::string* transposed(const std::string& name) const {
        const auto found = transposed_.find(name);
        return found == transposed_.end() ? nullptr : &found->second;
    }
    /// Returns an operator's input that is a constant. Throws where it is none.
    const OnnxConstant& required(const onnx::NodeProto&, int input);
    /// Returns nullptr where the operator has no such input.
    const OnnxConstant* optional(const onnx::NodeProto&, int input);
    /// Returns the constants among an operator's inputs, nullptr for the others; nothing where one is a weight
    /// by its size.
    std::vector<const OnnxConstant*> small_constants(const onnx::NodeProto&);

    /// Appends an operator of the network that reads this input and makes the first output.
    FileNode& append(const onnx::NodeProto&, FileOp, int input = 0);

    /// Returns an operator's name for messages, "Conv 'features.0'".
    static std::string described(const onnx::NodeProto&);
    /// Returns what to throw where an operator is none of those that networks here have.
    WeightsError unfit(const onnx::NodeProto&, const std::string& why) const;

  private:
    std::string file_;
    OnnxTensors tensors_;
    std::map<std::string, FileValue> values_;
    std::map<std::string, const onnx::TensorProto*> initializers_;
    std::map<std::string, OnnxConstant> constants_;
    std::set<std::string> units_;
    std::map<std::string, std::string> transposed_;
};

}  // namespace vkm::graph
