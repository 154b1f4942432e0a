#include <graph/weights/strangers.h>
#include <image/crop.h>
#include <image/decode/decode.h>
#include <infer/classifier.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vkm::infer {
namespace {

std::vector<Prediction> most_probable(const std::vector<double>& logits, size_t count,
                                      const std::vector<std::string>& names) {
    // The largest is subtracted so that exp() does not overflow: it cancels out.
    const double largest = *std::ranges::max_element(logits);
    double sum = 0;
    for (const double logit : logits)
        sum += std::exp(logit - largest);
    std::vector<size_t> order(logits.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](size_t label) { return logits[label]; });
    order.resize(std::min(count, order.size()));
    std::vector<Prediction> top;
    for (const size_t label : order)
        top.push_back({static_cast<int64_t>(label),
                       label < names.size() ? names[label] : std::to_string(label),
                       std::exp(logits[label] - largest) / sum});
    return top;
}

}  // namespace

graph::ModelFile open_model(const std::filesystem::path& weights) {
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
    if (image.height < 1 || image.width < 1 ||
        image.rgb.size() != size_t{3} * static_cast<size_t>(image.height) * static_cast<size_t>(image.width))
        throw image::ImageError("an image of {} x {} pixels cannot have {} bytes", image.width, image.height,
                                image.rgb.size());
    const image::Image input = image::resize_bilinear(
        image, image::evaluation_crop(image.height, image.width, static_cast<int>(config().input_size),
                                      config().crop_pct));
    Classification result;
    {
        const std::lock_guard lock(device_);
        graph::HostTensor logits = network_.run(input.rgb);
        network_.require_finite(logits, 1);
        result.logits = std::move(logits.values);
    }
    result.top = most_probable(result.logits, count, class_names_);
    return result;
}

}  // namespace vkm::infer
