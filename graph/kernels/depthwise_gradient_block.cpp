#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_costs.h>
#include <graph/kernels/depthwise_gradient_block.h>

#include <algorithm>

namespace vkm::graph {
namespace {

namespace cost = depthwise_cost;
using Of = DepthwiseGradientInputs;

double taps_of(const Of& of) {
    return static_cast<double>(of.kernel * of.kernel);
}

// Returns the outputs that reach so many inputs.
int64_t reaching(int64_t inputs, const Of& of) {
    return (of.kernel - 1) / of.stride + divide_up(inputs, of.stride);
}

double reaching(int64_t x, int64_t y, const Of& of) {
    return static_cast<double>(reaching(x, of) * reaching(y, of));
}

// Counts blocks, or tiles, of an image, but for one more that odd padding may begin.
double count_of(int64_t width, int64_t height, const Of& of) {
    return static_cast<double>(int64_t{divide_up(of.input.w, width)} * divide_up(of.input.h, height));
}

double products_of(const OutputTile& tile, const Of& of) {
    return taps_of(of) / static_cast<double>(of.stride * of.stride) * cost::multiply_add * tile.x * tile.y;
}

// Returns the instructions of a kernel for each gradient, for an image's column: of what an invocation forms and reads
// over and over for tiles of its own.
double cost_apart(const KernelPlan& plan, const Of& of) {
    const bool narrow = of.kernel <= 3;
    OutputTile tile = within(tile_of(plan.kernels, narrow && of.stride == 1), of.input);
    tile.x = u32(align_up(tile.x, of.stride));
    tile.y = u32(align_up(tile.y, of.stride));
    const double input_grad =
        count_of(tile.x, tile.y, of) *
        (reaching(tile.x, tile.y, of) * (2 * cost::fetch + cost::form) + taps_of(of) * cost::weight +
         products_of(tile, of) + cost::finish_gradient * tile.x * tile.y);

    const OutputTile read = weight_grad_tile(plan.kernels, of.kernel, of.stride, of.output);
    const int64_t rows = read.by_kernel_rows ? 1 : of.kernel, times = read.by_kernel_rows ? of.kernel : 1;
    const double inputs = static_cast<double>(((read.x - 1) * of.stride + of.kernel) *
                                              ((read.y - 1) * of.stride + rows)),
                 outputs = read.x * read.y;
    const double tiles = divide_up(of.output.w, read.x) * divide_up(of.output.h, read.y);
    const double weight_grad =
        tiles * static_cast<double>(times) *
        (outputs * (2 * cost::fetch + cost::form) + inputs * (cost::fetch + cost::normalise) +
         static_cast<double>(rows * of.kernel) * cost::multiply_add * outputs);
    return input_grad + weight_grad;
}

// Instructions of a pair, of which a quad has two (shaders/include/pairs.glsl): of a place that is formed and staged, and of
// what a tile reads, and makes of an input.
constexpr double of_place = 31, of_read = 5, of_weight = 3, of_product = 2, of_input = 56;
constexpr int64_t run = 4, runs_at_once = 2;  // of places in a row

int64_t runs_of(const DepthwiseBlock& block, const Of& of) {
    return reaching(block.height(), of) * divide_up(reaching(block.width(), of), run);
}

// Strands without a tile, and lanes without a column, wait for the others.
double cost_together(const DepthwiseBlock& block, const Of& of, uint32_t workgroup) {
    const int64_t columns = of.input.quads(), groups = divide_up(columns, block.lanes);
    const int64_t strands = workgroup / (2 * divide_up(columns, groups));
    const OutputTile& tile = block.tile;
    const double places = divide_up(runs_of(block, of), runs_at_once * strands) * runs_at_once * run,
                 tiles = divide_up(int64_t{block.tiles_x} * block.tiles_y, strands);
    const double of_tile = reaching(tile.x, tile.y, of) * of_read + taps_of(of) * of_weight +
                           2 * products_of(tile, of) / cost::multiply_add * of_product +
                           of_input * tile.x * tile.y;
    return count_of(block.width(), block.height(), of) * static_cast<double>(groups) * workgroup *
           (places * of_place + tiles * of_tile) / static_cast<double>(columns);
}

// Returns whether an invocation has registers for its pair: the sums of all taps, those of a tile, its inputs as they are
// stored and normalised, and the weights and gradients of the rows in use. RADV spills none on gfx1100 then.
bool has_registers(const KernelPlan& plan, const OutputTile& tile, const Of& of) {
    constexpr int64_t registers = 6;  // for each accumulator of a product, which takes four and what feeds it
    const int64_t rows_in_use = std::min<int64_t>(of.kernel, tile.y);
    const int64_t words =
        2 * of.kernel * (of.kernel + rows_in_use) + 5 * tile.x * tile.y + 2 * reaching(tile.x, of);
    return words <= registers * plan.kernels.accumulators;
}

}  // namespace

std::optional<DepthwiseBlock> depthwise_gradient_block(const KernelPlan& plan, const Of& of) {
    const uint32_t workgroup = plan.kernels.workgroup;
    const int64_t bytes = of.storage == Storage::f32 ? 16 : 8, weight_bytes = 16;  // of a quad
    constexpr uint64_t gathered_bytes = 64;  // an invocation: shaders/include/column_sums.glsl
    const uint64_t taken = gathered_bytes * workgroup + arrival_shared_bytes;
    if (plan.device.shared_memory_bytes < taken) return {};
    const auto most_bytes = static_cast<int64_t>(
        std::min<uint64_t>(plan.kernels.depthwise_staged_bytes, plan.device.shared_memory_bytes - taken));
    const auto usable = [&](const DepthwiseBlock& block) {
        const auto& [x, y, by_rows] = block.tile;
        const double workgroups = static_cast<double>(of.input.n * divide_up(of.input.quads(), block.lanes)) *
                                  count_of(block.width(), block.height(), of);
        const int64_t staged =
            block.lanes * (bytes * runs_of(block, of) * run + weight_bytes * of.kernel * of.kernel);
        return x % of.stride == 0 && y % of.stride == 0 && has_registers(plan, block.tile, of) &&
               workgroups >= plan.kernels.least_workgroups && staged <= most_bytes;
    };
    constexpr OutputTile tiles[] = {{7, 1}, {4, 1}, {4, 2}, {2, 2}, {2, 1}};
    return cheapest_block(tiles, of.input, plan.kernels.depthwise_staged_share * cost_apart(plan, of), usable,
                          [&](const DepthwiseBlock& block) { return cost_together(block, of, workgroup); });
}

}  // namespace vkm::graph
