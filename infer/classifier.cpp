#include <graph/weights/strangers.h>
#include <image/decode/decode.h>
#include <infer/classifier.h>
#include <infer/preparation.h>

namespace vkm::infer {
namespace {

// Refuses a larger file before memory is taken for it: no network that is known here comes near.
constexpr uintmax_t most_bytes = uintmax_t{4} << 30;

}  // namespace

graph::ModelFile open_model(const std::filesystem::path& weights) {
    std::error_code unknown;
    if (std::filesystem::is_regular_file(weights, unknown) &&
        std::filesystem::file_size(weights, unknown) > most_bytes)
        throw graph::WeightsError(
            "{}: it is larger than {} GB, which no network has that is known here: name its weights file",
            weights.string(), most_bytes >> 30);
    graph::ModelFile file = graph::read_model_file(weights);
    if (!file.config)
        throw graph::WeightsError("{}: {}", weights.string(), graph::describe_strangers(file.weights));
    return file;
}

Classifier::Classifier(graph::PlannedDevice& device, const std::filesystem::path& weights,
                       const Options& options)
    : Classifier(device, open_model(weights), options) {}

Classifier::Classifier(graph::PlannedDevice& device, const graph::ModelConfig& config,
                       graph::StateDict weights, std::vector<std::string> class_names, const Options& options)
    : Classifier(device, graph::ModelFile{std::move(weights), config, std::move(class_names)}, options) {}

Classifier::Classifier(graph::PlannedDevice& device, graph::ModelFile file, const Options& options)
    : class_names_(std::move(file.class_names)),
      network_(
          device, *file.config, std::move(file.weights),
          {.batch_size = 1, .precision = options.precision, .compile_progress = options.compile_progress}) {}

Classification Classifier::classify(const std::filesystem::path& image, size_t count) {
    return classify(image::decode_image(image), count);
}

Classification Classifier::classify(const image::Image& image, size_t count) {
    std::vector<uint8_t> input(input_bytes(config()));
    prepare(image, config(), input);
    graph::HostTensor logits;
    {
        const std::lock_guard lock(device_);
        logits = network_.run(input);
    }
    network_.require_finite(logits, 1);
    return classification_of(std::move(logits.values), count, class_names_);
}

}  // namespace vkm::infer
