#pragma once

#include <string>
#include <vector>

#include "module.h"

namespace vkm::shader_interface {

/// Holds one compiled variant of a shader.
struct Variant {
    std::string name;  ///< "f16_texel"
    Interface interface;
};

/// Holds a shader as the catalog lists it (cmake/shaders.cmake).
struct Shader {
    std::string name;
    std::string interface;  ///< whose interface it has: its own name, or one it shares with other shaders
    std::string part;       ///< the name of its constants beyond the interface's; empty: none
    bool has_code = true;   ///< false: compiled for its declarations only
    std::vector<Variant> variants;
};

/// Returns a C++ header: every shader by name, and for each interface a struct of its Constants, Bindings and
/// Push block. Throws std::runtime_error, naming shader and member, where variants of a shader or shaders of
/// an interface disagree.
std::string catalog_header(const std::vector<Shader>&, const std::string& name_space);

}  // namespace vkm::shader_interface
