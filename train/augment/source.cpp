#include <graph/ops/scale_images.h>
#include <image/filter.h>
#include <train/augment/source.h>

#include <algorithm>

namespace vkm::train {
namespace {

using graph::ops::ScaleTable;
using image::Rectangle;
using image::ResizeFilter;
using image::Taps;

/// Holds how one direction of an image is scaled: which positions of the result are made of which of the source.
struct Axis {
    ResizeFilter filter;
    int begin, size;   ///< of the result's positions
    int first, count;  ///< of the source's
    int most_taps;
};

Axis scaled(Interpolation interpolation, int source, int target, int begin, int size) {
    Axis axis{ResizeFilter(interpolation, source, target, begin, size), begin, size, 0, 0, 0};
    axis.first = axis.filter.at(begin).first;
    const Taps last = axis.filter.at(begin + size - 1);
    axis.count = last.first + last.count - axis.first;
    for (int i = begin; i < begin + size; ++i)
        axis.most_taps = std::max(axis.most_taps, axis.filter.at(i).count);
    return axis;
}

Axis columns_of(const Framing& f) {
    const image::Resize& r = f.resize;
    return scaled(f.interpolation, r.crop.width, r.width, r.window.left, r.window.width);
}
Axis rows_of(const Framing& f) {
    const image::Resize& r = f.resize;
    return scaled(f.interpolation, r.crop.height, r.height, r.window.top, r.window.height);
}

Rectangle part_of(const Framing& f, const Axis& rows, const Axis& columns) {
    return {f.cut.top + f.resize.crop.top + rows.first, f.cut.left + f.resize.crop.left + columns.first,
            rows.count, columns.count};
}

/// Writes an axis' entries and returns where the next may stand.
int64_t write_entries(const Axis& axis, std::vector<int32_t>& table, int64_t at) {
    const int64_t entry = ScaleTable::weights + axis.most_taps;
    for (int i = 0; i < axis.size; ++i, at += entry) {
        const Taps taps = axis.filter.at(axis.begin + i);
        int32_t* const words = &table[static_cast<size_t>(at)];
        words[ScaleTable::first] = taps.first - axis.first;
        words[ScaleTable::count] = taps.count;
        for (int k = 0; k < taps.count; ++k)
            words[ScaleTable::weights + k] = taps.weight(k);
    }
    return at;
}

void write_table(Source& source, const SourceLayout& layout, const Framing& f) {
    source.table.assign(static_cast<size_t>(layout.table_words()), 0);
    source.table[ScaleTable::width] = source.pixels.width;
    source.table[ScaleTable::height] = source.pixels.height;
    source.table[ScaleTable::mirrored] = (f.flipped ? ScaleTable::horizontal_flip : 0) |
                                         (f.flipped_vertically ? ScaleTable::vertical_flip : 0);
}

void write_weights(Source& source, const Axis& rows, const Axis& columns) {
    std::vector<int32_t>& table = source.table;
    table[ScaleTable::column_stride] = static_cast<int32_t>(ScaleTable::weights) + columns.most_taps;
    table[ScaleTable::row_stride] = static_cast<int32_t>(ScaleTable::weights) + rows.most_taps;
    table[ScaleTable::columns] = ScaleTable::header_words;
    table[ScaleTable::rows] = static_cast<int32_t>(write_entries(columns, table, ScaleTable::header_words));
    write_entries(rows, table, table[ScaleTable::rows]);
}

/// Returns the framing of an image that is scaled already.
Framing framing_of_scaled(const Framing& f, int size) {
    const Rectangle all{0, 0, size, size};
    return {all, {all, size, size, all}, Interpolation::bilinear, f.flipped, f.flipped_vertically};
}

}  // namespace

bool Source::operator==(const Source& other) const {
    return pixels.height == other.pixels.height && pixels.width == other.pixels.width &&
           pixels.rgb == other.pixels.rgb && table == other.table && program == other.program;
}

Rectangle needed_part(const Framing& f) {
    return part_of(f, rows_of(f), columns_of(f));
}

void frame(Source& source, const SourceLayout& layout, const Framing& f, image::Image pixels,
           const Rectangle& part) {
    const Axis rows = rows_of(f), columns = columns_of(f);
    const Rectangle needed = part_of(f, rows, columns);
    pixels = image::cut(std::move(pixels),
                        {needed.top - part.top, needed.left - part.left, needed.height, needed.width});
    const bool fits = int64_t{3} * needed.height * needed.width <= layout.pixel_bytes() &&
                      needed.height <= layout.most_rows &&
                      std::max(rows.most_taps, columns.most_taps) <= layout.most_taps;
    if (fits) {
        source.pixels = std::move(pixels);
        write_table(source, layout, f);
        write_weights(source, rows, columns);
        return;
    }
    const Rectangle of_crop{needed.top - f.cut.top - f.resize.crop.top,
                            needed.left - f.cut.left - f.resize.crop.left, needed.height, needed.width};
    const bool scaled = f.resize.height != f.resize.crop.height || f.resize.width != f.resize.crop.width;
    source.pixels = scaled ? image::resize_part(pixels, of_crop, f.resize, f.interpolation)
                           : image::cut(std::move(pixels), {f.resize.window.top - of_crop.top,
                                                            f.resize.window.left - of_crop.left,
                                                            f.resize.window.height, f.resize.window.width});
    write_table(source, layout, f);
    if (layout.most_rows == 0) return;
    const Framing rest = framing_of_scaled(f, static_cast<int>(layout.size));
    write_weights(source, rows_of(rest), columns_of(rest));
}

}  // namespace vkm::train
