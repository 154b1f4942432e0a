#include <graph/kernels/flat_pieces.h>

#include <algorithm>

namespace vkm::graph {
namespace {

constexpr int64_t piece_quads = 2048, piece_rows = 32, piece_columns = piece_workgroup;

}  // namespace

std::vector<FlatPiece> pieces_of(const ParameterRanges& ranges) {
    std::vector<FlatPiece> pieces;
    for (size_t i = 0; i < ranges.size(); ++i)
        for (int64_t done = 0; done < ranges[i].quads(); done += piece_quads)
            pieces.push_back({.first = ranges[i].first_quad + done,
                              .quads = std::min(piece_quads, ranges[i].quads() - done),
                              .range = i});
    return pieces;
}

std::vector<FlatPiece> column_pieces_of(const ParameterRanges& ranges) {
    std::vector<FlatPiece> pieces;
    for (size_t i = 0; i < ranges.size(); ++i) {
        const ParameterRange& range = ranges[i];
        for (int64_t row = 0; row < range.rows; row += piece_rows)
            for (int64_t column = 0; column < range.row_quads; column += piece_columns) {
                const int64_t rows = std::min(piece_rows, range.rows - row);
                pieces.push_back({.first = range.first_quad + row * range.row_quads,
                                  .quads = rows * range.row_quads,
                                  .range = i,
                                  .rows = rows,
                                  .row_quads = range.row_quads,
                                  .column = column,
                                  .columns = std::min(piece_columns, range.row_quads - column)});
            }
    }
    return pieces;
}

std::vector<PieceWindow> piece_windows(const Lowering& lowering, const std::vector<FlatPiece>& pieces) {
    const engine::DevicePlan& device = lowering.plan().device;
    const auto aligned = std::max<int64_t>(1, static_cast<int64_t>(device.binding_alignment) / 16);
    const auto most = static_cast<int64_t>(device.window_bytes) / 16;
    std::vector<PieceWindow> windows;
    for (size_t i = 0; i < pieces.size(); ++i) {
        const int64_t end = pieces[i].first + pieces[i].quads;
        if (windows.empty() || end - windows.back().quads.first > most) {
            const int64_t first = pieces[i].first / aligned * aligned;
            if (end - first > most)
                throw ShapeError("{} rows of weights cannot be bound at once: use a narrower network",
                                 pieces[i].rows);
            windows.push_back({{first, 0}, i, 0});
        }
        PieceWindow& window = windows.back();
        window.quads.count = std::max(window.quads.count, end - window.quads.first);
        ++window.count;
    }
    return windows;
}

Region piece_table(Lowering& lowering, const std::vector<FlatPiece>& pieces) {
    std::vector<uint32_t> words;
    for (const FlatPiece& piece : pieces)
        for (const int64_t word : {piece.first, piece.quads, static_cast<int64_t>(piece.range), piece.rows,
                                   piece.row_quads, piece.column, piece.columns, int64_t{0}})
            words.push_back(u32(word));
    return lowering.table(std::as_bytes(std::span(words)), "pieces");
}

std::vector<std::pair<uint32_t, uint32_t>> pieces_by_range(const std::vector<FlatPiece>& pieces,
                                                           size_t ranges) {
    std::vector<std::pair<uint32_t, uint32_t>> result(ranges);
    for (size_t i = 0; i < pieces.size(); ++i) {
        auto& [first, count] = result.at(pieces[i].range);
        if (count == 0) first = static_cast<uint32_t>(i);
        ++count;
    }
    return result;
}

}  // namespace vkm::graph
