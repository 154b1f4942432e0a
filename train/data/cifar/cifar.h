#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Opens the binary releases. DIR is cifar-10-batches-bin or cifar-100-binary, or the folder that holds it.
/// The images, 32 x 32 pixels, are held in memory. CIFAR-100 has its fine labels.
std::shared_ptr<const Dataset> open_cifar10(const std::string& directory, Split split,
                                            const DatasetOptions& options);
std::shared_ptr<const Dataset> open_cifar100(const std::string& directory, Split split,
                                             const DatasetOptions& options);

}  // namespace vkm::train
