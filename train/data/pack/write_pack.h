#pragma once

#include <base/preparation.h>
#include <train/data/dataset.h>

#include <atomic>
#include <filesystem>
#include <functional>

namespace vkm::train {

/// Says what an image becomes in a pack file.
enum class PackedAs : uint8_t {
    jpeg,  ///< the file as it is where it is not resized, else a JPEG; what is no file stays pixels
    raw    ///< pixels
};

struct PackOptions {
    int short_side = 0;  ///< images with a longer one are scaled down to it, as Pillow does; 0: none is
    Interpolation interpolation = Interpolation::bilinear;
    PackedAs as = PackedAs::jpeg;
    int quality = 95;   ///< of JPEGs that are written, 1 .. 100
    uint64_t seed = 0;  ///< of the order in which training images lie
    int workers = 0;    ///< threads; 0: one a core. Changes no byte
};

struct PackSource {
    Split split;
    std::shared_ptr<const Dataset> data;
};

struct PackSummary {
    int64_t images = 0, unreadable = 0;
    uint64_t bytes = 0;
};

/// Is called after each image, of `total`.
using PackProgress = std::function<void(int64_t done, int64_t total)>;

/// Writes the images of one or two data sets, with the same classes, into a pack file that appears whole or not at all.
/// Training images lie in an order drawn by the seed, so that windows of them are a mixture; others lie as they are.
/// Memory is that of some images a worker, and of the index. Images that cannot be read are named and left out.
/// Returns nothing where `stop` ended it. Throws DatasetError where there are none, or they are no photographs;
/// FileError where the file cannot be written or another file is there that is no pack file.
std::optional<PackSummary> write_pack(const std::filesystem::path&, const std::vector<PackSource>&,
                                      const PackOptions&, const PackProgress&, const std::atomic<bool>& stop);

}  // namespace vkm::train
