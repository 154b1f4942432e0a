#include <draw/code_points.h>
#include <draw/fonts.h>
#include <draw/text.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <new>
#include <span>

namespace vkm::draw {
namespace {

constexpr double per_pixel = 64;       // FreeType counts in 64ths
constexpr size_t longest_text = 1000;  // characters that are looked at

/// Holds the letters of a text in the order and shapes in which they are drawn.
class Layout {
  public:
    Layout(Fonts& fonts, std::u32string_view text, int pixels)
        : lib_(fonts.libraries()), raqm_(lib_.raqm_create(), lib_.raqm_destroy) {
        const std::u32string letters = text.empty() ? U" " : std::u32string(text);  // raqm wants one
        std::vector<uint32_t> codes(letters.begin(), letters.end());
        if (!raqm_ || !lib_.raqm_set_text(raqm_.get(), codes.data(), codes.size())) throw std::bad_alloc();
        FT_Face face = nullptr;
        for (size_t i = 0; i < letters.size(); ++i) {
            face = fonts.face(letters[i], face, pixels);
            lib_.FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(pixels));
            lib_.raqm_set_freetype_face_range(raqm_.get(), face, i, 1);
        }
        if (!lib_.raqm_layout(raqm_.get())) throw std::bad_alloc();  // all else was checked
        size_t count = 0;
        const raqm_glyph_t* const glyphs = lib_.raqm_get_glyphs(raqm_.get(), &count);
        glyphs_ = {glyphs, count};
    }

    const TextLibraries& libraries() const { return lib_; }
    std::span<const raqm_glyph_t> glyphs() const { return glyphs_; }
    double advance() const {
        double sum = 0;
        for (const raqm_glyph_t& glyph : glyphs_)
            sum += static_cast<double>(glyph.x_advance);
        return sum / per_pixel;
    }

  private:
    const TextLibraries& lib_;
    std::unique_ptr<raqm_t, decltype(TextLibraries::raqm_destroy)> raqm_;
    std::span<const raqm_glyph_t> glyphs_;
};

// Calls visit(bitmap, x, y) for the letters of a layout, with where their upper left corner is.
template <typename Visit>
void each_letter(const Layout& layout, const Visit& visit) {
    const TextLibraries& lib = layout.libraries();
    FT_Pos pen = 0;
    for (const raqm_glyph_t& glyph : layout.glyphs()) {
        if (lib.FT_Load_Glyph(glyph.ftface, glyph.index, FT_LOAD_TARGET_LIGHT) == 0 &&
            lib.FT_Render_Glyph(glyph.ftface->glyph, FT_RENDER_MODE_NORMAL) == 0) {
            const FT_GlyphSlot slot = glyph.ftface->glyph;
            const auto place = [](FT_Pos position) {
                return static_cast<int>(std::lround(static_cast<double>(position) / per_pixel));
            };
            if (slot->bitmap.pixel_mode == FT_PIXEL_MODE_GRAY)
                visit(slot->bitmap, place(pen + glyph.x_offset) + slot->bitmap_left,
                      -place(glyph.y_offset) - slot->bitmap_top);
        }
        pen += glyph.x_advance;
    }
}

DrawnText drawn(const Layout& layout) {
    int left = 0, top = 0, right = 0, bottom = 0;
    bool any = false;
    each_letter(layout, [&](const FT_Bitmap& bitmap, int x, int y) {
        if (bitmap.width == 0 || bitmap.rows == 0) return;
        const int x_end = x + static_cast<int>(bitmap.width), y_end = y + static_cast<int>(bitmap.rows);
        left = any ? std::min(left, x) : x;
        top = any ? std::min(top, y) : y;
        right = any ? std::max(right, x_end) : x_end;
        bottom = any ? std::max(bottom, y_end) : y_end;
        any = true;
    });
    DrawnText text{.mask = {right - left, bottom - top, {}}, .left = left, .above = -top};
    text.advance = layout.advance();
    text.mask.coverage.resize(static_cast<size_t>(text.mask.width) * static_cast<size_t>(text.mask.height));
    each_letter(layout, [&](const FT_Bitmap& bitmap, int x, int y) {
        for (int row = 0; row < static_cast<int>(bitmap.rows); ++row)
            for (int column = 0; column < static_cast<int>(bitmap.width); ++column) {
                uint8_t& covered =
                    text.mask
                        .coverage[static_cast<size_t>((y - top + row) * text.mask.width + x - left + column)];
                covered =
                    std::max(covered, bitmap.buffer[row * bitmap.pitch + column]);  // letters may overlap
            }
    });
    return text;
}

std::mutex& one_at_a_time() {
    static std::mutex mutex;
    return mutex;
}

Fonts& fonts() {
    static Fonts found(TextLibraries::loaded());
    return found;
}

std::u32string looked_at(std::string_view utf8) {
    return code_points(utf8).substr(0, longest_text);
}

}  // namespace

DrawnText draw_text(std::string_view utf8, int pixels, double most) {
    const std::lock_guard lock(one_at_a_time());
    if (!fonts().any()) return {};
    std::u32string text = looked_at(utf8);
    if (most > 0)
        text = shortened(text, most,
                         [&](std::u32string_view part) { return Layout(fonts(), part, pixels).advance(); });
    return drawn(Layout(fonts(), text, pixels));
}

bool has_fonts() {
    const std::lock_guard lock(one_at_a_time());
    return fonts().any();
}

double text_width(std::string_view utf8, int pixels) {
    const std::lock_guard lock(one_at_a_time());
    const std::u32string text = looked_at(utf8);
    return text.empty() || !fonts().any() ? 0 : Layout(fonts(), text, pixels).advance();
}

}  // namespace vkm::draw
