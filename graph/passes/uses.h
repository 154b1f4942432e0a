#pragma once

#include <graph/graph.h>

#include <optional>
#include <span>
#include <vector>

namespace vkm::graph {

/// Here passes ask about values: who makes, reads and updates them. Nodes stand in order of
/// execution. While a pass rewrites them, a node that it has fused into another has no operator: it
/// neither reads nor makes anything.

/// Returns whether the node reads the value.
bool reads(const Node&, ValueId);
/// Returns whether the node reads the value as that input, and as no other.
bool reads_only_as(const Node&, size_t position, ValueId);
/// Returns the values that the node updates in place.
std::vector<ValueId> updated_by(const Node&);

/// Returns the position of the node that makes the value.
std::optional<size_t> producer_of(std::span<const Node>, ValueId);
/// Returns the positions of the nodes that read the value, each once.
std::vector<size_t> readers_of(std::span<const Node>, ValueId);
/// Counts how often each value is read, by ValueId. A node that takes a value twice reads it twice, and a
/// node that reads a range of a value reads the value.
std::vector<size_t> reads_by_value(const Graph&);

/// Returns the value whose memory holds this one: the flat value that it is a range of, or itself.
ValueId base_of(const Graph&, ValueId);
/// Returns the ranges of a flat value, in order of their offsets.
std::vector<ValueId> ranges_of(const Graph&, ValueId flat);

/// Returns whether one of the nodes updates memory that one of the values is in.
bool update_any(const Graph&, std::span<const Node>, const std::vector<ValueId>&);
/// Returns whether the node may run behind all the others instead of before them: none of them updates what
/// it reads, or reads what it updates.
bool may_run_behind(const Graph&, const Node&, std::span<const Node> others);

/// Returns whether the value is a weight that one node alone reads: it may then be replaced for that node.
bool is_own_parameter(const Graph&, ValueId);

/// Leaves out the nodes without operator.
void drop_fused(std::vector<Node>&);
/// Leaves out the nodes that update nothing and make only activations that nobody reads.
Graph without_dead_nodes(Graph);

}  // namespace vkm::graph
