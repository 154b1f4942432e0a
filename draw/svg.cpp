#include <base/error.h>
#include <draw/code_points.h>
#include <draw/svg.h>

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace vkm::draw {
namespace {

struct Theme {
    const char* name;
    Colour light, dark;
};
// By Ink. The dark ones are GitHub's.
constexpr std::array<Theme, 4> themes{{{"paper", {255, 255, 255}, {13, 17, 23}},
                                       {"text", {31, 35, 40}, {230, 237, 243}},
                                       {"faint", {89, 99, 110}, {145, 152, 161}},
                                       {"grid", {216, 222, 228}, {48, 54, 61}}}};

std::string hex(Colour c) {
    return fmt::format("#{:02x}{:02x}{:02x}", c.r, c.g, c.b);
}

// Returns a value of the attributes `fill` and `stroke`.
std::string css(const Paint& paint) {
    if (const auto* ink = std::get_if<Ink>(&paint))
        return fmt::format("var(--{})", themes[static_cast<size_t>(*ink)].name);
    return hex(std::get<Colour>(paint));
}

std::string number(double value) {
    std::string text = fmt::format("{:.1f}", value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}

std::string style_sheet() {
    std::string light, dark;
    for (const Theme& theme : themes) {
        light += fmt::format("--{}:{};", theme.name, hex(theme.light));
        dark += fmt::format("--{}:{};", theme.name, hex(theme.dark));
    }
    // Not :root, which would be the whole page where the drawing is part of one.
    return fmt::format(
        "<style>.vkmbv3-drawing{{{}font-family:system-ui,sans-serif;stroke-linecap:round;stroke-linejoin:round}}"
        "@media(prefers-color-scheme:dark){{.vkmbv3-drawing{{{}}}}}</style>\n",
        light, dark);
}

void append(std::string& file, const Line& line) {
    if (line.points.empty()) return;
    std::string points;
    for (const Point& p : line.points)
        points += fmt::format("{}{},{}", points.empty() ? "" : " ", number(p.x), number(p.y));
    if (line.points.size() == 1) points += " " + points;
    fmt::format_to(std::back_inserter(file),
                   "<polyline points=\"{}\" fill=\"none\" style=\"stroke:{}\" stroke-width=\"{}\"{}/>\n",
                   points, css(line.paint), number(line.width),
                   line.opacity < 1 ? fmt::format(" opacity=\"{}\"", number(line.opacity)) : "");
}

void append(std::string& file, const Box& box) {
    fmt::format_to(
        std::back_inserter(file), "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" style=\"fill:{}\"/>\n",
        number(box.corner.x), number(box.corner.y), number(box.width), number(box.height), css(box.fill));
}

void append(std::string& file, const Text& text) {
    constexpr std::array anchors{"start", "middle", "end"};
    const std::u32string whole = code_points(text.utf8);
    const std::u32string shown =
        text.most > 0 ? shortened(whole, text.most / text.size, estimated_width) : whole;
    fmt::format_to(std::back_inserter(file), "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{}\"{}",
                   number(text.at.x), number(text.at.y), number(text.size),
                   anchors[static_cast<size_t>(text.anchor)],
                   fmt::format(" style=\"fill:{}\"", css(text.paint)));
    if (text.upwards)
        file += fmt::format(" transform=\"rotate(-90 {} {})\"", number(text.at.x), number(text.at.y));
    file += '>' + escaped(to_utf8(shown));
    if (shown != whole) file += "<title>" + escaped(text.utf8) + "</title>";
    file += "</text>\n";
}

}  // namespace

std::string escaped(std::string_view utf8) {
    std::string text;
    for (const char c : to_utf8(code_points(utf8)))
        switch (c) {
            case '&':
                text += "&amp;";
                break;
            case '<':
                text += "&lt;";
                break;
            case '>':
                text += "&gt;";
                break;
            case '"':
                text += "&quot;";
                break;
            case '\'':
                text += "&#39;";
                break;
            default:
                text += c;
        }
    return text;
}

std::string svg(const Drawing& drawing) {
    std::string file = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"vkmbv3-drawing\" role=\"img\" width=\"{0}\" "
        "height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n<title>{2}</title>\n",
        number(drawing.width), number(drawing.height), escaped(drawing.title));
    file += style_sheet();
    append(file, Box{{0, 0}, drawing.width, drawing.height, Ink::paper});
    for (const Shape& shape : drawing.shapes)
        std::visit([&](const auto& s) { append(file, s); }, shape);
    return file + "</svg>\n";
}

}  // namespace vkm::draw
