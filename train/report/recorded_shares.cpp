#include <train/report/append_file.h>
#include <train/report/recorded_shares.h>

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace vkm::train {
namespace {

// Returns what a line says of shares; nothing where it says something else, or is the last one, of which a process that was
// killed may have written a half.
std::optional<SharesFrom> shares_in(const std::string& text, bool last) {
    const auto line = nlohmann::json::parse(text, nullptr, !last);
    if (!line.is_object() || line.value("kind", nlohmann::json{}) != "shares") return {};
    return SharesFrom{line.at("step").get<int64_t>(), line.at("shares").get<std::vector<int64_t>>()};
}

}  // namespace

std::vector<SharesFrom> read_recorded_shares(const std::filesystem::path& metrics_jsonl) {
    std::ifstream file(metrics_jsonl);
    if (!file) throw ReportError("{} cannot be read: name the directory of a run", metrics_jsonl.string());
    std::vector<SharesFrom> record;
    std::string text;
    for (size_t number = 1; std::getline(file, text); ++number)
        try {
            const auto shares = shares_in(text, file.peek() == std::ifstream::traits_type::eof());
            if (!shares) continue;
            std::erase_if(record, [&](const SharesFrom& before) { return before.step >= shares->step; });
            record.push_back(*shares);
        } catch (const nlohmann::json::exception&) {
            throw ReportError("{}: line {} does not say how a batch is split; repair or remove it",
                              metrics_jsonl.string(), number);
        }
    return record;
}

std::vector<std::string> read_recorded_devices(const std::filesystem::path& metrics_jsonl) {
    std::ifstream file(metrics_jsonl);
    std::string text;
    while (std::getline(file, text)) {
        const auto line = nlohmann::json::parse(text, nullptr, false);
        if (!line.is_object() || line.value("kind", nlohmann::json{}) != "shares") continue;
        const auto devices = line.find("devices");
        if (devices == line.end() || !devices->is_array()) return {};
        std::vector<std::string> kinds;
        for (const auto& kind : *devices)
            if (kind.is_string()) kinds.push_back(kind.get<std::string>());
        return kinds;
    }
    return {};
}

}  // namespace vkm::train
