#pragma once

#include <graph/models/model_config.h>
#include <graph/weights/model_file.h>
#include <image/image.h>
#include <infer/inference.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vkm::infer {

/// One class of an answer.
struct Prediction {
    int64_t label;       ///< the class's number, from 0
    std::string name;    ///< its name, or its number as text where it has none
    double probability;  ///< 0 to 1, of all classes together 1: the softmax of the logits
};

/// What a classifier makes of an image.
struct Classification {
    std::vector<Prediction> top;  ///< the most probable first; of equals the lower label
    std::vector<double> logits;   ///< one a class, in the classes' order, as the device computed them
};

/// A weights file and an image to labels: a trained network on one device, with the names of its classes.
///
/// An image of any size is prepared as in evaluation: its short side is resized, antialiased, to the model's
/// input size / crop_pct, the middle is cropped, and pixels are normalised by the model's mean and std.
///
/// Everything is read, compiled and uploaded by the constructor. Members are safe to call from several threads
/// at once: they decode and resize at the same time, and take turns on the device. The device itself is not
/// shared: nothing else may use it during a call (engine/vulkan/device.h), and it has to outlive the classifier.
class Classifier {
  public:
    struct Options {
        graph::DType precision =
            graph::DType::f32;  ///< f16: half the memory; the device must have fp16 storage
        /// Called on the constructor's thread while kernels are compiled, which a first start may spend seconds
        /// on.
        std::function<void(size_t done, size_t total)> compile_progress = {};
    };

    /// Opens a weights file of any format (graph/weights/formats.h). Its metadata say which model it is, or else
    /// the names and shapes of its tensors. Throws FileError where it cannot be read; WeightsError where its
    /// content cannot be used or fits no known model; and what the device throws (engine/error.h):
    /// OutOfDeviceMemory, UnsupportedDevice, …
    Classifier(graph::PlannedDevice&, const std::filesystem::path& weights, const Options&);

    /// Weights that were read, as the given model. Throws the same, MissingWeights, UnexpectedWeights and
    /// WeightShapeMismatch where they are not the model's. `class_names` may be fewer than the classes.
    Classifier(graph::PlannedDevice&, const graph::ModelConfig&, graph::StateDict weights,
               std::vector<std::string> class_names, const Options&);

    const graph::ModelConfig& config() const { return network_.config(); }
    int64_t classes() const { return config().num_classes; }
    const std::vector<std::string>& class_names() const { return class_names_; }  ///< may be empty

    /// Classifies an image file (JPEG, PNG, BMP, PNM). `count`: how many classes to name, at most all. Throws
    /// ImageError where it cannot be decoded, and what the device throws: after DeviceLost the classifier is of
    /// no further use, after anything else it is.
    Classification classify(const std::filesystem::path& image, size_t count = 5);
    /// The same of decoded pixels, at least one.
    Classification classify(const image::Image&, size_t count = 5);

  private:
    /// The file has a configuration.
    Classifier(graph::PlannedDevice&, graph::ModelFile, const Options&);

    std::vector<std::string> class_names_;
    std::mutex device_;  ///< held by whoever runs the network
    Inference network_;
};

}  // namespace vkm::infer
