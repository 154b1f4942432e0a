#include <graph/place/chain.h>
#include <train/batched_step.h>

#include <utility>

namespace vkm::train {
namespace {

BatchValues moved(const BatchValues& values, const std::vector<graph::ValueId>& to) {
    const auto at = [&](graph::ValueId id) {
        return id == graph::no_value ? id : to.at(static_cast<size_t>(id));
    };
    return {.images = at(values.images),
            .tables = at(values.tables),
            .programs = at(values.programs),
            .labels = at(values.labels),
            .sample_terms = at(values.sample_terms),
            .class_weights = at(values.class_weights),
            .params = at(values.params),
            .metrics = at(values.metrics)};
}

// Returns how many nodes a batch has up to its loss.
size_t forward_of(const StepGraph& step) {
    return static_cast<size_t>(step.graph.value(step.metrics).producer) + 1;
}

}  // namespace

BatchedTraining batched_training(const graph::ModelConfig& model, const Recipe& recipe,
                                 const StepShape& shape, size_t batches) {
    StepGraph last = training_step(model, recipe, shape);
    last.params = last.graph.step_params();
    if (batches == 1) {
        const graph::BatchedStep::Batch batch{0, forward_of(last)};
        return {std::move(last), {batch}};
    }
    StepGraph before = accumulating_step(model, recipe, shape);
    before.params = before.graph.step_params();
    std::vector<const graph::Graph*> graphs(batches - 1, &before.graph);
    graphs.push_back(&last.graph);
    graph::ChainedGraph chained = graph::chain(graphs);
    BatchedTraining training{last, {}};
    for (size_t i = 0; i < batches; ++i) {
        const StepGraph& batch = i + 1 < batches ? before : last;
        training.batches.push_back({chained.begins[i], chained.begins[i] + forward_of(batch)});
        if (i + 1 < batches) training.step.before.push_back(moved(before, chained.moved[i]));
    }
    training.step.graph = std::move(chained.graph);
    training.step.update += chained.begins.back();
    return training;
}

std::vector<StepGraph> split_in_stages(const BatchedTraining& training, const graph::StageLayers& layers) {
    std::vector<StepGraph> stages;
    for (graph::Graph& graph : graph::split_in_stages(training.parts(), layers)) {
        stages.push_back(training.step);
        stages.back().graph = std::move(graph);
    }
    return stages;
}

}  // namespace vkm::train
