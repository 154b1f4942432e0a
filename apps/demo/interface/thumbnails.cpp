#include "interface/thumbnails.h"

#include <image/decode/decode.h>
#include <image/resize.h>

#include <algorithm>

namespace vkm::demo {
namespace {

// Returns the middle square of a picture file; grey where it cannot be read.
Rgba square(const std::string& file) {
    constexpr int side = Thumbnails::side;
    try {
        const image::Image picture = image::decode_image(std::filesystem::path(file), {.at_least = side});
        const int edge = std::min(picture.width, picture.height);
        return shown(image::resize_bilinear(picture, {.crop = {(picture.height - edge) / 2,
                                                               (picture.width - edge) / 2, edge, edge},
                                                      .height = side,
                                                      .width = side,
                                                      .window = {0, 0, side, side}}),
                     side);
    } catch (const std::exception&) {
        return {side, side, std::vector<uint8_t>(size_t{side} * side * 4, 128)};
    }
}

}  // namespace

Thumbnails::Thumbnails(engine::Presenter& presenter, std::function<void()> arrived)
    : presenter_(presenter),
      arrived_(std::move(arrived)),
      texture_(presenter.make_texture(columns * side, rows * side)),
      cells_(size_t{columns} * rows) {}

void Thumbnails::take_arrived() {
    std::vector<Read> reads;
    {
        const std::lock_guard lock(mutex_);
        reads.swap(reads_);
    }
    for (const Read& read : reads) {
        Cell& cell = cells_[read.cell];
        if (cell.file != read.file) continue;  // another has taken the place meanwhile
        const auto place = static_cast<int>(read.cell);
        presenter_.update(texture_, {place % columns * side, place / columns * side, side, side},
                          read.pixels.pixels);
        cell.ready = true;
    }
}

Thumbnails::Place Thumbnails::find(const std::filesystem::path& path) {
    take_arrived();
    const std::string file = path.string();
    const auto known = by_file_.find(file);
    if (known == by_file_.end()) {
        const auto oldest = std::ranges::min_element(cells_, {}, &Cell::drawn);
        if (oldest->drawn >= picture_) return {};  // all are in this picture
        const auto place = static_cast<size_t>(oldest - cells_.begin());
        by_file_.erase(oldest->file);
        *oldest = {file, picture_, false};
        by_file_[file] = place;
        reader_.add([this, place, file] {
            Rgba pixels = square(file);
            {
                const std::lock_guard lock(mutex_);
                reads_.push_back({place, file, std::move(pixels)});
            }
            arrived_();
        });
        return {};
    }
    Cell& cell = cells_[known->second];
    cell.drawn = picture_;
    if (!cell.ready) return {};
    const auto column = static_cast<float>(known->second % columns),
               row = static_cast<float>(known->second / columns);
    return {texture_, column / columns, row / rows, (column + 1) / columns, (row + 1) / rows};
}

}  // namespace vkm::demo
