#include <draw/fonts.h>

#include <fontconfig/fontconfig.h>

namespace vkm::draw {

Fonts::Fonts() {
    if (FT_Init_FreeType(&library_) != 0) return;
    FcPattern* const wanted = FcPatternCreate();
    FcPatternAddString(wanted, FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
    FcPatternAddBool(wanted, FC_SCALABLE, FcTrue);
    FcConfigSubstitute(nullptr, wanted, FcMatchPattern);
    FcDefaultSubstitute(wanted);
    FcResult result{};
    found_ = FcFontSort(nullptr, wanted, FcTrue, nullptr, &result);  // without fonts that add no letter
    FcPatternDestroy(wanted);
    for (int i = 0; found_ != nullptr && i < found_->nfont && !any_; ++i)
        any_ = open(static_cast<size_t>(i), 16) != nullptr;
}

Fonts::~Fonts() {
    if (library_ != nullptr) FT_Done_FreeType(library_);  // closes the faces
    if (found_ != nullptr) FcFontSetDestroy(found_);
}

bool Fonts::has(size_t font, char32_t letter) const {
    FcCharSet* letters = nullptr;
    return FcPatternGetCharSet(found_->fonts[font], FC_CHARSET, 0, &letters) == FcResultMatch &&
           FcCharSetHasChar(letters, letter);
}

FT_Face Fonts::open(size_t font, int pixels) {
    const auto [place, added] = faces_.try_emplace(font, nullptr);
    FcPattern* const pattern = found_->fonts[font];
    FcChar8* file = nullptr;
    int index = 0;
    if (added && FcPatternGetString(pattern, FC_FILE, 0, &file) == FcResultMatch &&
        FcPatternGetInteger(pattern, FC_INDEX, 0, &index) == FcResultMatch) {
        FT_Face face = nullptr;
        if (FT_New_Face(library_, reinterpret_cast<const char*>(file), index, &face) == 0) {
            if (FT_IS_SCALABLE(face))
                place->second = face;
            else
                FT_Done_Face(face);
        }
    }
    if (place->second != nullptr) FT_Set_Pixel_Sizes(place->second, 0, static_cast<FT_UInt>(pixels));
    return place->second;
}

FT_Face Fonts::face(char32_t letter, FT_Face before, int pixels) {
    if (before != nullptr && FT_Get_Char_Index(before, letter) != 0) return before;
    FT_Face first = nullptr;
    for (size_t i = 0; i < static_cast<size_t>(found_->nfont); ++i) {
        if (first != nullptr && !has(i, letter)) continue;
        FT_Face const face = open(i, pixels);
        if (face == nullptr) continue;
        if (has(i, letter)) return face;
        if (first == nullptr) first = face;
    }
    return before != nullptr ? before : first;
}

}  // namespace vkm::draw
