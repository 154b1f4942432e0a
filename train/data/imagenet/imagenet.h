#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Opens `imagenet:DIR`, ILSVRC2012 as released: class folders for training; validation images in class folders, or
/// flat with the labels of the development kit. Classes are WordNet ids, sorted, or in the order of the kit's
/// ILSVRC ids where options.class_order says so; all of the kit's where one is there that this build reads, else
/// the training folders. Throws DatasetError saying what is missing and how to come by it.
std::shared_ptr<const Dataset> open_imagenet(const std::string& directory, Split split,
                                             const DatasetOptions& options);

}  // namespace vkm::train
