#include <draw/fonts.h>

namespace vkm::draw {

Fonts::Fonts(const TextLibraries* libraries) : lib_(libraries) {
    if (lib_ == nullptr || lib_->FT_Init_FreeType(&library_) != 0) return;
    FcPattern* const wanted = lib_->FcPatternCreate();
    lib_->FcPatternAddString(wanted, FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
    lib_->FcPatternAddBool(wanted, FC_SCALABLE, FcTrue);
    lib_->FcConfigSubstitute(nullptr, wanted, FcMatchPattern);
    lib_->FcDefaultSubstitute(wanted);
    FcResult result{};
    found_ = lib_->FcFontSort(nullptr, wanted, FcTrue, nullptr, &result);  // without fonts that add no letter
    lib_->FcPatternDestroy(wanted);
    for (int i = 0; found_ != nullptr && i < found_->nfont && !any_; ++i)
        any_ = open(static_cast<size_t>(i), 16) != nullptr;
}

Fonts::~Fonts() {
    if (library_ != nullptr) lib_->FT_Done_FreeType(library_);  // closes the faces
    if (found_ != nullptr) lib_->FcFontSetDestroy(found_);
}

bool Fonts::has(size_t font, char32_t letter) const {
    FcCharSet* letters = nullptr;
    return lib_->FcPatternGetCharSet(found_->fonts[font], FC_CHARSET, 0, &letters) == FcResultMatch &&
           lib_->FcCharSetHasChar(letters, letter);
}

FT_Face Fonts::open(size_t font, int pixels) {
    const auto [place, added] = faces_.try_emplace(font, nullptr);
    FcPattern* const pattern = found_->fonts[font];
    FcChar8* file = nullptr;
    int index = 0;
    if (added && lib_->FcPatternGetString(pattern, FC_FILE, 0, &file) == FcResultMatch &&
        lib_->FcPatternGetInteger(pattern, FC_INDEX, 0, &index) == FcResultMatch) {
        FT_Face face = nullptr;
        if (lib_->FT_New_Face(library_, reinterpret_cast<const char*>(file), index, &face) == 0) {
            if (FT_IS_SCALABLE(face))
                place->second = face;
            else
                lib_->FT_Done_Face(face);
        }
    }
    if (place->second != nullptr) lib_->FT_Set_Pixel_Sizes(place->second, 0, static_cast<FT_UInt>(pixels));
    return place->second;
}

FT_Face Fonts::face(char32_t letter, FT_Face before, int pixels) {
    if (before != nullptr && lib_->FT_Get_Char_Index(before, letter) != 0) return before;
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
