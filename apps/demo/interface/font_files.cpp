#include "interface/font_files.h"

#include <draw/text_libraries.h>

namespace vkm::demo {

std::vector<std::filesystem::path> font_files(size_t most) {
    const draw::TextLibraries* const lib = draw::TextLibraries::loaded();
    if (lib == nullptr) return {};
    FcPattern* const wanted = lib->FcPatternCreate();
    lib->FcPatternAddString(wanted, FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
    lib->FcPatternAddBool(wanted, FC_SCALABLE, FcTrue);
    lib->FcConfigSubstitute(nullptr, wanted, FcMatchPattern);
    lib->FcDefaultSubstitute(wanted);
    FcResult result{};
    FcFontSet* const found = lib->FcFontSort(nullptr, wanted, FcTrue, nullptr, &result);
    lib->FcPatternDestroy(wanted);
    std::vector<std::filesystem::path> files;
    for (int i = 0; found != nullptr && i < found->nfont && files.size() < most; ++i) {
        FcChar8* file = nullptr;
        if (lib->FcPatternGetString(found->fonts[i], FC_FILE, 0, &file) == FcResultMatch)
            files.emplace_back(reinterpret_cast<const char*>(file));
    }
    if (found != nullptr) lib->FcFontSetDestroy(found);
    return files;
}

}  // namespace vkm::demo
