#pragma once

#include <imgui.h>

#include <set>
#include <string_view>
#include <vector>

namespace vkm::demo {

/// Knows which letters have to be in the font: Dear ImGui draws only those that it was given before. Class names may be
/// in any language, so the font is made anew when letters come up that it lacks.
class Letters {
  public:
    /// Takes a text's letters. Returns whether the font lacks one of them.
    bool take(std::string_view utf8);
    /// Returns Dear ImGui's ranges of them, which live as long as this does and until the next call.
    const ImWchar* ranges();

  private:
    std::set<ImWchar> others_;  ///< beyond the Latin ones
    ImVector<ImWchar> ranges_;
};

}  // namespace vkm::demo
