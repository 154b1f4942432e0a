#include <graph/flat_buffers.h>
#include <graph/weights/parameters.h>
#include <train/statistics_estimator.h>

#include <cstring>
#include <numeric>
#include <vector>

namespace vkm::train {
namespace {

using graph::Graph;
using graph::Role;
using graph::ValueId;

// Returns the values by the ids that another graph of the network has for them.
ParameterValues renumbered(const ParameterValues& values, const Graph& from, const Graph& to) {
    std::map<std::string_view, ValueId> by_name;
    for (const ValueId id : graph::weights_of(from))
        by_name[from.value(id).info->name] = id;
    ParameterValues result;
    for (const ValueId id : graph::weights_of(to))
        result[id] = values.at(by_name.at(to.value(id).info->name));
    return result;
}

// Adds a device's running statistics to the sums, weighted by its share of the batch.
void add(std::vector<double>& sums, std::span<const std::byte> states, double weight) {
    sums.resize(states.size() / sizeof(float));
    for (size_t i = 0; i < sums.size(); ++i) {
        float value = 0;
        std::memcpy(&value, states.data() + i * sizeof value, sizeof value);
        sums[i] += weight * value;
    }
}

std::vector<std::byte> mean(const std::vector<double>& sums, double weight) {
    std::vector<std::byte> bytes(sums.size() * sizeof(float));
    for (size_t i = 0; i < sums.size(); ++i) {
        const auto value = static_cast<float>(sums[i] / weight);
        std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
    }
    return bytes;
}

// Returns a model beside the one that trains: on all its devices, each of which estimates by its share of a batch, as it
// trains. Stages train on whole batches, which the first device alone then takes: shares of them would be another
// estimate, and by how the layers' times were measured each time another.
ModelOnDevices for_estimates(const ModelOnDevices& training) {
    ModelOnDevices model = training.beside();
    if (training.count_of_statistics() == 1 && model.count() > 1) {
        std::vector<size_t> others(model.count() - 1);
        std::iota(others.begin(), others.end(), size_t{1});
        model.drop(others);
    }
    return model;
}

}  // namespace

StatisticsEstimator::StatisticsEstimator(const ModelOnDevices& training, const graph::ModelConfig& model,
                                         const Recipe& recipe, PixelType pixels,
                                         const StepExecutor::Progress& compile_progress)
    : model_(for_estimates(training)),
      executor_(
          model_, recipe.batch_size, pixels,
          [&](const StepShape& shape) { return statistics_step(model, recipe, shape); }, compile_progress) {}

void StatisticsEstimator::estimate(const Graph& training, ParameterValues& values, Loader& loader,
                                   int64_t batches, const ParamsOf& params_of) {
    const Graph& graph = executor_.step().graph;
    const ValueId states = graph::flat_buffer(graph, Role::state);
    if (states == graph::no_value || batches <= 0) return;
    model_.load(graph, renumbered(values, training, graph));
    std::vector<double> sums;
    double weight = 0;
    for (int64_t i = 0; i < batches; ++i) {
        const Loader::Lease batch = loader.next();
        if (!batch) break;
        graph::Executor& executor = executor_.executor();
        const graph::Executor::Slot slot = executor.begin();
        executor_.feed(slot, *batch, params_of(*batch));
        executor.submit(slot);
        executor.wait(slot);
        const std::vector<std::vector<std::byte>> all = model_.read_all(graph, states);
        for (size_t device = 0; device < all.size(); ++device) {
            const auto share = static_cast<double>(executor_.shares()[device].count);
            add(sums, all[device], share);
            weight += share;
        }
    }
    const std::vector<std::byte> estimated = mean(sums, weight);
    std::map<std::string_view, ValueId> by_name;
    for (const ValueId id : graph::weights_of(graph))
        by_name[graph.value(id).info->name] = id;
    for (auto& [id, tensor] : values) {
        const graph::Value& value = graph.value(by_name.at(training.value(id).info->name));
        if (value.role != Role::state) continue;
        tensor = graph::from_bytes(
            std::span<const std::byte>(estimated).subspan(static_cast<size_t>(value.view_offset),
                                                          static_cast<size_t>(value.type.bytes())),
            value.type);
    }
}

}  // namespace vkm::train
