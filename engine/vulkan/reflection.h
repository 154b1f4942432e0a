#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vkm::engine {

enum class BindingType : uint8_t { storage_buffer, storage_texel_buffer };
enum class TexelFormat : uint8_t { none, rgba32f, rgba16f };

constexpr uint64_t texel_bytes(TexelFormat format) {
    return format == TexelFormat::rgba32f ? 16 : format == TexelFormat::rgba16f ? 8 : 1;
}

/// Describes one binding of descriptor set 0.
struct Binding {
    uint32_t binding = 0;
    BindingType type = BindingType::storage_buffer;
    TexelFormat format = TexelFormat::none;
    bool reads = true, writes = true;  ///< false where the shader declares `writeonly` or `readonly`

    bool operator==(const Binding&) const = default;
};

/// Holds what a pipeline layout and a dispatch need to know of a compute shader.
struct ShaderInterface {
    std::vector<Binding> bindings;  ///< by rising binding number
    uint32_t push_constant_bytes = 0;
    std::array<uint32_t, 3> local_size{1, 1, 1};
};

/// Reads the interface of a compute shader's SPIR-V. `constants` are the values of the specialization
/// constants 0, 1, 2, … that its workgroup size may depend on; `name` is for messages. Throws vkm::Error
/// where the code is not SPIR-V or declares a resource this engine has no binding for.
ShaderInterface reflect(std::span<const uint32_t> spirv, std::span<const uint32_t> constants,
                        std::string_view name);

}  // namespace vkm::engine
