#include <graph/run/world.h>

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace vkm::graph {
namespace {

class OneProcess final : public World {
  public:
    size_t rank() const override { return 0; }
    size_t size() const override { return 1; }
    void all_gather(std::span<const std::byte> mine, std::span<const size_t>,
                    std::span<std::byte> all) override {
        std::ranges::copy(mine, all.begin());
    }
    void all_to_all(std::span<const std::byte> to, std::span<const size_t>, std::span<std::byte> from,
                    std::span<const size_t>) override {
        std::ranges::copy(to, from.begin());
    }
};

}  // namespace

World& one_process() {
    static OneProcess world;
    return world;
}

std::vector<std::vector<std::byte>> gather(World& world, std::span<const std::byte> mine) {
    const uint64_t size = mine.size();
    std::vector<uint64_t> sizes(world.size());
    world.all_gather(std::as_bytes(std::span(&size, 1)), std::vector(world.size(), sizeof size),
                     std::as_writable_bytes(std::span(sizes)));
    const std::vector<size_t> bytes(sizes.begin(), sizes.end());
    std::vector<std::byte> all(std::accumulate(bytes.begin(), bytes.end(), size_t{0}));
    world.all_gather(mine, bytes, all);
    std::vector<std::vector<std::byte>> parts;
    for (auto at = all.begin(); const size_t part : bytes) {
        parts.emplace_back(at, at + static_cast<std::ptrdiff_t>(part));
        at += static_cast<std::ptrdiff_t>(part);
    }
    return parts;
}

}  // namespace vkm::graph
