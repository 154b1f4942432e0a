#include <bench/agreement.h>
#include <image/decode/decode.h>
#include <infer/classifier.h>

namespace vkm::bench {

Agreement agreement(graph::PlannedDevice& device, const std::filesystem::path& data,
                    const std::function<bool()>& stop) {
    const std::filesystem::path weights = data / "models/mobilenet_v3_small_imagenet_tf.pth";
    const std::filesystem::path archive = data / "data/imagenet-sample.tar";
    for (const std::filesystem::path& file : {weights, archive})
        if (!std::filesystem::exists(file)) throw NoPhotographs("there is no {}", file.string());
    // Trained by TensorFlow: its padding and its range of pixels.
    const graph::ModelConfig config = graph::model_config("tf_mobilenetv3_small_100");
    const graph::ModelFile file = graph::read_model_file(weights);
    infer::Classifier in_fp32(device, config, file.weights, {}, {});
    infer::Classifier in_fp16(device, config, file.weights, {}, {.precision = graph::DType::f16});
    Agreement found;
    each_photograph(archive, [&](const std::string& name, std::span<const uint8_t> bytes) {
        const image::Image image = image::decode_image(bytes, name);
        const int64_t expected = in_fp32.classify(image, 1).top.at(0).label;
        found.same += in_fp16.classify(image, 1).top.at(0).label == expected ? 1 : 0;
        ++found.photographs;
        return !stop();
    });
    if (found.photographs == 0) throw NoPhotographs("there is no photograph in {}", archive.string());
    return found;
}

}  // namespace vkm::bench
