#pragma once

#include <filesystem>

namespace vkm::demo {

/// Returns the weights that the program starts with where a person names none: starter.safetensors beside the program,
/// or in ../share/vkmbv3 from there, or where the build says (VKM_STARTER_WEIGHTS). Empty where there is none.
std::filesystem::path starter_weights();

}  // namespace vkm::demo
