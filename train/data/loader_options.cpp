#include <base/error.h>
#include <train/data/loader_options.h>

#include <algorithm>
#include <thread>

namespace vkm::train {
namespace {

void check(const LoaderOptions& o) {
    const auto require = [](bool condition, const char* what) {
        if (!condition) throw Error("data loader: {}", what);
    };
    require(o.batch_size >= 1, "the batch size must be at least 1, see --batch-size");
    require(o.input_size >= 1, "the input size must be at least 1, see --input-size");
    require(o.crop_pct > 0 && o.crop_pct <= 1,
            "the crop percentage must be above 0 and at most 1, see --crop-pct");
    require(o.workers >= 0 && o.workers <= 1024,
            "the number of workers must be between 0 and 1024, see --workers");
    require(o.shuffle_window >= 1, "a window holds at least one image, see --shuffle-window");
    require(o.batches_ahead >= 2, "at least two batches must be held");
    require(o.first_row >= 0 && o.first_row < o.batch_size, "the first row lies outside of the batch");
    require(o.row_count >= 0 && o.row_count <= o.batch_size - o.first_row,
            "the rows lie outside of the batch");
    require(o.epoch >= 0 && o.batch >= 0, "the start lies before the first batch");
}

}  // namespace

LoaderOptions resolved(LoaderOptions o) {
    check(o);
    if (o.workers == 0) o.workers = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (!o.unreadable) o.unreadable = std::make_shared<UnreadableImages>();
    if (o.row_count == 0) o.row_count = o.batch_size - o.first_row;
    if (o.mode == LoaderMode::evaluation) o.augmentation = {};
    if (o.mode != LoaderMode::training) {
        o.shuffle = false;
        o.augmentation.repeats = 1;
        if (o.end_epoch < 0) o.end_epoch = o.epoch + 1;
    }
    return o;
}

}  // namespace vkm::train
