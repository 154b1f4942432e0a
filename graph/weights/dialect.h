#pragma once

#include <graph/graph.h>
#include <graph/models/model_config.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Names the layers that have weights.
enum class Part : uint8_t {
    stem,
    convolution,  ///< a block of that kind
    start,
    expand,
    depthwise,
    squeeze,
    excite,
    project,
    skip,
    last,
    last_squeeze,
    last_excite,
    hidden,
    classifier
};

/// Says what a weight is in its network, apart from any program's naming.
struct WeightRole {
    Part part = Part::stem;
    size_t block = 0;        ///< the block it is of, from 0
    bool norm = false;       ///< of the batch norm behind the layer
    std::string_view field;  ///< "weight", "bias", "running_mean", "running_var"
};

/// Holds a network's weights, each with what it is.
struct NetworkWeights {
    Architecture architecture;
    std::vector<size_t>
        stages;  ///< the run of blocks each is in: of equal channels at width 1, or projecting
    std::vector<ParameterInfo> list;    ///< in the order of the network's state dict
    std::vector<ParameterInfo> unused;  ///< those of unused_weights
    std::vector<WeightRole> roles;      ///< of `list`, then of `unused`

    /// Returns a weight by its place in `roles`.
    const ParameterInfo& info(size_t weight) const {
        return weight < list.size() ? list[weight] : unused[weight - list.size()];
    }

    /// Returns the places of all weights in `roles`, the unused ones where the authors' programs create them.
    std::vector<size_t> in_order() const;
};

NetworkWeights network_weights(const ModelConfig&);

/// Names a layer, and the batch norm behind it. In braces stand numbers that depend on the network: sums such as
/// "{b+3}" of digits and letters, or "{x?A|B}": A where x is not zero, B (or nothing) where it is.
///   b  the block's number, from 0           x  3 where it expands, else 0
///   t  how many blocks there are            s  1 where it has squeeze-and-excite
///   S  the block's stage, from 0            o  1 where that follows the activation
///   B  the block's number within the stage  r  1 where its input is added to its result
///   T  how many stages there are
struct PartNames {
    /// Says how a layer's weights are shaped.
    enum class Form : uint8_t { ours, matrix, convolution };  ///< [N, K], or [N, K, 1, 1]

    Part part = Part::stem;
    std::string_view layer, norm = {};
    Form form = Form::ours;
};

/// Holds a program's names for the fields of a batch norm.
struct NormFields {
    std::string_view weight = "weight", bias = "bias", mean = "running_mean", variance = "running_var";
};

/// Describes how a program names the weights of its networks, and what it means that leaves no trace in them.
struct Dialect {
    std::string_view name;   ///< "timm"
    std::string_view first;  ///< the name of the first convolution's weight, which tells the dialect
    std::span<const std::string_view> models = {};  ///< whose networks it has; empty: all, under our names
    std::span<const PartNames> blocks = {}, ends = {};
    NormFields fields = {};
    /// Sets what its networks have and their shapes do not say. Null: the models' defaults.
    void (*assume)(ModelConfig&) = nullptr;
    std::string_view class_order =
        {};  ///< where the classes of ImageNet are not in the usual order: the order

    /// Returns its name for a weight, by its place in `roles`; empty where it has none.
    std::string name_of(const NetworkWeights&, size_t weight) const;

    /// Returns the shape that it saves a weight with.
    std::vector<int64_t> shape_of(const NetworkWeights&, size_t weight) const;

    /// Returns the models whose networks it has.
    std::vector<Model> networks() const;

  private:
    const PartNames* names_of(Part) const;
};

/// Returns every dialect, one row each; the first is torchvision's, whose names are ours.
std::span<const Dialect> dialects();

}  // namespace vkm::graph
