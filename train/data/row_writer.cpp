#include <base/random.h>
#include <image/crop.h>
#include <image/resize.h>
#include <train/data/row_writer.h>

#include <algorithm>

namespace vkm::train {

RowWriter::RowWriter(std::shared_ptr<const Dataset> dataset, const LoaderOptions& options)
    : dataset_(std::move(dataset)), options_(options) {}

Batch RowWriter::empty_batch() const {
    Batch batch;
    batch.height = batch.width = options_.input_size;
    const auto rows = static_cast<size_t>(options_.row_count);
    batch.labels.resize(rows);
    batch.indices.resize(rows);
    const size_t values = rows * options_.input_size * options_.input_size * 3;
    if (dataset_->kind() == SampleKind::tensor)
        batch.pixels = std::vector<float>(values);
    else
        batch.pixels = std::vector<uint8_t>(values);
    return batch;
}

void RowWriter::write(Batch& batch, int row, uint32_t index) const {
    const Sample sample = dataset_->sample(index);
    const size_t values = size_t{3} * batch.height * batch.width;
    const size_t offset = values * row;
    if (const auto* image = std::get_if<image::Image>(&sample); image && !batch.is_float()) {
        write_image(*image, batch.epoch, index,
                    std::span(std::get<std::vector<uint8_t>>(batch.pixels)).subspan(offset, values));
    } else if (const auto* tensor = std::get_if<image::FloatImage>(&sample); tensor && batch.is_float()) {
        require_input_size(tensor->height, tensor->width, index);
        std::copy(tensor->rgb.begin(), tensor->rgb.end(),
                  std::get<std::vector<float>>(batch.pixels).begin() + static_cast<ptrdiff_t>(offset));
    } else {
        throw DatasetError("{} is not of the kind its data set says", dataset_->name(index));
    }
    batch.labels[static_cast<size_t>(row)] = dataset_->label(index);
    batch.indices[static_cast<size_t>(row)] = index;
}

void RowWriter::write_image(const image::Image& image, int64_t epoch, uint32_t index,
                            std::span<uint8_t> out) const {
    if (options_.augmentation.crop == Crop::random_resized) {
        Random random(RandomStream::random_resized_crop,
                      {options_.seed, static_cast<uint64_t>(epoch), index});
        image::resize_bilinear(
            image, image::random_resized_crop(image.height, image.width, options_.input_size, random), out);
    } else if (dataset_->kind() == SampleKind::photograph) {
        image::resize_bilinear(
            image, image::evaluation_crop(image.height, image.width, options_.input_size, options_.crop_pct),
            out);
    } else {
        require_input_size(image.height, image.width, index);
        std::copy(image.rgb.begin(), image.rgb.end(), out.begin());
    }
}

void RowWriter::require_input_size(int height, int width, uint32_t index) const {
    if (height == options_.input_size && width == options_.input_size) return;
    throw DatasetError("{} is {} x {} pixels but the model's input is {}: pass --input-size {}",
                       dataset_->name(index), width, height, options_.input_size, width);
}

}  // namespace vkm::train
