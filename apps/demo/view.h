#pragma once

#include <teach/lesson.h>

#include <cstdint>
#include <string>

namespace vkm::demo {

enum class Tab : uint8_t { live, teach, layers };

/// Holds what a person has chosen or typed, and nothing else: plain values, which panels change.
struct View {
    Tab tab = Tab::live;
    bool dark = true;
    float threshold = 0.05f;  ///< of probabilities that are shown
    int most = 5;             ///< classes that are shown
    bool heat = false, repeat = false;
    std::string path;  ///< typed: what to open
    bool focus_path = false;

    // Teaching.
    std::string new_class;
    std::string renamed, new_name;  ///< the class whose name is being typed, and what was
    std::string recording;          ///< the class whose button is held; empty: none
    std::string export_file = "taught.safetensors";
    std::string exported_file;  ///< what was last asked for, which is replaced without another word
    std::string relabelled;     ///< the picture whose class is being chosen
    teach::Lesson lesson;
    uint64_t notices_seen = 0;
};

}  // namespace vkm::demo
