#pragma once

#include <graph/executor.h>
#include <graph/models/model_config.h>
#include <graph/passes/inference.h>
#include <graph/weights/parameters.h>

#include <memory>
#include <optional>

namespace vkm::graph {

/// A trained network on one device for one batch size: batch norm folded into the convolutions, activations
/// and residuals in their epilogues, one submit a batch.
class Inference {
  public:
    struct Options {
        int64_t batch_size = 1;
        DType precision = DType::f32;  ///< f16: activations and weights are stored in half precision
        bool profile = false;
        std::function<void(size_t done, size_t total)> compile_progress = {};
    };

    /// Throws what match_weights throws where the weights do not fit the model.
    Inference(engine::Device&, const ModelConfig&, StateDict, const Options&);
    /// Freshly initialised weights, for measurements.
    Inference(engine::Device&, const ModelConfig&, const Options&);

    const ModelConfig& config() const { return config_; }

    /// Images of the input size, [batch, S, S, 3] bytes; rows beyond what is given are computed too and are
    /// worth nothing. Returns the logits, [batch][classes], row by row.
    HostTensor run(std::span<const uint8_t> images);

    const Graph& graph() const { return *graph_; }
    Executor& executor() { return *executor_; }
    std::vector<engine::DispatchTime> times() const;

  private:
    Inference(engine::Device&, const ModelConfig&, std::optional<StateDict>, const Options&);

    ModelConfig config_;
    std::unique_ptr<DeviceState> state_;
    std::unique_ptr<Graph> graph_;
    ValueId images_ = no_value, logits_ = no_value;
    std::unique_ptr<Executor> executor_;
};

/// The graph such a network runs.
Graph inference_graph(const ModelConfig&, int64_t batch_size, DType precision,
                      Granularity = Granularity::blocks);

}  // namespace vkm::graph
