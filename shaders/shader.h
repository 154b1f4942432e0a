#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace vkm {

/// Says how a kernel's activations and weights are stored. Sums are always fp32.
enum class Storage : uint8_t {
    f32,
    f16,
    f16_native  ///< fp16 whose stores the device rounds by itself: the same bits by other instructions
};

/// Says how a kernel reads its inputs: as storage buffers or as texel buffers (shaders/include/tensor.glsl).
enum class LoadPath : uint8_t { buffer, texel };

/// Holds the SPIR-V of one `.comp` file in each of its declared variants. A variant that it does not declare
/// has the code of one that it does, so indexing never fails.
struct Shader {
    std::string_view name;
    std::array<std::array<std::span<const uint32_t>, 2>, 3> code;  ///< [Storage][LoadPath]
    bool matrix_units = false;  ///< it requires cooperative_matrix (cmake/shaders.cmake)

    /// Returns false for a shader that the glslang of this build could not compile (cmake/shaders.cmake).
    bool built() const { return !code[0][0].empty(); }

    std::span<const uint32_t> variant(Storage storage, LoadPath load) const {
        return code[static_cast<size_t>(storage)][static_cast<size_t>(load)];
    }
};

/// Returns every shader built, for those who need no names (<shaders/catalog.h> has the names).
namespace shaders {
std::span<const Shader* const> all();
}

}  // namespace vkm
