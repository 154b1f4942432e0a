#include "opened.h"

#include "instance.h"
#include "status.h"

#include <engine/cache/tuning_file.h>
#include <graph/faster_storage.h>
#include <infer/labels/labels.h>

namespace vkm::capi {
namespace {

using graph::DType;

// Opens a device with its tuning.
std::unique_ptr<graph::PlannedDevice> open_device(int32_t device) {
    const uint32_t index = device_index(device);
    graph::DeviceOptions options;
    if (index < instance().devices().size())
        options.kernels.tuning = engine::load_tuning(instance().devices()[index]);
    return graph::open_device(instance(), index, options);
}

DType storage_of(int32_t precision, const graph::PlannedDevice& device, const graph::ModelConfig& model) {
    switch (precision) {
        case VKMBV3_FP32:
            return DType::f32;
        case VKMBV3_AMP:
            if (!device.plan().device.fp16_storage)
                throw UnsupportedDevice("{} has no fp16 storage: use VKMBV3_FP32 or VKMBV3_AUTO",
                                        device.description());
            return DType::f16;
        case VKMBV3_AUTO:
            return graph::faster_storage(device.plan(),
                                         graph::precision_key(model, graph::work_of("inference", 1)));
        default:
            throw InvalidArgument("precision is {}: use VKMBV3_FP32, VKMBV3_AMP or VKMBV3_AUTO", precision);
    }
}

std::string lines(const std::vector<std::string>& texts) {
    std::string result;
    for (const std::string& text : texts)
        result += (result.empty() ? "" : "\n") + text;
    return result;
}

}  // namespace

Opened::Opened(const std::string& weights, const vkmbv3_options& options) {
    graph::ModelFile file = infer::open_model(weights);
    const graph::ModelConfig model = *file.config;
    if (options.labels) file.class_names = infer::read_labels(options.labels, model.num_classes).names;
    notices_ = lines(file.notices);
    names_ = file.class_names;
    for (auto label = static_cast<int64_t>(names_.size()); label < model.num_classes; ++label)
        names_.push_back(std::to_string(label));
    device_ = open_device(options.device);
    description_ = device_->description();
    const DType storage = storage_of(options.precision, *device_, model);
    precision_ = graph::precision_name(storage);
    classifier_ = std::make_unique<infer::Classifier>(*device_, std::move(file),
                                                      infer::Classifier::Options{.precision = storage});
}

}  // namespace vkm::capi
