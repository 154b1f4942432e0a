#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vkm::apps {

/// Says what becomes of a key of MindCV's configurations.
enum class MindcvMeaning : uint8_t {
    option,     ///< its value is that of one option of ours
    part,       ///< is read with other keys (mindcv_config.cpp)
    no_effect,  ///< changes nothing of what is computed here
    only        ///< can have its default only
};

/// Describes a key of MindCV's yaml files, which are options of its program.
struct MindcvKey {
    std::string_view name;
    std::string_view initial;  ///< where a file lacks the key; empty: None
    MindcvMeaning meaning;
    std::string_view what = {};  ///< option: ours; only: what to do instead
};

/// Returns every key that MindCV's program knows, in the order of its config.py (mindspore-lab/mindcv, 2025).
std::span<const MindcvKey> mindcv_keys();

/// Returns the key of that name, or null.
const MindcvKey* find_mindcv_key(std::string_view name);

}  // namespace vkm::apps
