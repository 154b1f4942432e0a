#include <base/plain_text.h>
#include <base/text.h>
#include <teach/class_name.h>
#include <teach/teach_error.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::teach {
namespace {

constexpr size_t longest = 80;  // bytes: a file name may have 255 of them
constexpr std::string_view refused = "/\\:*?\"<>|";

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

bool is_utf8(const std::string& name) {
    try {
        static_cast<void>(nlohmann::json(name).dump());
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

std::string checked_class_name(std::string_view given) {
    const std::string name(trimmed(given));
    if (name.empty()) throw TeachError("a class needs a name");
    if (name.size() > longest)
        throw TeachError("'{}…' is too long for a class's name: use at most {} letters",
                         printable(name.substr(0, 20)), longest);
    if (!is_utf8(name)) throw TeachError("a class's name must be text (UTF-8)");
    if (std::ranges::any_of(name, is_control) || name.find_first_of(refused) != std::string::npos)
        throw TeachError("'{}' cannot be a class's name: leave out {}", printable(name), refused);
    if (name.front() == '.' || name.back() == '.')
        throw TeachError("'{}' cannot be a class's name: leave out the dot in front or behind",
                         printable(name));
    return name;
}

}  // namespace vkm::teach
