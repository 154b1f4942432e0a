#pragma once

#include <graph/weights/identify.h>
#include <graph/weights/state_dict.h>

#include <filesystem>
#include <string>

namespace vkm::graph {

/// Sets what leaves no trace in names and shapes but is written elsewhere: TensorFlow's conventions where timm's
/// name of the model begins with "tf_", in the file's path, in what the file says beside its weights ("arch") or
/// in the config.json that Hugging Face's tools put beside it, whose normalisation and image size are taken
/// too. Returns what to tell the user, empty where nothing was found.
std::string apply_conventions(ModelConfig&, const StateDict&, const std::filesystem::path&);

}  // namespace vkm::graph
