#include "commands/training/seen_images.h"

#include <train/augment/seen.h>
#include <train/data/loader.h>

namespace vkm::apps {

std::vector<image::Image> seen_images(graph::PlannedDevice& device, const graph::ModelConfig& model,
                                      const std::shared_ptr<const train::Dataset>& data,
                                      const train::LoaderOptions& loading) {
    train::Loader loader(data, loading);
    const train::Loader::Lease batch = loader.next();
    graph::StepParams params;
    params.epoch = static_cast<uint32_t>(batch->epoch);
    params.seed_low = static_cast<uint32_t>(loading.seed);
    params.seed_high = static_cast<uint32_t>(loading.seed >> 32);
    return train::to_bytes(train::seen_images(device, model, loading.augmentation, *batch, params));
}

}  // namespace vkm::apps
