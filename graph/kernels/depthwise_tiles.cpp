#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_tiles.h>

namespace vkm::graph {

DepthwiseGeometry depthwise_geometry(const ops::Depthwise& depthwise, const Shape& input,
                                     const Shape& weights) {
    return {slide(input.h, weights.h, depthwise.stride, depthwise.padding),
            slide(input.w, weights.w, depthwise.stride, depthwise.padding)};
}

OutputTile tile_of(const KernelDefaults& kernels, DepthwiseTile preferred) {
    const auto [x, y] = preferred ? preferred : kernels.depthwise_tile;
    return {x, y};
}
OutputTile tile_of(const KernelDefaults& kernels, bool narrow) {
    return tile_of(kernels, narrow ? kernels.depthwise_narrow_tile : DepthwiseTile{});
}

OutputTile weight_grad_tile(const KernelDefaults& kernels, int64_t kernel, int64_t stride,
                            const Shape& outputs) {
    const bool by_rows = kernels.column_tree && kernel * kernel > kernels.accumulators;
    OutputTile tile = tile_of(kernels, kernel <= 3);
    if (stride > 1) tile = tile_of(kernels, kernels.depthwise_strided_tile);
    if (by_rows && kernels.depthwise_rows_tile) tile = tile_of(kernels, kernels.depthwise_rows_tile);
    tile = within(tile, outputs);
    tile.by_kernel_rows = by_rows;
    return tile;
}

OutputTile within(OutputTile tile, const Shape& outputs) {
    while (tile.x > 1 && tile.x / 2 >= outputs.w)
        tile.x /= 2;
    while (tile.y > 1 && tile.y / 2 >= outputs.h)
        tile.y /= 2;
    return tile;
}

OutputTile filling(const KernelDefaults& kernels, OutputTile tile, const Shape& output) {
    const auto workgroups = [&] {
        const int64_t tiles = int64_t{divide_up(output.h, tile.y)} * divide_up(output.w, tile.x);
        return divide_up(output.n * tiles * output.quads(), kernels.workgroup);
    };
    while (workgroups() < kernels.least_workgroups && tile.x * tile.y > 1)
        (tile.y > 1 ? tile.y : tile.x) /= 2;
    return tile;
}

std::string name_of(const OutputTile& tile) {
    return fmt::format("{}x{}{}", tile.x, tile.y, tile.by_kernel_rows ? ", by kernel rows" : "");
}

std::vector<Variant<OutputTile>> tiles_for(OutputTile standard, int64_t step) {
    std::vector<Variant<OutputTile>> variants;
    const auto add = [&](OutputTile tile) {
        tile.x = divide_up(tile.x, step) * static_cast<uint32_t>(step);
        tile.y = divide_up(tile.y, step) * static_cast<uint32_t>(step);
        variants.push_back({name_of(tile), tile});
    };
    add(standard);
    for (const auto& [x, y] :
         {std::pair{4u, 2u}, {2u, 2u}, {2u, 4u}, {4u, 1u}, {2u, 1u}, {1u, 2u}, {8u, 1u}, {1u, 1u}})
        add({x, y, standard.by_kernel_rows});
    return variants;
}

double depthwise_flops(const Shape& output, const Shape& weights, int64_t images) {
    return 2.0 * static_cast<double>(images * output.h * output.w * output.c * weights.h * weights.w);
}

}  // namespace vkm::graph
