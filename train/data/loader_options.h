#pragma once

#include <base/preparation.h>
#include <train/augment/source_layout.h>
#include <train/data/unreadable_images.h>

#include <array>
#include <cstdint>
#include <memory>

namespace vkm::train {

/// Says what happens at the end of an epoch and to samples that cannot be read. Training delivers full
/// batches only, epoch after epoch, and puts another sample in such a sample's place. Evaluation delivers
/// every sample once, the last batch as short as it has to be, and leaves such samples out. A survey does so, too, and
/// shows each as training would see it in that epoch.
enum class LoaderMode { training, evaluation, survey };

/// A window and the next are read ahead: of photographs at 256 pixels half a gigabyte as JPEG, four as raw pixels.
inline constexpr int64_t default_shuffle_window = 8192;

struct LoaderOptions {
    LoaderMode mode = LoaderMode::training;
    int batch_size = 128;  ///< of the whole batch, over all devices and processes
    int input_size = 224;
    EvalResize eval_resize = EvalResize::short_side;
    Interpolation interpolation = Interpolation::bilinear;  ///< of evaluation
    double crop_pct = 0.875;
    /// The loader draws it; all of it happens on the device, in the step. None in evaluation.
    Augmentation augmentation = {};
    Scaling scaling = Scaling::by_device;  ///< must be that of the steps
    std::array<double, 3> mean{};          ///< of the model's normalisation: timm's policies fill with it
    bool shuffle = true;                   ///< ignored in evaluation, which is in order
    /// Samples that are shuffled among one another, of data that are read as they lie (Dataset::reading_order).
    int64_t shuffle_window = default_shuffle_window;
    uint64_t seed = 0;

    int workers = 0;        ///< threads; 0: one a core
    int batches_ahead = 3;  ///< batches held at most, those with the consumer included; at least 2

    /// The rows of every batch that this process wants; the others are never read.
    /// row_count 0: all from first_row on.
    int first_row = 0, row_count = 0;

    /// The first batch delivered: number `batch` of this epoch.
    int64_t epoch = 0, batch = 0;
    int64_t end_epoch = -1;  ///< ends before this epoch; -1: never in training, after one epoch in evaluation

    /// Names and counts what cannot be read, for all the loaders that share it; null: for this one.
    std::shared_ptr<UnreadableImages> unreadable = {};
};

/// Returns the options with every choice made explicit, so that nobody else needs the mode's defaults. Throws
/// vkm::Error for options out of range.
LoaderOptions resolved(LoaderOptions);

}  // namespace vkm::train
