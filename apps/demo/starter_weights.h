#pragma once

#include <filesystem>

namespace vkm::demo {

/// Returns the weights that the program starts with where a person names none: starter.safetensors (apps/starter) beside
/// the program, or in ../share/vkmbv3 from there. Empty where there is none.
std::filesystem::path starter_weights();

}  // namespace vkm::demo
