#include <graph/flat_buffers.h>
#include <graph/ops/loss_scale.h>
#include <train/averaged_weights.h>
#include <train/first_position.h>

#include <array>

namespace vkm::train {
namespace {

// Begins a run with a loss scale of 2^exponent.
void set_loss_scale(ModelOnDevices& replicas, const graph::Graph& graph, int exponent) {
    const std::array<int32_t, 4> state{exponent - graph::ops::initial_loss_scale_exponent, 0, 0, 0};
    for (const graph::ValueId id : graph::flat_buffers(graph, graph::Role::loss_scale))
        for (size_t i = 0; i < replicas.count(); ++i)
            replicas.write_flat(graph, id, i, std::as_bytes(std::span(state)));
}

}  // namespace

Position first_position(const TrainerOptions& options, ModelOnDevices& replicas, const graph::Graph& training,
                        int64_t steps) {
    const InitialWeights initial = options.initial(training);
    replicas.load(training, initial.values);
    begin_average(replicas, training);
    if (options.recipe.loss_scale_exponent && options.storage == graph::DType::f16)
        set_loss_scale(replicas, training, *options.recipe.loss_scale_exponent);
    Position position;
    position.epoch = options.start_epoch;
    position.step = steps;
    position.batches_tracked = initial.batches_tracked;
    position.original_names = initial.original_names;
    return position;
}

}  // namespace vkm::train
