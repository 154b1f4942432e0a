#pragma once

#include <graph/run/world.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

namespace vkm::graph {

/// Lets any process end what all do together, say because it was told to stop: all hear of it in the same step.
class SharedWish {
  public:
    SharedWish(World& world, std::function<bool()> wish) : world_(world), wish_(std::move(wish)) {}

    /// Asks every process. Called once a step, by the thread that reaches the others.
    void ask() {
        ++step_;
        const std::byte mine{wish_()};
        const std::vector<size_t> one_each(world_.size(), 1);
        std::vector<std::byte> all(world_.size());
        world_.all_gather({&mine, 1}, one_each, all);
        if (heard_ == never && std::ranges::find(all, std::byte{1}) != all.end()) heard_ = step_;
    }

    /// Returns whether one had the wish when this step was made, counted from 1, or before. The step is done.
    bool heard(uint64_t step) const { return heard_ <= step; }

  private:
    static constexpr uint64_t never = std::numeric_limits<uint64_t>::max();

    World& world_;
    std::function<bool()> wish_;
    uint64_t step_ = 0;
    std::atomic<uint64_t> heard_ = never;
};

}  // namespace vkm::graph
