#pragma once

#include <graph/models/model_config.h>
#include <graph/passes/inference.h>
#include <graph/run/executor.h>
#include <graph/weights/parameters.h>

#include <memory>
#include <optional>

namespace vkm::infer {

/// A trained network on one device for one batch size: batch norm folded into the convolutions, activations
/// and residuals in their epilogues, one submit a batch.
class Inference {
  public:
    struct Options {
        int64_t batch_size = 1;
        graph::DType precision =
            graph::DType::f32;  ///< f16: activations and weights are stored in half precision
        bool profile = false;
        std::function<void(size_t done, size_t total)> compile_progress = {};
    };

    /// Throws what match_weights throws where the weights do not fit the model.
    Inference(graph::PlannedDevice&, const graph::ModelConfig&, graph::StateDict, const Options&);
    /// Freshly initialised weights, for measurements.
    Inference(graph::PlannedDevice&, const graph::ModelConfig&, const Options&);

    const graph::ModelConfig& config() const { return config_; }

    /// Images of the input size, [batch, S, S, 3] bytes; rows beyond what is given are computed too and are
    /// worth nothing. Returns the logits, [batch][classes], row by row.
    graph::HostTensor run(std::span<const uint8_t> images);

    const graph::Graph& graph() const { return *graph_; }
    graph::Executor& executor() { return *executor_; }
    std::vector<engine::DispatchTime> times() const;

  private:
    Inference(graph::PlannedDevice&, const graph::ModelConfig&, std::optional<graph::StateDict>,
              const Options&);

    graph::ModelConfig config_;
    std::unique_ptr<graph::DeviceState> state_;
    std::unique_ptr<graph::Graph> graph_;
    graph::ValueId images_ = graph::no_value, logits_ = graph::no_value;
    std::unique_ptr<graph::Executor> executor_;
};

/// The graph such a network runs.
graph::Graph inference_graph(const graph::ModelConfig&, int64_t batch_size, graph::DType precision,
                             graph::Granularity = graph::Granularity::blocks);

}  // namespace vkm::infer
