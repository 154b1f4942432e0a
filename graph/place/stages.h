#pragma once

#include <graph/graph.h>
#include <graph/place/stage_order.h>

#include <span>
#include <string>
#include <vector>

namespace vkm::graph {

/// Describes a graph that makes a step of one or several batches, each of which goes through the layers forward and,
/// where the step trains, back.
struct BatchedStep {
    struct Batch {
        size_t begin = 0;    ///< its first node
        size_t forward = 0;  ///< the end of its forward part: in training behind the loss
    };
    const Graph* graph = nullptr;
    std::vector<Batch> batches = {};  ///< in order; each ends where the next one begins
    /// Where the last batch ends, and the update of the weights begins, which every device makes.
    size_t update = 0;
};

/// Returns the layers of a step in the order in which a batch goes through them.
std::vector<std::string> layers_of(const BatchedStep&);

/// Says which stage has which layers: stage i those from begins[i] on, up to the next one's; begins[0] is 0.
struct StageLayers {
    std::vector<size_t> begins;

    size_t count() const { return begins.size(); }
    size_t stage_of(size_t layer) const;
    bool operator==(const StageLayers&) const = default;
};

/// Says where every node of a step is made.
struct NodePlaces {
    static constexpr size_t everywhere =
        static_cast<size_t>(-1);  ///< where it is needed: it is of weights alone
    std::vector<size_t> stages;   ///< by node before BatchedStep::update
};
NodePlaces places_of(const BatchedStep&, const StageLayers&);

/// Returns them where every layer is a stage of its own: which layer a node belongs to.
NodePlaces layers_of_nodes(const BatchedStep&);

/// Counts what goes from the layers before one to the others, and back, with each batch.
struct CutTraffic {
    int64_t forward_bytes = 0, backward_bytes = 0;
};
CutTraffic traffic_at(const BatchedStep&, size_t layer);

/// Splits a step into one graph a stage (pipeline parallelism): pure, and the same values have the same ids in all of
/// them. What a stage makes and another one reads goes from the one to the other (graph/ops/hand_over.h). Each
/// stage makes the gradients of its own layers, batch after batch in the order of one_forward_one_backward(), and
/// gives them and its layers' running statistics to all others. So every device makes the whole update and holds the
/// whole model after every step: what a pipeline spreads is the work and the activations, which take nearly all of the
/// memory. The numbers are those of the step on one device, to the bit, where both have the same kernels: transfers
/// copy, and batches are added in their order.
///
/// Throws Error where a value is made on several stages.
std::vector<Graph> split_in_stages(const BatchedStep&, const StageLayers&);

}  // namespace vkm::graph
