#include <base/shared_library.h>
#include <draw/text_libraries.h>

#include <optional>

namespace vkm::draw {
namespace {

std::optional<TextLibraries> load() {
    const SharedLibrary fontconfig(VKM_FONTCONFIG_NAME), freetype(VKM_FREETYPE_NAME), raqm(VKM_RAQM_NAME);
    bool complete = true;
    const auto take = [&](const SharedLibrary& library, auto& function, const char* name) {
        function = library.find<std::remove_pointer_t<std::remove_reference_t<decltype(function)>>>(name);
        complete = complete && function != nullptr;
    };
    TextLibraries all{};
#define VKM_TAKE(library, function) take(library, all.function, #function)
    VKM_TAKE(fontconfig, FcPatternCreate);
    VKM_TAKE(fontconfig, FcPatternDestroy);
    VKM_TAKE(fontconfig, FcPatternAddString);
    VKM_TAKE(fontconfig, FcPatternAddBool);
    VKM_TAKE(fontconfig, FcPatternGetString);
    VKM_TAKE(fontconfig, FcPatternGetInteger);
    VKM_TAKE(fontconfig, FcPatternGetCharSet);
    VKM_TAKE(fontconfig, FcConfigSubstitute);
    VKM_TAKE(fontconfig, FcDefaultSubstitute);
    VKM_TAKE(fontconfig, FcFontSort);
    VKM_TAKE(fontconfig, FcFontSetDestroy);
    VKM_TAKE(fontconfig, FcCharSetHasChar);
    VKM_TAKE(freetype, FT_Init_FreeType);
    VKM_TAKE(freetype, FT_Done_FreeType);
    VKM_TAKE(freetype, FT_New_Face);
    VKM_TAKE(freetype, FT_Done_Face);
    VKM_TAKE(freetype, FT_Set_Pixel_Sizes);
    VKM_TAKE(freetype, FT_Get_Char_Index);
    VKM_TAKE(freetype, FT_Load_Glyph);
    VKM_TAKE(freetype, FT_Render_Glyph);
    VKM_TAKE(raqm, raqm_create);
    VKM_TAKE(raqm, raqm_destroy);
    VKM_TAKE(raqm, raqm_set_text);
    VKM_TAKE(raqm, raqm_set_freetype_face_range);
    VKM_TAKE(raqm, raqm_layout);
    VKM_TAKE(raqm, raqm_get_glyphs);
#undef VKM_TAKE
    if (!complete) return std::nullopt;
    return all;
}

}  // namespace

const TextLibraries* TextLibraries::loaded() {
    static const std::optional<TextLibraries> libraries = load();
    return libraries ? &*libraries : nullptr;
}

}  // namespace vkm::draw
