#pragma once

#include <engine/plan/snapshot.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/test_data.h"

namespace vkm::engine {

/// Reads a captured device of tests/data/devices, by file name without ".json" (see the README there).
inline DeviceSnapshot captured_device(const std::string& name) {
    const std::filesystem::path path = test_data() / "devices" / (name + ".json");
    std::ifstream file(path);
    if (!file) throw Error("cannot read {}", path.string());
    return parse_snapshot(std::string(std::istreambuf_iterator<char>(file), {}));
}

/// Returns the names of all captured devices, sorted.
inline std::vector<std::string> captured_devices() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(test_data() / "devices")) {
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    }
    std::ranges::sort(names);
    return names;
}

/// Returns a captured device's name as part of a test's name.
inline std::string test_name(std::string device) {
    std::ranges::replace_if(
        device, [](char c) { return c == '-' || c == '.'; }, '_');
    return device;
}

}  // namespace vkm::engine
