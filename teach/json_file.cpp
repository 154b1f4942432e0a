#include <base/atomic_file.h>
#include <teach/json_file.h>

namespace vkm::teach {

std::optional<Json> read_json(const std::filesystem::path& file) {
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown)) return {};
    const std::vector<std::byte> bytes = read_file(file);
    const auto* const text = reinterpret_cast<const char*>(bytes.data());
    return Json::parse(text, text + bytes.size());
}

void write_json(const std::filesystem::path& file, const Json& json, int indent) {
    write_atomically(file, json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace vkm::teach
