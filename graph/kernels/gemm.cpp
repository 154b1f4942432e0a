#include <graph/kernels/gemm.h>
#include <graph/kernels/matrix_tile.h>
#include <graph/kernels/sum_parts.h>

#include <algorithm>
#include <iterator>

namespace vkm::graph {
namespace {

using engine::DeviceClass;
using shaders::GemmCooperative;
using shaders::GemmDirect;
using shaders::GemmShared;
using shaders::GemmShuffle;

// Costs are in multiply-adds of a quad of C by a term: an invocation's rows, plus what it loads in a
// step. On lavapipe this model is within a few percent of what was measured (bench/NOTES.md).

GemmTile shuffle_tile(const KernelPlan& plan, uint32_t cluster, uint32_t rows) {
    const uint32_t shares = divide_up(rows, cluster);
    return {.workgroup = plan.device.subgroup_size,
            .skeleton = GemmShuffle{.subgroup = plan.device.subgroup_size, .cluster = cluster, .rows = rows},
            .rows = int64_t{plan.device.subgroup_size} / cluster * rows,
            .quads = cluster,
            .step_cost = 4.0 * (rows + plan.kernels.load_cost * 4 + plan.kernels.share_cost * shares)};
}

constexpr uint32_t narrowest_cluster = 4;

// Returns clusters as wide as the subgroup allows, narrower ones for few columns, and fewer rows for few.
std::vector<GemmTile> shuffle_tiles(const KernelPlan& plan) {
    const uint32_t widest = plan.kernels.gemm_cluster;
    std::vector<GemmTile> tiles;
    for (uint32_t cluster = widest; cluster >= narrowest_cluster; cluster /= 2)
        tiles.push_back(shuffle_tile(plan, cluster, plan.kernels.accumulators));
    for (const uint32_t rows : {16u, 4u, 1u})
        if (rows < plan.kernels.accumulators) tiles.push_back(shuffle_tile(plan, widest, rows));
    return tiles;
}

// Returns tiles for weight gradients. Their lanes hold four rows each, so that rows are whole clusters. Half
// as many rows again as elsewhere pay, up to 32.
std::vector<GemmTile> split_shuffle_tiles(const KernelPlan& plan) {
    std::vector<GemmTile> tiles;
    const uint32_t wanted = std::min(plan.kernels.accumulators * 3 / 2, 24u);
    for (uint32_t cluster = plan.kernels.gemm_cluster;; cluster /= 2) {
        const uint32_t below = std::max(1u, wanted / cluster) * cluster;
        tiles.push_back(shuffle_tile(plan, cluster, below));
        if (below < wanted) tiles.push_back(shuffle_tile(plan, cluster, below + cluster));
        if (cluster <= 2 * narrowest_cluster) break;
    }
    tiles.push_back(shuffle_tile(plan, narrowest_cluster, 8));
    return tiles;
}

GemmTile shared_memory_tile(uint32_t workgroup, uint32_t lane_quads, uint32_t rows, uint32_t quads) {
    constexpr uint32_t steps = 4;
    return {.workgroup = workgroup,
            .skeleton = GemmShared{.lane_quads = lane_quads, .rows = rows, .quads = quads, .steps = steps},
            .rows = workgroup / lane_quads * rows,
            .quads = lane_quads * quads,
            .step_cost = 4.0 * rows * quads + rows + 4.0 * quads};
}

GemmTile direct_tile(uint32_t workgroup, uint32_t lanes, uint32_t rows) {
    return {.workgroup = workgroup,
            .skeleton = GemmDirect{.lanes = lanes, .rows = rows},
            .rows = rows,
            .quads = lanes,
            .slices = workgroup / lanes,
            .step_cost = 4.0 * rows + 4.0 * (rows + 4)};
}

// Returns a tile for matrix units. Its cost is reasoned, not measured: a step's loads, and an eighth of the
// multiply-adds that it would be without matrix units; two barriers; and what is done with a quad of C.
GemmTile matrix_tile(const KernelPlan& plan, const MatrixTile& tile) {
    constexpr double barriers = 8, finish = 6;
    const auto& shape = *plan.cooperative_matrix;
    const uint32_t lanes = plan.device.subgroup_size;
    const int64_t rows = tile.rows(shape), quads = tile.quads(shape);
    const double invocations = tile.subgroups * lanes;
    return {.workgroup = tile.subgroups * lanes,
            .skeleton = GemmCooperative{.lanes = lanes,
                                        .shape = shape.m | shape.n << 8 | shape.k << 16,
                                        .tiles = tile.row_tiles | tile.column_tiles << 8,
                                        .steps = tile.steps(shape)},
            .rows = rows,
            .quads = quads,
            .step_cost = static_cast<double>(rows + 4 * quads + rows * quads / 2) / invocations,
            .steps = tile.steps(shape),
            .stage_cost = barriers,
            .finish_cost = finish * static_cast<double>(rows * quads) / invocations};
}

// Returns the tiles that a device may use, whatever the product.
std::vector<GemmTile> tiles_of(const KernelPlan& plan, GemmSum sum, Sharing sharing) {
    const bool split = sum == GemmSum::split;
    switch (sharing) {
        case Sharing::cooperative_matrix: {
            std::vector<GemmTile> tiles;
            for (const MatrixTile& tile : matrix_tiles(plan))
                tiles.push_back(matrix_tile(plan, tile));
            return tiles;
        }
        case Sharing::shuffle:
            return split ? split_shuffle_tiles(plan) : shuffle_tiles(plan);
        case Sharing::shared_memory: {
            std::vector<GemmTile> tiles{
                shared_memory_tile(64, 8, 8, std::max(1u, plan.kernels.accumulators / 8)),
                shared_memory_tile(64, 8, 4, 1)};
            if (!split) tiles.push_back(direct_tile(128, 16, 4));
            return tiles;
        }
        case Sharing::direct:
            break;
    }
    if (split) return {direct_tile(16, 16, 8)};
    return {direct_tile(16, 16, 8), direct_tile(16, 16, 1)};
}

// Returns how many lanes run at a time. With fewer, a product takes as long as one workgroup.
int64_t parallel_lanes(const KernelPlan& plan) {
    return plan.device.device_class == DeviceClass::software ? plan.device.subgroup_size
                                                             : lanes_of_products(plan.kernels);
}

double time_of(const GemmTile& tile, const GemmShape& shape, GemmSum sum, const KernelPlan& plan) {
    const int64_t stages = divide_up(divide_up(shape.steps, tile.slices), tile.steps);
    const double critical =
        static_cast<double>(stages) * (static_cast<double>(tile.steps) * tile.step_cost + tile.stage_cost) +
        tile.finish_cost;
    const double load = static_cast<double>(tile.workgroups(shape) * tile.workgroup) /
                        static_cast<double>(parallel_lanes(plan));
    return critical * (sum == GemmSum::split ? load : std::max(load, 1.0));
}

}  // namespace

Sharing GemmTile::sharing() const {
    struct Visitor {
        Sharing operator()(const GemmDirect&) const { return Sharing::direct; }
        Sharing operator()(const GemmShared&) const { return Sharing::shared_memory; }
        Sharing operator()(const GemmShuffle&) const { return Sharing::shuffle; }
        Sharing operator()(const GemmCooperative&) const { return Sharing::cooperative_matrix; }
    };
    return std::visit(Visitor{}, skeleton);
}

bool GemmTile::pins_subgroup() const {
    return sharing() == Sharing::shuffle || sharing() == Sharing::cooperative_matrix;
}

int64_t GemmTile::workgroups(const GemmShape& shape) const {
    return int64_t{divide_up(shape.rows, rows)} * divide_up(shape.quads, quads);
}

std::string GemmTile::name() const {
    struct Visitor {
        const GemmTile& tile;

        std::string operator()(const GemmShuffle& s) const {
            return fmt::format("shuffle {} rows, clusters of {}", s.rows, s.cluster);
        }
        std::string operator()(const GemmShared& s) const {
            return fmt::format("shared memory {} rows by {} quads, {} lanes of {} by {}", tile.rows,
                               tile.quads, tile.workgroup, s.rows, s.quads);
        }
        std::string operator()(const GemmDirect&) const {
            return fmt::format("direct {} rows by {} quads, {} slices", tile.rows, tile.quads, tile.slices);
        }
        std::string operator()(const GemmCooperative& s) const {
            return fmt::format("matrix units {} rows by {} quads, {} lanes, {} steps", tile.rows, tile.quads,
                               tile.workgroup, s.steps);
        }
    };
    return std::visit(Visitor{*this}, skeleton);
}

int64_t GemmTile::strands() const {
    struct Visitor {
        uint32_t operator()(const GemmDirect& s) const { return s.lanes; }
        uint32_t operator()(const GemmShared& s) const { return s.lane_quads; }
        uint32_t operator()(const GemmShuffle& s) const { return s.cluster; }
        uint32_t operator()(const GemmCooperative& s) const { return (s.shape >> 8 & 0xff) / 4; }
    };
    return workgroup / std::visit(Visitor{}, skeleton);
}

Lowering::Groups GemmTile::grid(const GemmShape& shape, const KernelPlan& plan, int64_t row_tiles) const {
    const uint32_t tiles = divide_up(divide_up(shape.rows, rows), row_tiles);
    const uint32_t z = divide_up(tiles, plan.device.max_workgroup_count[1]);
    return {divide_up(shape.quads, quads), divide_up(tiles, z), z};
}

Sharing gemm_sharing(const Shader& of_matrix_units, Storage storage, const KernelPlan& plan) {
    const bool matrix_units = plan.kernels.matrix_units && storage == Storage::f16 && of_matrix_units.built();
    return matrix_units ? Sharing::cooperative_matrix : plan.kernels.gemm_sharing;
}

std::vector<GemmTile> gemm_tiles(const GemmShape& shape, GemmSum sum, const KernelPlan& plan,
                                 Sharing sharing) {
    constexpr size_t most = 4;  // of the many on matrix units
    std::vector<GemmTile> tiles = tiles_of(plan, sum, sharing);
    std::ranges::stable_sort(tiles, {},
                             [&](const GemmTile& tile) { return time_of(tile, shape, sum, plan); });
    if (sharing == Sharing::cooperative_matrix && tiles.size() > most) tiles.resize(most);
    return tiles;
}

std::vector<GemmTile> further_gemm_tiles(const Shader& of_matrix_units, Storage storage,
                                         const GemmShape& shape, GemmSum sum, const KernelPlan& plan) {
    const bool software = plan.device.device_class == DeviceClass::software, split = sum == GemmSum::split;
    const uint32_t most_rows = 2 * plan.kernels.accumulators;  // beyond, registers spill
    std::vector<GemmTile> tiles;
    // Lanes shuffle where the plan trusts that subgroups have the size it says.
    const bool known_subgroup =
        plan.kernels.gemm_sharing == Sharing::shuffle || plan.device.required_subgroup_size != 0;
    if (plan.device.subgroup_shuffle && known_subgroup) {
        for (const uint32_t cluster : {16u, 8u, 4u})
            for (const uint32_t rows : {1u, 4u, 8u, 16u, 24u, 32u})
                if (plan.device.subgroup_size % cluster == 0 && rows <= most_rows &&
                    (software || rows >= plan.kernels.accumulators / 2) && (!split || rows % cluster == 0))
                    tiles.push_back(shuffle_tile(plan, cluster, rows));
    }
    // Counts what a kernel stages, and what it gathers with: column_sums.glsl's scratch, which is
    // more than moments.glsl's.
    const auto shared_bytes = [](const GemmTile& tile) -> uint64_t {
        const uint64_t lanes = tile.workgroup, gathering = 64 * lanes + arrival_shared_bytes;
        if (const auto* staged = std::get_if<GemmShared>(&tile.skeleton))
            return gathering +
                   16 * uint64_t{staged->steps} * static_cast<uint64_t>(tile.rows + 1 + 4 * tile.quads + 1);
        return gathering + (tile.slices > 1 ? 16 * lanes * static_cast<uint64_t>(tile.rows) : 0);
    };
    const auto add = [&](const GemmTile& tile) {
        if (tile.workgroup <= plan.device.max_workgroup_invocations &&
            shared_bytes(tile) <= plan.device.shared_memory_bytes)
            tiles.push_back(tile);
    };
    // Shared memory on a CPU costs a copy and saves nothing (bench/NOTES.md).
    if (!software) {
        struct Lanes {
            uint32_t workgroup, wide;
        };
        for (const auto& [workgroup, wide] : {Lanes{64, 8}, Lanes{128, 16}, Lanes{256, 16}})
            for (const auto& [rows, quads] : {std::pair{8u, 2u}, {4u, 2u}, {8u, 1u}, {4u, 1u}})
                if (rows * quads <= plan.kernels.accumulators)
                    add(shared_memory_tile(workgroup, wide, rows, quads));
        for (const uint32_t workgroup : {64u, 128u})
            add(direct_tile(workgroup, 16, 4));
    }
    constexpr int64_t few_rows = 8;
    if (shape.rows <= few_rows) add(direct_tile(16, 16, split ? 4 : 1));
    if (plan.cooperative_matrix && storage == Storage::f16 && of_matrix_units.built())
        std::ranges::copy(gemm_tiles(shape, sum, plan, Sharing::cooperative_matrix),
                          std::back_inserter(tiles));
    return tiles;
}

GemmGather::GemmGather(Lowering& lowering, std::optional<Gather> gather, const GemmTile& tile,
                       const std::vector<Window>& windows, const GemmShape& shape)
    : gather_(std::move(gather)), first_partial_(windows.size(), 0) {
    if (!gather_) return;
    const KernelPlan& plan = lowering.plan();
    const int64_t partials_a_workgroup = plan.kernels.column_tree ? 1 : tile.strands();
    const auto tiles = [&](const Window& window) { return int64_t{divide_up(window.count, tile.rows)}; };
    int64_t all_tiles = 0;
    for (const Window& window : windows)
        all_tiles += tiles(window);
    // GPUs want several workgroups a processor; a software device has as many processors as threads.
    constexpr int64_t gpu_times = 2;
    const int64_t enough = plan.kernels.column_tree
                               ? gpu_times * lanes_of_products(plan.kernels) / tile.workgroup
                               : plan.kernels.target_workgroups;
    // A window's last workgroup may have fewer tiles.
    const int64_t most =
        most_parts(plan, gather_->partial_bytes) / partials_a_workgroup - std::ssize(windows);
    if (most < 1)
        throw ShapeError("partial results of {} bytes do not fit a binding of {} bytes: use a smaller batch",
                         gather_->partial_bytes, plan.device.window_bytes);
    row_tiles_ = std::max({int64_t{1}, all_tiles * divide_up(shape.quads, tile.quads) / enough,
                           int64_t{divide_up(all_tiles, most)}});
    for (size_t i = 0; i < windows.size(); ++i) {
        first_partial_[i] = static_cast<uint32_t>(partials_);
        partials_ += divide_up(tiles(windows[i]), row_tiles_) * partials_a_workgroup;
    }
    if (windows.size() == 1)  // of several, none has the last workgroup
        arrival_ = gather_->arrival(lowering, partials_, divide_up(shape.quads, tile.quads),
                                    tile.workgroup / tile.quads);
    partial_ = arrival_ ? arrival_->partial : gather_->partial(lowering, partials_);
}

void GemmGather::finish() const {
    if (gather_ && !arrival_) gather_->finish(*partial_, partials_);
}

GemmTile choose_gemm_tile(Lowering& lowering, const Shader& of_matrix_units, Storage storage,
                          const GemmShape& shape, GemmSum sum) {
    const KernelPlan& plan = lowering.plan();
    const double flops = 32.0 * static_cast<double>(shape.rows) * static_cast<double>(shape.quads) *
                         static_cast<double>(shape.steps);
    const Sharing sharing = flops < plan.kernels.least_matrix_flops
                                ? plan.kernels.gemm_sharing
                                : gemm_sharing(of_matrix_units, storage, plan);
    std::vector<Variant<GemmTile>> variants;
    const auto add = [&](const GemmTile& tile) { variants.push_back({tile.name(), tile}); };
    std::ranges::for_each(gemm_tiles(shape, sum, plan, sharing), add);
    std::ranges::for_each(gemm_tiles(shape, sum, plan, plan.kernels.gemm_sharing), add);
    std::ranges::for_each(further_gemm_tiles(of_matrix_units, storage, shape, sum, plan), add);
    return lowering.choose("tile", variants);
}

}  // namespace vkm::graph
