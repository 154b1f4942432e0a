#pragma once

#include <graph/kernels/gather.h>
#include <shaders/catalog.h>

#include <variant>
#include <vector>

namespace vkm::graph {

/// Returns how many lanes a GPU's products should keep busy: half of what its columns do, since each has many sums.
constexpr int64_t lanes_of_products(const KernelDefaults& kernels) {
    return int64_t{kernels.target_workgroups} * kernels.workgroup / 2;
}

/// Holds the size of a matrix product C = A B as its kernels see it (shaders/include/pointwise.glsl): rows
/// and column quads of C, and the terms of each of its sums, in steps of four.
struct GemmShape {
    int64_t rows = 0, quads = 0, steps = 0;
};

/// Is the skeleton of a product's kernel, by how the lanes of a workgroup share A, with its
/// constants (shaders/include/gemm_*.glsl).
using GemmSkeleton =
    std::variant<shaders::GemmDirect, shaders::GemmShared, shaders::GemmShuffle, shaders::GemmCooperative>;

/// Says how a product is cut into workgroups.
struct GemmTile {
    uint32_t workgroup = 0;  ///< invocations
    GemmSkeleton skeleton;
    int64_t rows = 0, quads = 0;  ///< of C, in a workgroup
    int64_t slices = 1;           ///< ways in which a workgroup splits the sum
    double step_cost = 0;         ///< of one invocation's step, relative to the device's other tiles
    int64_t steps = 1;            ///< that are staged at a time: a sum is as long as a multiple of them
    double stage_cost = 0;        ///< of an invocation, for each time that
    double finish_cost = 0;       ///< of an invocation, for what becomes of its sums

    Sharing sharing() const;
    /// Returns whether the kernel relies on the size of a subgroup.
    bool pins_subgroup() const;
    /// Returns the product's kernel of this skeleton. Its constants are the interface's and the tile's:
    ///     lowering.dispatch<Product>({.shader = tile.shader<Product>(), …}, tile);
    template <typename Interface>
    const Shader& shader() const {
        switch (sharing()) {
            case Sharing::cooperative_matrix:
                return Interface::gemm_cooperative;
            case Sharing::shuffle:
                if constexpr (requires { Interface::gemm_shuffle; }) return Interface::gemm_shuffle;
                break;
            case Sharing::direct:
                if constexpr (requires { Interface::gemm_direct; }) return Interface::gemm_direct;
                break;
            case Sharing::shared_memory:
                break;
        }
        return Interface::gemm_shared;
    }
    /// Returns whether there is such a kernel in this build.
    template <typename Interface>
    bool has_shader() const {
        const Shader& kernel = shader<Interface>();
        return kernel.built() && (sharing() == Sharing::shared_memory || &kernel != &Interface::gemm_shared);
    }
    template <typename F>
    void each(F f) const {
        std::visit([&](const auto& constants) { constants.each(f); }, skeleton);
    }
    int64_t workgroups(const GemmShape&) const;
    /// Returns what tells the tiles of a device apart: "shuffle 16 rows, clusters of 8".
    std::string name() const;
    /// Returns how many lanes of a workgroup store values of the same column.
    int64_t strands() const;
    /// Returns the grid. x counts tiles of columns; y and z, folded, count tiles of rows,
    /// `row_tiles` a workgroup.
    Lowering::Groups grid(const GemmShape&, const KernelPlan&, int64_t row_tiles = 1) const;
};

/// Says whether a product's sum is short, or may be split into parts that run side by
/// side (a weight gradient).
enum class GemmSum : uint8_t { whole, split };

/// Returns how a device multiplies tensors of this storage: on matrix units where its plan uses them and this
/// build has the product's kernel for them.
Sharing gemm_sharing(const Shader& of_matrix_units, Storage, const KernelPlan&);

/// Returns the tiles that a device may use for a product, the one with which it should take least time first: two to five,
/// because each is a pipeline of its own.
std::vector<GemmTile> gemm_tiles(const GemmShape&, GemmSum, const KernelPlan&, Sharing);

/// Returns further tiles, to which a product may be tuned where the device has the registers and the shared
/// memory for them, and matrix units and a kernel for those that need them.
std::vector<GemmTile> further_gemm_tiles(const Shader& of_matrix_units, Storage, const GemmShape&, GemmSum,
                                         const KernelPlan&);

/// Gathers partial results from the columns that a product's kernel stores, if at all. A workgroup takes as
/// many row tiles, below each other, as leave the device enough workgroups, and all partial results lie
/// within one binding.
class GemmGather {
  public:
    /// `windows`: of the product's rows.
    GemmGather(Lowering&, std::optional<Gather>, const GemmTile&, const std::vector<Window>& windows,
               const GemmShape&);

    int64_t row_tiles() const { return row_tiles_; }
    std::optional<Region> partial() const { return partial_; }
    /// Returns how the product's last workgroup merges them, if it does.
    const std::optional<Arrival>& arrival() const { return arrival_; }
    uint32_t first_partial(size_t window) const { return first_partial_.at(window); }
    /// Merges the results, after the kernel has run over all windows.
    void finish() const;

  private:
    std::optional<Gather> gather_;
    int64_t row_tiles_ = 1, partials_ = 0;
    std::vector<uint32_t> first_partial_;
    std::optional<Region> partial_;
    std::optional<Arrival> arrival_;
};

/// Returns the tile that a product was tuned to, else the one with which it should take least time.
GemmTile choose_gemm_tile(Lowering&, const Shader& of_matrix_units, Storage, const GemmShape&, GemmSum);

}  // namespace vkm::graph
