#pragma once

#include <graph/graph.h>

#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vkm::graph {

class GradientBuilder;
class Lowering;
struct ReferenceCall;

/// Holds an operator's immutable attributes (kernel size, stride, …) and knows what every operator knows of
/// itself: its shape rule, gradient rule, lowering and reference. One graph/ops/NAME.cpp each; nothing
/// elsewhere lists the operators. A backward operator is an operator.
class Operator {
  public:
    virtual ~Operator() = default;

    virtual std::string_view name() const = 0;  ///< "depthwise", "depthwise_input_grad", …

    /// Returns the types of the outputs (the shape rule). Throws ShapeError saying what does not fit; the
    /// graph adds the layer.
    virtual std::vector<TensorType> infer(std::span<const TensorType> inputs) const = 0;

    /// Returns the positions of the inputs that this operator writes in place.
    virtual std::vector<size_t> updates() const { return {}; }

    /// Adds backward nodes and hands each input's gradient to the builder (the gradient rule). The default
    /// throws: backward operators are not differentiated again.
    virtual void gradient(GradientBuilder&) const;

    /// Emits the dispatches that compute this node on a device.
    virtual void lower(Lowering&) const = 0;

    /// Computes the same in double precision on the CPU, written for clarity: the oracle of tests.
    virtual void reference(ReferenceCall&) const = 0;

    /// Returns the node's multiply-adds, as summaries count them (convolutions and fully connected layers).
    virtual int64_t multiply_adds(std::span<const TensorType> /*inputs*/,
                                  std::span<const TensorType> /*outputs*/) const {
        return 0;
    }
};

/// Holds the attributes by which others know an operator: a struct of its own, in its graph/ops/NAME.h, which
/// is also the type to ask for (see `as`). Empty where its kind says it all.
template <typename Attributes>
class HasAttributes {
  public:
    const Attributes& attributes() const { return attributes_; }

  protected:
    explicit HasAttributes(const Attributes& attributes) : attributes_(attributes) {}
    ~HasAttributes() = default;

  private:
    Attributes attributes_;
};

/// Is an operator with public attributes. Base: what else it is (ConvolutionOperator, …).
template <typename Attributes, typename Base = Operator>
class OperatorWith : public Base, public HasAttributes<Attributes> {
  public:
    explicit OperatorWith(const Attributes& attributes = {}) : HasAttributes<Attributes>(attributes) {}
};

/// Returns what the operator is, or null where it is something else or missing: either its
/// attributes, `as<ops::Depthwise>(node)->stride`, or an interface that several operators
/// implement, `as<ConvolutionOperator>(node)->epilogue()`.
template <typename T>
const T* as(const Operator* op) {
    if constexpr (std::is_polymorphic_v<T>) {
        return dynamic_cast<const T*>(op);
    } else {
        const auto* with = dynamic_cast<const HasAttributes<T>*>(op);
        return with ? &with->attributes() : nullptr;
    }
}
template <typename T>
const T* as(const Node& node) {
    return as<T>(node.op.get());
}

/// Shows an operator's gradient rule the graph being differentiated, and takes what the rule adds.
class GradientBuilder {
  public:
    GradientBuilder(Graph&, const Node&, std::vector<ValueId>& gradients, const std::vector<bool>& wanted);

    size_t input_count() const { return node_.inputs.size(); }
    ValueId input(size_t i) const { return node_.inputs.at(i); }
    ValueId output(size_t i = 0) const { return node_.outputs.at(i); }
    const TensorType& type(ValueId id) const { return graph_.type(id); }

    /// Returns the gradient of the loss with respect to output i; no_value where nothing depends on it.
    ValueId output_gradient(size_t i = 0) const;
    /// Returns whether anything wants the gradient of input i: whether a parameter lies behind it.
    bool wants(size_t i) const;

    /// Adds a backward node, named after the layer being differentiated.
    std::vector<ValueId> add(std::shared_ptr<const Operator>, std::vector<ValueId> inputs);
    ValueId add1(std::shared_ptr<const Operator>, std::vector<ValueId> inputs);

    /// Adds `gradient` to what is known of the gradient of input i. Several consumers'
    /// are summed by `add` nodes.
    void contribute(size_t i, ValueId gradient);

    ValueId step_params() { return graph_.step_params(); }

  private:
    Graph& graph_;
    Node node_;
    std::vector<ValueId>& gradients_;
    const std::vector<bool>& wanted_;
};

}  // namespace vkm::graph
