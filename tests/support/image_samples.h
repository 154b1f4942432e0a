#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "support/test_data.h"

namespace vkm::test {

/// Returns tests/data/images, where NAME.rgb holds the pixels of NAME.
inline std::filesystem::path image_samples_folder() {
    return test_data() / "images";
}

/// Returns the names of its samples with one of these endings, or of all.
inline std::vector<std::string> image_samples(const std::vector<std::string>& endings = {}) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(image_samples_folder())) {
        if (entry.path().extension() != ".rgb") continue;
        const std::filesystem::path sample = entry.path().stem();
        const bool wanted = std::find(endings.begin(), endings.end(), sample.extension()) != endings.end();
        if (wanted || endings.empty()) names.push_back(sample.string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace vkm::test
