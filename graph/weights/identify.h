#pragma once

#include <graph/graph.h>
#include <graph/models/model_config.h>
#include <graph/weights/dialect.h>
#include <graph/weights/state_dict.h>
#include <graph/weights/tensor_names.h>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace vkm::graph {

/// Returns the parameters and running statistics of a model, in torchvision's order.
std::vector<ParameterInfo> weight_list(const ModelConfig&);

/// Says which network a list of tensors holds, and which tensor is which of its weights.
struct Identified {
    ModelConfig config;
    const Dialect* dialect = nullptr;
    std::string prefix;          ///< in front of its names: "module."
    bool has_classifier = true;  ///< false: its layers are absent, and config.num_classes means nothing
    static constexpr size_t absent = ~size_t{0};
    std::vector<size_t> tensors = {};   ///< which tensor each weight of weight_list(config) is, or absent
    std::vector<size_t> counters = {};  ///< and its num_batches_tracked, of running variances
    /// Which tensor each weight is that the authors' files hold and nothing uses (unused_weights), or absent.
    std::vector<size_t> without_use = {};
    std::vector<size_t> unused = {};  ///< the tensors it has no place for
    std::string note = {};  ///< of a classifier of its own: what was assumed of it, or why it is none here
};

/// Tells networks by the names and shapes of their weights. What it learns of the networks there are serves
/// every list of tensors that it is asked about.
class Recogniser {
  public:
    Recogniser();
    ~Recogniser();

    /// Returns every network whose names and shapes are among those given: under any prefix, with wrapping
    /// modules within ("features.module.0"), at any width up to 16, and with tensors to spare. Names and
    /// shapes are all it looks at. Options that leave no trace in them are the model's defaults, or what the
    /// dialect assumes.
    std::vector<Identified> identify_all(std::span<const NamedTensor>);

    /// Returns every network whose convolutions and fully connected layers have these shapes in this order,
    /// whatever they are called; of a model the one of the most usual width. With `behind`, as many of the
    /// shapes follow the last convolution, and need not be the network's.
    std::vector<ModelConfig> identify_layers(std::span<const std::vector<int64_t>> shapes,
                                             std::optional<size_t> behind = {});

  private:
    class Candidates;
    Candidates& candidates(const Dialect&, const Model&);
    /// Says where a file's names are: behind a prefix, and without what they begin with in the dialect.
    struct Place {
        std::string prefix;
        std::string_view without = {};
    };
    /// Says whose classifiers are taken: the models', or a file's own where it is none of these.
    enum class Heads : uint8_t { of_models, own };
    std::optional<Identified> identify_as(const Dialect&, const Model&, std::span<const NamedTensor>,
                                          const TensorNames&, const Place&, Heads);
    std::optional<Identified> identify_in(const Dialect&, std::span<const NamedTensor>, const TensorNames&,
                                          const Place&, Heads);

    std::map<std::pair<const Dialect*, std::string>, std::unique_ptr<Candidates>> candidates_;
};

/// Returns the configuration of the first of these with a classifier, or nothing.
std::optional<ModelConfig> identify(const StateDict&);

/// Returns whether shapes differ in trailing ones at most: a 1x1 convolution on a vector is a matrix.
bool same_but_for_ones(std::span<const int64_t> a, std::span<const int64_t> b);

}  // namespace vkm::graph
