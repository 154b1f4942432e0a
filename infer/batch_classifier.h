#pragma once

#include <graph/run/planned_device.h>
#include <graph/weights/model_file.h>
#include <image/decode/decode.h>
#include <infer/classification.h>

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace vkm::infer {

/// Classifies many images with one network on one device or several. Threads read and prepare images ahead of
/// the devices, a bounded number of them; each device takes the next batch that is ready. A device gives the same
/// bits whatever the batch size, the number of threads and the other devices. Or the devices are stages of one network
/// (Inference), through which batches follow one another.
class BatchClassifier {
  public:
    struct Options {
        int64_t batch_size = 32;
        int workers = 0;  ///< threads that read images; 0: one a core
        graph::DType precision = graph::DType::f32;
        std::function<void(size_t done, size_t total)> compile_progress = {};
        bool staged = false;  ///< several devices each have a part of the layers
    };

    /// Takes a weights file's content, as the network of its configuration, which it must have. Throws what the
    /// classifier of single images throws.
    BatchClassifier(std::vector<graph::PlannedDevice*>, graph::ModelFile, const Options&);
    ~BatchClassifier();

    /// Says which device has which layers, where they are stages.
    const std::vector<std::string>& stages() const;
    const graph::ModelConfig& config() const;
    const std::vector<std::string>& class_names() const;  ///< may be empty

    using Result = std::variant<Classification, Unclassified>;

    /// Gives the chosen part of an image's pixels, or throws ImageError.
    using Read = std::function<image::Image(size_t image, const image::ChoosePart&)>;

    /// Classifies images 0 .. images - 1. Several threads call `read` at once; this thread calls `take` for each image, in order, with its `count` most probable
    /// classes. Throws what a device throws, or what `take` does.
    void run(size_t images, const Read& read, size_t count,
             const std::function<void(size_t image, const Result&)>& take);

  private:
    struct Replica;

    graph::ModelFile file_;
    Options options_;
    std::vector<std::unique_ptr<Replica>> replicas_;
};

}  // namespace vkm::infer
