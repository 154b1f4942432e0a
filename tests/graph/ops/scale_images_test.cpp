#include "graph/support/operator_test.h"

#include <graph/ops/scale_images.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using ops::ScaleTable;

// Each of `size` positions is made of up to three neighbours of `source` ones, with weights of any sign.
constexpr int64_t taps = 3, entry = ScaleTable::weights + taps;

void write_entries(HostTensor& tables, int64_t n, int64_t at, int64_t source, int64_t size) {
    for (int64_t i = 0; i < size; ++i, at += entry) {
        const int64_t first = i * source / size, count = std::min(taps, source - first);
        tables.at(n, 0, 0, at + ScaleTable::first) = static_cast<double>(first);
        tables.at(n, 0, 0, at + ScaleTable::count) = static_cast<double>(count);
        for (int64_t k = 0; k < count; ++k)
            tables.at(n, 0, 0, at + ScaleTable::weights + k) =
                static_cast<double>((k == 1 ? -1 : 1) * (1 << 21) + 7919 * (i + k + n));
    }
}

Build scaled(int64_t images, int64_t size, int64_t image_bytes, int64_t most_rows) {
    return [=](Graph& graph, DType) {
        const int64_t words = ScaleTable::header_words + 2 * size * entry;
        const ValueId pixels = graph.input("images", {DType::u8, {images, 1, 1, image_bytes}});
        const ValueId tables = graph.input("tables", {DType::i32, {images, 1, 1, (words + 63) / 64 * 64}});
        return graph.add1("scale", ops::scale_images({size, most_rows}), {pixels, tables});
    };
}

/// Fills places with images of other sizes each, the last with none.
Options options_for(int64_t size, int64_t most_rows) {
    Options options;
    options.gradients = options.fp16 = false;
    options.fill["images"] = [](HostTensor& images) {
        for (size_t i = 0; i < images.values.size(); ++i)
            images.values[i] = static_cast<double>(i * 7919 % 251);
    };
    options.fill["tables"] = [=](HostTensor& tables) {
        std::fill(tables.values.begin(), tables.values.end(), 0);
        for (int64_t n = 0; n + 1 < tables.shape.n; ++n) {
            const int64_t width = 1 + n * 5 % 17, height = 1 + n * 7 % most_rows;
            const auto put = [&](ScaleTable::Word word, int64_t value) {
                tables.at(n, 0, 0, word) = static_cast<double>(value);
            };
            put(ScaleTable::width, width);
            put(ScaleTable::height, height);
            put(ScaleTable::column_stride, entry);
            put(ScaleTable::row_stride, entry);
            put(ScaleTable::columns, ScaleTable::header_words);
            put(ScaleTable::rows, ScaleTable::header_words + size * entry);
            put(ScaleTable::mirrored, n % 4);
            write_entries(tables, n, ScaleTable::header_words, width, size);
            write_entries(tables, n, ScaleTable::header_words + size * entry, height, size);
        }
    };
    return options;
}

TEST(ScaleImagesTest, MatchesReferenceOnImagesOfAnySize) {
    expect_matches_reference(scaled(9, 11, 1024, 19), options_for(11, 19));
}

TEST(ScaleImagesTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(scaled(40, 8, 1 << 16, 19), options_for(8, 19));
}

TEST(ScaleImagesTest, MatchesReferenceOnImagesThatAreScaledAlready) {
    Options options = options_for(11, 19);
    expect_matches_reference(scaled(9, 11, 512, 0), options);
}

TEST(ScaleImagesTest, RefusesOtherThanImagesAndTables) {
    Graph graph;
    const ValueId floats = graph.input("images", f32({2, 8, 8, 3}));
    EXPECT_THROW(graph.add1("scale", ops::scale_images({8, 8}), {floats, floats}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
