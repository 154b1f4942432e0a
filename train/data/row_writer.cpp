#include <image/decode/recycle.h>
#include <train/augment/source.h>
#include <train/data/row_writer.h>

#include <algorithm>
#include <cmath>

namespace vkm::train {
namespace {

/// Rounds as timm: pixels of 0..1 become bytes.
PolicyInput policy_input(const LoaderOptions& options) {
    PolicyInput input{.size = options.input_size};
    for (size_t c = 0; c < input.mean.size(); ++c)
        input.mean[c] = static_cast<uint8_t>(std::clamp(std::nearbyint(255 * options.mean[c]), 0.0, 255.0));
    return input;
}

}  // namespace

RowWriter::RowWriter(std::shared_ptr<const Dataset> dataset, const LoaderOptions& options)
    : dataset_(std::move(dataset)),
      options_(options),
      pixels_(pixel_type(*dataset_, options.augmentation)),
      layout_(source_layout(options.input_size, options.augmentation, options.scaling)),
      policy_input_(policy_input(options)) {
    if (!options.augmentation.policy.empty())
        policy_ = parse_policy(options.augmentation.policy, options.augmentation.interpolation);
}

Batch RowWriter::empty_batch() const {
    Batch batch;
    batch.first_row = options_.first_row;
    batch.height = batch.width = options_.input_size;
    const auto rows = static_cast<size_t>(options_.row_count);
    batch.labels.resize(rows);
    batch.indices.resize(rows);
    const size_t values = rows * options_.input_size * options_.input_size * 3;
    switch (pixels_) {
        case PixelType::bytes:
            batch.pixels = std::vector<uint8_t>(values);
            break;
        case PixelType::floats:
            batch.pixels = std::vector<float>(values);
            break;
        case PixelType::sources:
            batch.pixels = std::vector<Source>(rows);
            break;
        case PixelType::features:
            batch.pixels = std::vector<FeatureRow>(rows);
            break;
    }
    return batch;
}

void RowWriter::write(Batch& batch, int row, uint32_t index, int64_t repeat) const {
    if (auto* sources = std::get_if<std::vector<Source>>(&batch.pixels)) {
        const int64_t position = batch.number * options_.batch_size + options_.first_row + row;
        write_source((*sources)[static_cast<size_t>(row)],
                     {options_.seed, batch.epoch, index, repeat, position});
    } else if (auto* features = std::get_if<std::vector<FeatureRow>>(&batch.pixels)) {
        (*features)[static_cast<size_t>(row)] = dataset_->features(index, batch.epoch);
    } else {
        write_values(batch, row, index);
    }
    batch.labels[static_cast<size_t>(row)] = dataset_->label(index);
    batch.indices[static_cast<size_t>(row)] = index;
}

void RowWriter::write_values(Batch& batch, int row, uint32_t index) const {
    const Sample sample = dataset_->sample(index);
    const auto offset = static_cast<ptrdiff_t>(size_t{3} * batch.height * batch.width * row);
    const auto* const image = std::get_if<image::Image>(&sample);
    const auto* const tensor = std::get_if<image::FloatImage>(&sample);
    if (auto* bytes = std::get_if<std::vector<uint8_t>>(&batch.pixels); bytes && image) {
        require_input_size(image->height, image->width, index);
        std::ranges::copy(image->rgb, bytes->begin() + offset);
    } else if (auto* floats = std::get_if<std::vector<float>>(&batch.pixels); floats && tensor) {
        require_input_size(tensor->height, tensor->width, index);
        std::ranges::copy(tensor->rgb, floats->begin() + offset);
    } else {
        throw DatasetError("{} is not of the kind its data set says", dataset_->name(index));
    }
}

void RowWriter::write_source(Source& source, const DrawKey& key) const {
    const Augmentation& augmentation = options_.augmentation;
    Framing framing;
    image::Rectangle part;
    image::recycle(std::move(source.pixels));
    image::Image pixels = dataset_->part(key.sample, [&](int height, int width) {
        const bool drawn = dataset_->kind() == SampleKind::drawing;
        if (drawn && augmentation.crop != Crop::random_resized) require_input_size(height, width, key.sample);
        EvaluationFraming evaluation{options_.crop_pct, options_.eval_resize, options_.interpolation};
        if (drawn) evaluation = {.crop_pct = 1};
        framing = draw_framing(augmentation, key, height, width, options_.input_size, evaluation);
        const image::Rectangle all{0, 0, height, width};
        part = common(needed_part(framing), all);
        if (part.height <= 0 || part.width <= 0) part = all;  // shifted out of sight
        return part;
    });
    frame(source, layout_, framing, std::move(pixels), part);
    if (layout_.program.empty()) return;
    source.program.resize(static_cast<size_t>(layout_.program.words()));
    write_program(layout_.program, draw_operations(augmentation, policy_.get(), key, policy_input_),
                  draw_erasures(augmentation, key, options_.input_size), source.program);
}

void RowWriter::require_input_size(int height, int width, uint32_t index) const {
    if (height == options_.input_size && width == options_.input_size) return;
    throw DatasetError("{} is {} x {} pixels but the model's input is {}: pass --input-size {}",
                       dataset_->name(index), width, height, options_.input_size, width);
}

}  // namespace vkm::train
