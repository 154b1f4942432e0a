#pragma once

#include <cstdint>
#include <set>

#include "spirv.h"

namespace vkm::shader_interface {

/// Returns the variables that the module's functions use whatever the specialization constants are. Of a branch on
/// constants, or on what is computed from them alone, counts what both of its sides use; every other branch and loop
/// counts as taken. A binding that is not among them is unused with some set of constants.
std::set<uint32_t> needed_variables(const Spirv&);

}  // namespace vkm::shader_interface
