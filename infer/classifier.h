#pragma once

#include <graph/models/model_config.h>
#include <graph/weights/model_file.h>
#include <image/image.h>
#include <infer/classification.h>
#include <infer/inference.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vkm::infer {

/// Opens a weights file of any format (graph/weights/formats.h) whose model is known: its metadata say which, or
/// else the names and shapes of its tensors do. Throws FileError where the file cannot be read and WeightsError
/// where its content cannot be used or fits no known model.
graph::ModelFile open_model(const std::filesystem::path& weights);

/// Turns an image into labels: a trained network on one device, with the names of its classes.
///
/// Images may have any size. Each is prepared as in evaluation: scaled, antialiased, and cropped as the model's
/// eval_resize, interpolation and crop_pct say, and normalised by its mean and std.
///
/// The constructor reads, compiles and uploads everything. Members are safe to call from several threads at
/// once: they decode and resize at the same time, and take turns on the device. Nothing else may use the
/// device during a call (engine/vulkan/device.h), and it has to outlive the classifier.
class Classifier {
  public:
    struct Options {
        /// f16 takes half the memory; the device must have fp16 storage.
        graph::DType precision = graph::DType::f32;
        /// Called on the constructor's thread while kernels are compiled; a first start may
        /// spend seconds on that.
        std::function<void(size_t done, size_t total)> compile_progress = {};
    };

    /// Opens a weights file. Throws what open_model() throws, and what the device does (engine/error.h):
    /// OutOfDeviceMemory, UnsupportedDevice, …
    Classifier(graph::PlannedDevice&, const std::filesystem::path& weights, const Options&);

    /// Takes what open_model() returned. Throws what the device throws.
    Classifier(graph::PlannedDevice&, graph::ModelFile, const Options&);

    /// Takes weights that were read, as the given model's. Throws the same, and MissingWeights,
    /// UnexpectedWeights or WeightShapeMismatch where they are not the model's. `class_names` may
    /// be fewer than the classes.
    Classifier(graph::PlannedDevice&, const graph::ModelConfig&, graph::StateDict weights,
               std::vector<std::string> class_names, const Options&);

    const graph::ModelConfig& config() const { return network_.config(); }
    int64_t classes() const { return config().num_classes; }
    const std::vector<std::string>& class_names() const { return class_names_; }  ///< may be empty

    /// Classifies an image file of a format that decode_image() reads and names the `count` most probable
    /// classes, or all if there are fewer. Throws ImageError where the file cannot be decoded, graph::NonFinite
    /// where the network's outputs are no numbers, and what the device throws. After DeviceLost the classifier
    /// is of no further use; after any other error it is.
    Classification classify(const std::filesystem::path& image, size_t count = 5);
    /// Classifies decoded pixels, at least one.
    Classification classify(const image::Image&, size_t count = 5);

  private:
    std::vector<std::string> class_names_;
    std::mutex device_;  ///< held by whoever runs the network
    Inference network_;
};

}  // namespace vkm::infer
