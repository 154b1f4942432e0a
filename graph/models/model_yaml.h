#pragma once

#include <graph/models/model.h>

#include <filesystem>

namespace vkm::graph {

/// Here is a network's table as YAML (docs/models.md): what `summary --yaml` prints and `--model FILE.yaml`
/// takes. A text is bounded, and so are the sizes in it. Errors are ConfigErrors that name file, line, row
/// and key.

/// Returns the model as text, with these options of it.
std::string to_yaml(const Model&, const ModelOptions&);

/// Returns the model of a text. `source` is what messages call it.
Model model_from_yaml(const std::string& text, const std::string& source);

/// Returns the model of a file.
Model read_model_yaml(const std::filesystem::path&);

/// Returns whether a model option's text is a file's name, or a YAML text itself, and no model's name.
bool names_yaml_file(std::string_view model);
bool is_yaml_text(std::string_view model);

}  // namespace vkm::graph
