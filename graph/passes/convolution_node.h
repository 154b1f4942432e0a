#pragma once

#include <graph/graph.h>
#include <graph/kernels/epilogue.h>

namespace vkm::graph {

/// Holds a convolution's node with its inputs by name (see kernels/epilogue.h), no_value where there is none.
struct ConvolutionNode {
    const ConvolutionOperator* op = nullptr;
    ValueId x = no_value, w = no_value, normalisation = no_value, scale = no_value, bias = no_value,
            residual = no_value;

    explicit operator bool() const { return op != nullptr; }
};

/// Returns the node's parts; `op` is null where the node is no convolution.
ConvolutionNode as_convolution(const Node&);

/// Returns the same convolution with prologue, epilogue and inputs changed. Its normalisation, scale, bias
/// and residual are those that have inputs. The operator is null where this kind of convolution cannot
/// have them.
Node convolution_node(const std::string& layer, const ConvolutionNode&, Activation,
                      std::vector<ValueId> outputs);

}  // namespace vkm::graph
