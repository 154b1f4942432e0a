#pragma once

#include <cstdint>
#include <set>

#include "spirv.h"

namespace vkm::shader_interface {

/// Returns the variables that the module's functions use whatever the specialization constants are. A branch
/// on one of those, or on what is computed from them alone, counts with what both of its sides use; every
/// other branch and loop counts as taken. So a binding that is not among them is one that some set of
/// constants leaves alone.
std::set<uint32_t> needed_variables(const Spirv&);

}  // namespace vkm::shader_interface
