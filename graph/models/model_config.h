#pragma once

#include <base/error.h>
#include <base/preparation.h>
#include <graph/models/model.h>

#include <array>
#include <optional>

namespace vkm::graph {

/// Reports a model option that cannot be: an unknown model or option, or a value out of range. The message
/// names the option.
class ConfigError : public Error {
  public:
    using Error::Error;
};

/// Says whether a width below 1 narrows the classifier's features too.
enum class Head : uint8_t {
    scaled,  ///< yes: torchvision's V3
    full     ///< no: V2, the V3 paper, TensorFlow, timm
};

/// Holds everything that decides a network's layers, and how its images are prepared.
/// The defaults here are V3's.
struct ModelConfig {
    Model model = default_model();
    double width = 1;
    int64_t num_classes = 1000;
    int64_t input_size = 224;
    int64_t stem_stride = 2;
    int64_t block1_stride = 2;  ///< of the first strided bottleneck
    double dropout = 0.2;
    Padding padding = Padding::symmetric;
    Head head = Head::scaled;
    SeOrder se_order = SeOrder::after;
    double bn_eps = 1e-3;
    double bn_momentum = 0.01;
    std::array<double, 3> mean{0.485, 0.456, 0.406};  ///< ImageNet's, of pixels in 0..1
    std::array<double, 3> std{0.229, 0.224, 0.225};
    EvalResize eval_resize = EvalResize::short_side;
    Interpolation interpolation = Interpolation::bilinear;
    double crop_pct = 0.875;

    bool operator==(const ModelConfig&) const = default;
};

/// Returns a model under its own defaults.
ModelConfig model_config_of(const Model&);

/// Returns the same of a model given by name. Known are the names of models() and timm's spellings
/// ("mobilenetv3_large_075", "mobilenetv2_100", also with a tag: ".ra_in1k"), which set the width as well.
/// timm's prefix "tf_" stands for TensorFlow's conventions: SAME padding, the full head, epsilon 1e-3,
/// momentum 0.01, images scaled to -1..1. MindCV's spellings ("mobilenet_v3_large_100", "mobilenet_v2_075_192")
/// set the width and, where they end with it, the input size. A name that ends with .yaml is a file's (model_yaml.h), and a text
/// of several lines is what such a file holds. Throws ConfigError listing the models.
ModelConfig model_config(std::string_view name);

struct ModelOption {
    std::string_view name;  ///< "width"
    std::string help;       ///< one sentence of what it is
};

/// Returns every model option; "model" is the first.
const std::vector<ModelOption>& model_options();

/// Returns `base` with options changed. "model" comes first. Another model than the base's starts from that
/// model's defaults; the same one keeps the base (but for what a timm spelling sets). Another "eval-resize" than the
/// base's brings its own crop-pct where none is given: squashing keeps the whole image. Throws ConfigError on an
/// unknown option or a bad value.
ModelConfig with_options(const ModelConfig& base, const ModelOptions&);

/// Returns every option of a configuration, for weight files and run directories:
/// with_options({}, to_options(c)) == c. A model that has no name of its own stands there as YAML text.
ModelOptions to_options(const ModelConfig&);

/// Returns the configuration in a weight file's metadata, or nothing where no model is named. Keys that are
/// no model options are ignored.
std::optional<ModelConfig> config_in_metadata(const std::map<std::string, std::string>& metadata);

}  // namespace vkm::graph
