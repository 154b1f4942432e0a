#include <graph/weights/safetensors.h>
#include <train/data/tensors.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace vkm::train {
namespace {

using graph::NamedTensor;
using graph::WeightType;

constexpr int64_t most_classes = 1'000'000;

const NamedTensor& find(const graph::StateDict& tensors, const char* name, WeightType type, size_t dimensions,
                        const char* expected, const std::string& file) {
    const NamedTensor* tensor = tensors.find(name);
    if (!tensor) throw DatasetError("{}: holds no tensor '{}': it must be {}", file, name, expected);
    if (tensor->dtype != type || tensor->shape.size() != dimensions) {
        throw DatasetError("{}: tensor '{}' is {} of {} dimensions but must be {}", file, name,
                           graph::type_name(tensor->dtype), tensor->shape.size(), expected);
    }
    return *tensor;
}

std::vector<int> read_labels(const NamedTensor& tensor, int64_t class_limit, const std::string& file) {
    std::vector<int> labels;
    for (size_t offset = 0; offset < tensor.data.size(); offset += sizeof(int64_t)) {
        int64_t label = 0;
        std::memcpy(&label, &tensor.data[offset], sizeof label);
        if (label < 0 || label >= class_limit) {
            throw DatasetError(
                "{}: label {} of image {} is out of range: {} classes are numbered from 0 to {}, see "
                "--num-classes",
                file, label, labels.size(), class_limit, class_limit - 1);
        }
        labels.push_back(static_cast<int>(label));
    }
    return labels;
}

class Tensors : public Dataset {
  public:
    Tensors(const std::string& file, const DatasetOptions& options) : file_(file) {
        const graph::StateDict tensors = graph::read_safetensors(file);
        const NamedTensor& images =
            find(tensors, "images", WeightType::f32, 4, "float32 [N, 3, height, width]", file);
        const NamedTensor& labels = find(tensors, "labels", WeightType::i64, 1, "int64 [N]", file);
        const std::vector<int64_t>& shape = images.shape;
        if (shape[0] == 0) throw DatasetError("{}: holds no images", file);
        if (shape[0] > std::numeric_limits<int32_t>::max())
            throw DatasetError("{}: holds too many images", file);
        if (shape[1] != 3) throw DatasetError("{}: images have {} channels instead of 3", file, shape[1]);
        if (shape[2] != options.input_size || shape[3] != options.input_size) {
            throw DatasetError(
                "{}: images are {} x {} pixels but the model's input is {}: pass --input-size, or make "
                "the images anew; tensors are not resized",
                file, shape[3], shape[2], options.input_size);
        }
        if (labels.shape[0] != shape[0]) {
            throw DatasetError("{}: holds {} images but {} labels", file, shape[0], labels.shape[0]);
        }
        side_ = options.input_size;
        labels_ = read_labels(labels, options.num_classes > 0 ? options.num_classes : most_classes, file);
        planes_ = graph::to_floats(images);
    }

    size_t size() const override { return labels_.size(); }
    int num_classes() const override { return *std::max_element(labels_.begin(), labels_.end()) + 1; }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    SampleKind kind() const override { return SampleKind::tensor; }
    int label(size_t index) const override { return labels_.at(index); }
    std::string name(size_t index) const override { return fmt::format("{} image {}", file_, index); }

    Sample sample(size_t index) const override {
        const size_t plane = static_cast<size_t>(side_) * side_;
        const float* planes = &planes_.at(3 * plane * index);
        image::FloatImage image{side_, side_, std::vector<float>(3 * plane)};
        for (size_t i = 0; i < plane; ++i) {
            for (size_t channel = 0; channel < 3; ++channel)
                image.rgb[3 * i + channel] = planes[channel * plane + i];
        }
        return image;
    }

  private:
    std::string file_;
    int side_ = 0;
    std::vector<float> planes_;  ///< [N, 3, side, side]
    std::vector<int> labels_;
    std::vector<std::string> class_names_;  ///< none
};

}  // namespace

std::shared_ptr<const Dataset> open_tensors(const std::string& file, Split, const DatasetOptions& options) {
    return std::make_shared<Tensors>(file, options);
}

}  // namespace vkm::train
