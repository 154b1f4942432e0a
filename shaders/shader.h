#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace vkm {

/// How the elements of a kernel's activation and weight tensors are stored. Accumulation is always fp32.
enum class Storage : uint8_t { f32, f16 };

/// How a kernel reads its inputs: as a storage buffer, or as a texel buffer (see
/// shaders/include/tensor.glsl).
enum class LoadPath : uint8_t { buffer, texel };

/// The SPIR-V of one `.comp` file in each of its declared variants. A variant a shader does not declare is
/// the same code as the one it does, so indexing never fails.
struct Shader {
    std::string_view name;
    std::array<std::array<std::span<const uint32_t>, 2>, 2> code;  ///< [Storage][LoadPath]
    bool matrix_units = false;  ///< it requires cooperative_matrix (cmake/shaders.cmake)

    /// False for a shader that the glslang of this build could not compile (cmake/shaders.cmake).
    bool built() const { return !code[0][0].empty(); }

    std::span<const uint32_t> variant(Storage storage, LoadPath load) const {
        return code[static_cast<size_t>(storage)][static_cast<size_t>(load)];
    }
};

/// Every shader built, for what looks at all of them and needs no names (<shaders/catalog.h> has those).
namespace shaders {
std::span<const Shader* const> all();
}

}  // namespace vkm
