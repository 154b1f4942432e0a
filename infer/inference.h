#pragma once

#include <graph/models/model_config.h>
#include <graph/passes/inference.h>
#include <graph/run/executor.h>
#include <graph/weights/parameters.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vkm::infer {

/// Runs a trained network for one batch size: batch norm is folded into the convolutions, activations and residuals are in
/// their epilogues. On one device a batch is one submit. Several devices are stages: each has a part of the layers, cut by
/// their measured times, and batches that have begun follow one another through them.
class Inference {
  public:
    struct Options {
        int64_t batch_size = 1;
        /// f16 stores activations and weights in half precision.
        graph::DType precision = graph::DType::f32;
        bool profile = false;
        size_t slots = 1;  ///< how many runs may be on their way at a time
        std::function<void(size_t done, size_t total)> compile_progress = {};
    };

    /// Returns how many runs keep so many stages busy.
    static constexpr size_t slots_for(size_t stages) { return graph::steps_in_flight + stages - 1; }

    /// Does what the next one does, on stages.
    Inference(std::vector<graph::PlannedDevice*>, const graph::ModelConfig&, std::optional<graph::StateDict>,
              const Options&);
    /// Uploads trained weights. Throws what match_weights throws where they do not fit the model.
    Inference(graph::PlannedDevice&, const graph::ModelConfig&, graph::StateDict, const Options&);
    /// Uploads freshly initialised weights, for measurements.
    Inference(graph::PlannedDevice&, const graph::ModelConfig&, const Options&);

    const graph::ModelConfig& config() const { return config_; }

    /// Takes images of the input size, [batch, S, S, 3] bytes. Returns the logits, [batch][classes], row by
    /// row; those of rows beyond the given images mean nothing.
    graph::HostTensor run(std::span<const uint8_t> images);

    /// Begins such a run without waiting for its end; finish() returns its logits. At most Options::slots runs may
    /// have begun and not been finished, and they are finished in the order in which they began.
    graph::Executor::Slot begin(std::span<const uint8_t> images);
    graph::HostTensor finish(graph::Executor::Slot);

    /// Throws graph::NonFinite naming the device where one of the first `images` rows of such logits is no
    /// answer, because a number in it is not finite.
    void require_finite(const graph::HostTensor& logits, int64_t images) const;
    /// Does so where row `row` is none.
    void require_finite_row(const graph::HostTensor& logits, int64_t row) const;

    const graph::Graph& graph() const { return graphs_.front(); }
    /// Says which device has which layers; nothing where one has all.
    const std::vector<std::string>& stages() const { return stages_; }
    graph::Executor& executor() { return *executor_; }
    std::vector<engine::DispatchTime> times() const;

  private:
    void place(graph::Graph);

    graph::ModelConfig config_;
    graph::DType storage_;
    std::string device_;
    std::vector<std::unique_ptr<graph::DeviceState>> states_;
    std::vector<graph::Graph> graphs_;  ///< by device
    std::vector<std::string> stages_;
    graph::ValueId images_ = graph::no_value, logits_ = graph::no_value;
    std::unique_ptr<graph::Executor> executor_;
};

/// Returns the graph that such a network runs.
graph::Graph inference_graph(const graph::ModelConfig&, int64_t batch_size, graph::DType precision,
                             graph::Granularity = graph::Granularity::blocks);

}  // namespace vkm::infer
