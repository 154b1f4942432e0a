#pragma once

#include <draw/text_libraries.h>

#include <cstddef>
#include <map>
#include <vector>

namespace vkm::draw {

/// Finds the system's fonts by the letters they have: the first that fontconfig names for "sans-serif", and
/// those behind it for what it lacks. One thread at a time.
class Fonts {
  public:
    /// Without the libraries there is no font.
    explicit Fonts(const TextLibraries*);
    ~Fonts();
    Fonts(const Fonts&) = delete;
    Fonts& operator=(const Fonts&) = delete;

    /// Returns the libraries, where any().
    const TextLibraries& libraries() const { return *lib_; }

    /// Returns whether there is one.
    bool any() const { return any_; }

    /// Returns the first font that has the letter, of that size; `before`, where it has it too; and the first
    /// of all where none has it.
    FT_Face face(char32_t letter, FT_Face before, int pixels);

  private:
    FT_Face open(size_t font, int pixels);
    bool has(size_t font, char32_t letter) const;

    const TextLibraries* const lib_;
    FT_Library library_ = nullptr;
    FcFontSet* found_ = nullptr;
    bool any_ = false;
    std::map<size_t, FT_Face> faces_;  ///< by place in `found_`; null where it cannot be used
};

}  // namespace vkm::draw
