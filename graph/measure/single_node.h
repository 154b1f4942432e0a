#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>

#include <string>
#include <vector>

namespace vkm::graph {

/// A node on its own, for checking and measuring it: what it reads comes from the host, what it updates is persistent.
struct SingleNode {
    Graph graph;
    std::vector<ValueId> inputs;   ///< in the order of the operator's
    std::vector<ValueId> written;  ///< outputs, and inputs it updates
};
SingleNode isolate(const Graph& from, const Node&);

/// Most classes a label among the node's inputs may name: the first input, the logits, has one channel a class.
int64_t label_classes(const SingleNode&);

/// Values an operator may meet: labels are classes, bytes are bytes, variances and counts are positive, the
/// loss scale is the initial one, everything else is N(0, 1), or its magnitude (Value::nonnegative), rounded
/// to the type. Drawn from the name.
HostTensor random_value(const Value&, int64_t classes);

}  // namespace vkm::graph
