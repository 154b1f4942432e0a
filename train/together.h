#pragma once

#include <graph/run/world.h>

#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

namespace vkm::train {

/// What the processes of a job tell one another between two steps, when no step is in flight. All of them call these in
/// the same order (graph/run/world.h).

/// Returns what each process has, in order of ranks.
template <typename T>
requires std::is_trivially_copyable_v<T> std::vector<T> gather_values(graph::World& world, const T& mine) {
    std::vector<T> all;
    for (const std::vector<std::byte>& part : graph::gather(world, std::as_bytes(std::span(&mine, 1)))) {
        T value;
        std::memcpy(&value, part.data(), sizeof value);
        all.push_back(value);
    }
    return all;
}
/// Returns what each process has, one behind the other in order of ranks.
template <typename T>
requires std::is_trivially_copyable_v<T> std::vector<T> gather_lists(graph::World& world,
                                                                     const std::vector<T>& mine) {
    std::vector<T> all;
    for (const std::vector<std::byte>& part : graph::gather(world, std::as_bytes(std::span(mine)))) {
        const size_t before = all.size();
        all.resize(before + part.size() / sizeof(T));
        if (!part.empty()) std::memcpy(all.data() + before, part.data(), part.size());
    }
    return all;
}
/// Returns whether this holds for any process.
bool any_of_all(graph::World&, bool mine);
std::vector<std::string> gather_texts(graph::World&, const std::string& mine);
/// Returns what any process has.
std::set<std::string> gather_sets(graph::World&, const std::set<std::string>& mine);

/// Runs work that one process does for all, rank 0. Where it throws, so do the others: Error, with what it said.
void for_all(graph::World&, const std::function<void()>& work);

/// Throws Error naming the first setting that a process has otherwise than rank 0, and the process, by `name`s of its own
/// such as "rank 1 on host b". Every process throws the same.
void require_agreement(graph::World&, const std::map<std::string, std::string>& settings,
                       const std::string& name);

}  // namespace vkm::train
