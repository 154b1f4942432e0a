#include <graph/kernels/grid_variants.h>
#include <graph/ops/scale_images.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>

namespace vkm::graph::ops {
namespace {

constexpr int64_t weight_bits = 22, word_bytes = 4;
// Pixels of a column that one invocation filters: it reads the column's weights once.
constexpr int64_t pixels_of_a_strand = 8;

/// Reads one image's row of the tables.
struct TableRow {
    const HostTensor& tables;
    int64_t n;

    int64_t operator[](int64_t word) const { return static_cast<int64_t>(tables.at(n, 0, 0, word)); }

    /// Filters positions first .. of `pixel` as the entry says, and rounds.
    template <typename Pixel>
    double filtered(int64_t entry, const Pixel& pixel) const {
        const auto& row = *this;
        int64_t sum = int64_t{1} << (weight_bits - 1);
        for (int64_t k = 0; k < row[entry + ScaleTable::count]; ++k)
            sum += row[entry + ScaleTable::weights + k] *
                   static_cast<int64_t>(pixel(row[entry + ScaleTable::first] + k));
        return static_cast<double>(std::clamp<int64_t>(sum >> weight_bits, 0, 255));
    }
};

class ScaleImagesOperator final : public OperatorWith<ScaleImages> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "scale_images"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const TensorType &images = inputs[0], &tables = inputs[1];
        if (images.dtype != DType::u8 || images.shape.c % word_bytes != 0 || tables.dtype != DType::i32 ||
            tables.shape.n != images.shape.n)
            throw ShapeError("{} and {} are no images with their tables", images.text(), tables.text());
        return {{DType::i32, {images.shape.n, attributes().size, attributes().size, 1}}};
    }

    void lower(Lowering& lowering) const override {
        const TensorType &images = lowering.input_type(0), &tables = lowering.input_type(1);
        const TensorType& out = lowering.output_type();
        if (attributes().most_rows == 0) return lower_unpacking(lowering);
        const int64_t size = attributes().size, most_rows = attributes().most_rows;
        const int64_t narrowed_bytes = most_rows * size * word_bytes;
        const Region narrowed = lowering.scratch(images.shape.n * narrowed_bytes, "narrowed");
        const uint32_t workgroup = choose_workgroup(lowering);
        const uint32_t strands = divide_up(most_rows, pixels_of_a_strand);
        for (const Window& w : lowering.windows(images.shape.n, {images.image_bytes(), tables.image_bytes(),
                                                                 narrowed_bytes, out.image_bytes()})) {
            const Region between = narrowed.units(w.first, w.count, narrowed_bytes);
            lowering.dispatch<shaders::ScaleAlong>(
                {.constants = {.workgroup = workgroup},
                 .bindings = {.images = lowering.input_images(0, w),
                              .tables = lowering.input_images(1, w),
                              .y = between},
                 .push = {.images = u32(w.count),
                          .size = u32(size),
                          .most_rows = u32(most_rows),
                          .strands = strands,
                          .image_words = u32(images.shape.c / word_bytes),
                          .table_words = u32(tables.shape.c)},
                 .groups = fold_workgroups(divide_up(w.count * strands * size, workgroup), lowering.plan())});
            lowering.dispatch<shaders::ScaleAcross>(
                {.constants = {.workgroup = workgroup},
                 .bindings = {.x = between,
                              .tables = lowering.input_images(1, w),
                              .y = lowering.output_images(w)},
                 .push = {.images = u32(w.count),
                          .size = u32(size),
                          .most_rows = u32(most_rows),
                          .table_words = u32(tables.shape.c)},
                 .groups = fold_workgroups(divide_up(w.count * size * size, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        for (int64_t n = 0; n < call.in(0).shape.n; ++n) {
            const TableRow row{call.in(1), n};
            if (attributes().most_rows > 0)
                scale(call.in(0), n, row, call.out());
            else if (row[ScaleTable::width] > 0)
                unpack(call.in(0), n, row, call.out());
        }
    }

  private:
    void lower_unpacking(Lowering& lowering) const {
        const TensorType &images = lowering.input_type(0), &tables = lowering.input_type(1);
        const int64_t size = attributes().size;
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(images.shape.n, {images.image_bytes(), tables.image_bytes(),
                                                                 lowering.output_type().image_bytes()}))
            lowering.dispatch<shaders::UnpackImages>(
                {.constants = {.workgroup = workgroup},
                 .bindings = {.images = lowering.input_images(0, w),
                              .tables = lowering.input_images(1, w),
                              .y = lowering.output_images(w)},
                 .push = {.images = u32(w.count),
                          .size = u32(size),
                          .image_words = u32(images.shape.c / word_bytes),
                          .table_words = u32(tables.shape.c)},
                 .groups = fold_workgroups(divide_up(w.count * size * size, workgroup), lowering.plan())});
    }

    /// Returns where a pixel of the result comes from.
    struct Place {
        int64_t i, j;
    };
    Place place_of(const TableRow& row, int64_t y, int64_t x) const {
        const int64_t mirrored = row[ScaleTable::mirrored], last = attributes().size - 1;
        return {(mirrored & ScaleTable::vertical_flip) != 0 ? last - y : y,
                (mirrored & ScaleTable::horizontal_flip) != 0 ? last - x : x};
    }

    void unpack(const HostTensor& images, int64_t n, const TableRow& row, HostTensor& out) const {
        const int64_t size = attributes().size;
        for (int64_t y = 0; y < size; ++y)
            for (int64_t x = 0; x < size; ++x) {
                const auto [i, j] = place_of(row, y, x);
                for (int64_t c = 0; c < 3; ++c)
                    out.at(n, y, x, 0) +=
                        static_cast<double>(1 << (8 * c)) * images.at(n, 0, 0, 3 * (i * size + j) + c);
            }
    }

    void scale(const HostTensor& images, int64_t n, const TableRow& row, HostTensor& out) const {
        const int64_t size = attributes().size, width = row[ScaleTable::width],
                      height = row[ScaleTable::height];
        HostTensor narrowed({1, height, size, 3});
        for (int64_t y = 0; y < height; ++y)
            for (int64_t x = 0; x < size; ++x)
                for (int64_t c = 0; c < 3; ++c)
                    narrowed.at(0, y, x, c) = row.filtered(
                        row[ScaleTable::columns] + x * row[ScaleTable::column_stride],
                        [&](int64_t at) { return images.at(n, 0, 0, 3 * (y * width + at) + c); });
        for (int64_t y = 0; y < size; ++y)
            for (int64_t x = 0; x < size; ++x) {
                const auto [i, j] = place_of(row, y, x);
                double pixel = 0;
                for (int64_t c = 0; c < 3; ++c)
                    pixel +=
                        static_cast<double>(1 << (8 * c)) *
                        row.filtered(row[ScaleTable::rows] + i * row[ScaleTable::row_stride],
                                     [&, column = j](int64_t at) { return narrowed.at(0, at, column, c); });
                out.at(n, y, x, 0) = pixel;
            }
    }
};

}  // namespace

std::shared_ptr<const Operator> scale_images(const ScaleImages& scale) {
    return std::make_shared<ScaleImagesOperator>(scale);
}

}  // namespace vkm::graph::ops
