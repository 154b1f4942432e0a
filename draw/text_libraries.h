#pragma once

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include <raqm.h>

namespace vkm::draw {

/// Holds the functions of fontconfig, FreeType and raqm that text needs, under their own names. The libraries are loaded
/// when text is first drawn: they bring twenty others, and would double the time in which the program starts.
struct TextLibraries {
    /// Returns nullptr where one of the libraries is missing.
    static const TextLibraries* loaded();

    decltype(::FcPatternCreate)* FcPatternCreate;
    decltype(::FcPatternDestroy)* FcPatternDestroy;
    decltype(::FcPatternAddString)* FcPatternAddString;
    decltype(::FcPatternAddBool)* FcPatternAddBool;
    decltype(::FcPatternGetString)* FcPatternGetString;
    decltype(::FcPatternGetInteger)* FcPatternGetInteger;
    decltype(::FcPatternGetCharSet)* FcPatternGetCharSet;
    decltype(::FcConfigSubstitute)* FcConfigSubstitute;
    decltype(::FcDefaultSubstitute)* FcDefaultSubstitute;
    decltype(::FcFontSort)* FcFontSort;
    decltype(::FcFontSetDestroy)* FcFontSetDestroy;
    decltype(::FcCharSetHasChar)* FcCharSetHasChar;

    decltype(::FT_Init_FreeType)* FT_Init_FreeType;
    decltype(::FT_Done_FreeType)* FT_Done_FreeType;
    decltype(::FT_New_Face)* FT_New_Face;
    decltype(::FT_Done_Face)* FT_Done_Face;
    decltype(::FT_Set_Pixel_Sizes)* FT_Set_Pixel_Sizes;
    decltype(::FT_Get_Char_Index)* FT_Get_Char_Index;
    decltype(::FT_Load_Glyph)* FT_Load_Glyph;
    decltype(::FT_Render_Glyph)* FT_Render_Glyph;

    decltype(::raqm_create)* raqm_create;
    decltype(::raqm_destroy)* raqm_destroy;
    decltype(::raqm_set_text)* raqm_set_text;
    decltype(::raqm_set_freetype_face_range)* raqm_set_freetype_face_range;
    decltype(::raqm_layout)* raqm_layout;
    decltype(::raqm_get_glyphs)* raqm_get_glyphs;
};

}  // namespace vkm::draw
