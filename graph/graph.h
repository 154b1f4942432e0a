#pragma once

#include <graph/tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::graph {

class Operator;

using ValueId = int32_t;
using NodeId = int32_t;
constexpr ValueId no_value = -1;

/// Says where a value lives and who may write it.
enum class Role : uint8_t {
    activation,   ///< produced by a node; its memory is reused when its last reader has run
    input,        ///< written by the host before every step; one copy per step in flight
    step_params,  ///< StepParams, written by the host before every step (shaders/include/step_params.glsl)
    metric,       ///< read by the host after every step; one copy per step in flight
    parameter,    ///< trained; part of one flat buffer
    frozen,       ///< a weight that is not trained; part of one flat buffer
    derived,      ///< made of frozen weights by the host (passes/freeze.h); part of one flat buffer
    gradient,     ///< of a parameter; part of one flat buffer, ordered as the parameters
    optimizer,    ///< kept by the optimizer from step to step (graph/optimizer.h); equal on every replica
    state,        ///< running statistics; part of one flat buffer
    loss_scale,   ///< of mixed precision, kept from step to step (graph/ops/loss_scale.h)
    table         ///< of a program, never of a graph: what a node's lowering brings along (Lowering::table)
};

/// Returns whether values of the role stay on the device from step to step.
constexpr bool persistent(Role role) {
    return role == Role::parameter || role == Role::frozen || role == Role::derived ||
           role == Role::gradient || role == Role::optimizer || role == Role::state ||
           role == Role::loss_scale;
}

/// Says how a parameter's torchvision tensor maps to its stored shape.
enum class WeightLayout : uint8_t {
    vector,     ///< [C]          -> {1, 1, 1, C}
    matrix,     ///< [N, K(,1,1)] -> {1, 1, round_up4(K), N}
    depthwise,  ///< [C, 1, K, K] -> {1, K, K, C}
    dense       ///< [N, C, K, K] -> {K, K, round_up4(C), N}
};

/// Names torchvision's initialisations.
enum class Initialiser : uint8_t { zeros, ones, kaiming_normal_fan_out, normal_001 };

/// Describes what a parameter or running statistic is outside of the graph.
struct ParameterInfo {
    std::string name;  ///< torchvision's state-dict name
    std::vector<int64_t> torch_shape;
    WeightLayout layout = WeightLayout::vector;
    Initialiser initialiser = Initialiser::zeros;
};

/// Returns the stored type of a parameter: the layout applied to the torch shape.
TensorType stored_type(const ParameterInfo&);

struct Value {
    std::string name;
    TensorType type;
    Role role = Role::activation;
    NodeId producer = -1;
    std::optional<ParameterInfo> info;  ///< of weights: Role::parameter, frozen, state
    ValueId view_of = no_value;         ///< the flat value this one is a range of
    int64_t view_offset = 0;            ///< bytes into view_of
    double initial = 0;                 ///< every element of a persistent value before the first step
    bool nonnegative = false;           ///< values made up for it (to measure or test) are >= 0
};

struct Node {
    std::string layer;  ///< "features.3.block.1"; errors, profiles and summaries name it
    std::shared_ptr<const Operator> op;
    std::vector<ValueId> inputs, outputs;
};

/// Holds a network as typed nodes in execution order. Values are written once, by their producer, except
/// those that an operator declares to update in place (parameters, optimizer state, running statistics); such
/// updates happen in the order of the nodes.
class Graph {
  public:
    ValueId add_value(Value);
    ValueId input(std::string name, TensorType);
    ValueId parameter(ParameterInfo);
    ValueId state(ParameterInfo);
    /// Returns the one StepParams value, made on first use.
    ValueId step_params();

    /// Appends a node and infers its outputs' types. Throws ShapeError prefixed with the layer.
    std::vector<ValueId> add(std::string layer, std::shared_ptr<const Operator>, std::vector<ValueId> inputs);
    /// Does the same for an operator with one output.
    ValueId add1(std::string layer, std::shared_ptr<const Operator>, std::vector<ValueId> inputs);

    const std::vector<Node>& nodes() const { return nodes_; }
    const std::vector<Value>& values() const { return values_; }
    const Value& value(ValueId id) const { return values_.at(static_cast<size_t>(id)); }
    Value& value(ValueId id) { return values_.at(static_cast<size_t>(id)); }
    const TensorType& type(ValueId id) const { return value(id).type; }

    /// Returns the first value of that name. Throws Error where there is none.
    ValueId find(std::string_view name) const;
    /// Returns the values of a role in order of creation, views and bases alike.
    std::vector<ValueId> with_role(Role) const;

    /// Replaces the nodes by others over the same values (for passes) and finds every value's producer again.
    /// A range's producer is the node that writes it, or else its base's.
    void set_nodes(std::vector<Node>);

  private:
    std::vector<Node> nodes_;
    std::vector<Value> values_;
};

/// Returns the number of trained parameters (logical elements, torchvision's count).
int64_t parameter_count(const Graph&);

}  // namespace vkm::graph
