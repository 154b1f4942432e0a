#pragma once

#include <graph/ops/activation.h>
#include <graph/weights/error.h>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Names what the operators of a network in a file do, whatever their formats call them.
enum class FileOp : uint8_t {
    convolution,  ///< dense, depthwise or 1x1, or a fully connected layer
    batch_norm,
    affine,      ///< y = a x + b, with constants
    clip,        ///< y = min(max(x, low), high)
    activation,  ///< any of ours
    pad,         ///< with zeros around the image
    pool,        ///< the mean over an image
    add,
    multiply,  ///< of two values, one of which may have an element a channel
    softmax,
    sigmoid
};

/// Says how many zeros surround an image.
struct FilePads {
    int64_t top = 0, left = 0, bottom = 0, right = 0;
    bool same = false;  ///< as many as TensorFlow's SAME asks for instead

    bool any() const { return top != 0 || left != 0 || bottom != 0 || right != 0; }
};

using FileValue = size_t;

/// Bounds the strides and paddings that readers believe: no network of these has larger ones.
constexpr int64_t largest_step = 64;

/// Holds an operator. Which fields mean something, its kind says.
struct FileNode {
    FileOp op = FileOp::convolution;
    std::string name;  ///< for messages: "Conv 'features.0'"
    std::vector<FileValue> inputs;
    FileValue output = 0;

    /// Of a convolution as PyTorch has it, [N, C / groups, K, K], or [N, K] of a fully connected layer.
    std::vector<int64_t> shape = {};
    std::vector<float> weight = {};
    std::vector<float> bias = {};  ///< of a convolution, may be empty; of a batch norm
    int64_t groups = 1, stride = 1;
    FilePads pads = {};  ///< of convolution and pad

    std::vector<float> scale = {}, mean = {}, variance = {};  ///< of a batch norm
    double epsilon = 0;

    std::vector<float> a = {}, b = {};  ///< of affine: one element, or one a channel
    float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
    Activation f = Activation::none;
    /// Of any: what its 8 bits can hold at most, where they hold nothing below 0. They are an activation then.
    std::optional<double> ceiling = {};
};

/// Names the programs whose habits a file follows where it says nothing.
enum class FileHabits : uint8_t { pytorch, tensorflow };

/// Holds a network as a list of operators, in an order in which they can run.
struct NetworkFile {
    std::vector<FileNode> nodes;
    FileValue input = 0, output = 0;
    FileValue values = 0;    ///< as many values as there are
    int64_t input_size = 0;  ///< 0: any
    bool sigmoid = false;    ///< its output went through a sigmoid, which is gone
    FileHabits habits = FileHabits::pytorch;
    /// How pixels between 0 and 1 become what goes in: (p - mean) / std. None: nothing says.
    std::optional<std::array<double, 3>> mean = {}, std = {};
    std::optional<double> crop_pct = {};  ///< of the model options
    std::vector<std::string> class_names = {};
    std::map<std::string, std::string> metadata = {};
};

/// Returns the nodes that read a value.
std::vector<size_t> readers_of(const NetworkFile&, FileValue);

/// Brings the operators into the forms that networks here have: hard sigmoid and hard swish are one operator
/// each, padding and constants are part of the convolution or batch norm that they are next to, a first
/// scaling of the images is `mean` and `std`, a last softmax or sigmoid is gone. Throws WeightsError naming the first
/// operator that has no such form.
void simplify(NetworkFile&, const std::string& file);

}  // namespace vkm::graph
