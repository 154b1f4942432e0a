#include "cli/weights_input.h"

#include <graph/weights/shards.h>
#include <graph/weights/strangers.h>

#include <spdlog/spdlog.h>

namespace vkm::apps {

graph::ModelFile read_weights(const std::string& path, const ModelArguments& model, bool quiet) {
    graph::ModelFile file = graph::read_model_file(path);
    const auto named = model.given.find("model");
    if (!file.config && (named == model.given.end() || named->second.empty()))
        throw graph::WeightsError("{}: {}", path, graph::describe_strangers(file.weights));
    if (!quiet)
        for (const std::string& notice : file.notices)
            spdlog::info("{}", notice);
    return file;
}

std::vector<std::string> weights_files(const std::vector<std::string>& arguments) {
    std::vector<std::string> files;
    for (const std::string& argument : arguments) {
        std::error_code none;
        if (!std::filesystem::is_directory(argument, none)) {
            files.push_back(argument);
            continue;
        }
        const std::vector<std::filesystem::path> found = graph::all_weights_in_folder(argument);
        // What one model's folder holds beside its weights is read with the folder's name.
        if (found.size() == 1)
            files.push_back(argument);
        else
            for (const std::filesystem::path& file : found)
                files.push_back(file.string());
    }
    return files;
}

}  // namespace vkm::apps
