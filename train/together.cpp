#include <train/together.h>

#include <base/error.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>

namespace vkm::train {

bool any_of_all(graph::World& world, bool mine) {
    return std::ranges::any_of(gather_values(world, static_cast<char>(mine)), std::identity());
}

std::vector<std::string> gather_texts(graph::World& world, const std::string& mine) {
    std::vector<std::string> all;
    for (const std::vector<std::byte>& part : graph::gather(world, std::as_bytes(std::span(mine))))
        all.emplace_back(reinterpret_cast<const char*>(part.data()), part.size());
    return all;
}

std::set<std::string> gather_sets(graph::World& world, const std::set<std::string>& mine) {
    std::string ended;  // each by a zero, which no name of a file has
    for (const std::string& text : mine)
        ended += text + '\0';
    std::set<std::string> all;
    for (const std::string& part : gather_texts(world, ended))
        for (size_t begin = 0, end; (end = part.find('\0', begin)) != std::string::npos; begin = end + 1)
            all.insert(part.substr(begin, end - begin));
    return all;
}

void for_all(graph::World& world, const std::function<void()>& work) {
    if (world.size() == 1) return work();
    std::string failure;
    std::exception_ptr reason;
    if (world.rank() == 0) try {
            work();
        } catch (const std::exception& error) {
            failure = error.what();
            reason = std::current_exception();
        }
    const std::string said = gather_texts(world, failure).front();
    if (reason) std::rethrow_exception(reason);
    if (!said.empty()) throw Error("rank 0: {}", said);
}

void require_agreement(graph::World& world, const std::map<std::string, std::string>& settings,
                       const std::string& name) {
    if (world.size() == 1) return;
    const std::vector<std::string> all = gather_texts(world, nlohmann::json(settings).dump());
    const std::vector<std::string> names = gather_texts(world, name);
    const auto first = nlohmann::json::parse(all.front()).get<std::map<std::string, std::string>>();
    for (size_t rank = 1; rank < all.size(); ++rank) {
        auto others = nlohmann::json::parse(all[rank]).get<std::map<std::string, std::string>>();
        for (const auto& [setting, value] : first) {
            const auto found = others.find(setting);
            if (found == others.end() || found->second != value)
                throw Error(
                    "{} is {} on {} and {} on {}: start all processes with the same settings and data",
                    setting, value, names.front(), found == others.end() ? "not set" : found->second,
                    names[rank]);
            others.erase(found);
        }
        if (!others.empty())
            throw Error(
                "{} is {} on {} and not set on {}: start all processes with the same settings and data",
                others.begin()->first, others.begin()->second, names[rank], names.front());
    }
}

}  // namespace vkm::train
