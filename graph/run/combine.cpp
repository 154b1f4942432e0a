#include <graph/run/combine.h>
#include <graph/run/host_reduction.h>

#include <base/align.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace vkm::graph {
namespace {

using Bytes = std::span<const std::byte>;

void append(std::vector<std::byte>& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

// Cuts the contributions of all devices, one behind the other, from what they sent.
std::vector<Bytes> each(const std::vector<std::byte>& all, size_t bytes) {
    std::vector<Bytes> parts;
    for (size_t at = 0; at < all.size(); at += bytes)
        parts.emplace_back(all.data() + at, bytes);
    return parts;
}

class CombineOverProcesses {
  public:
    CombineOverProcesses(World& world, std::vector<size_t> devices, std::vector<ReducedRegion> regions)
        : world_(world), devices_(std::move(devices)), regions_(std::move(regions)) {}

    void operator()(size_t reduction) {
        const ReducedRegion& region = regions_.at(reduction);
        const bool small = region.contributions.front().size() <= largest_gathered_bytes;
        // Merging statistics takes three values of a channel, which lie apart.
        if (small || region.reduction != Reduction::sum)
            gather_all(region);
        else
            sum_parts(region);
    }

  private:
    void gather_all(const ReducedRegion& region) {
        const size_t bytes = region.contributions.front().size();
        sent_.clear();
        for (const Bytes contribution : region.contributions)
            append(sent_, contribution);
        counts_.clear();
        for (const size_t devices : devices_)
            counts_.push_back(devices * bytes);
        received_.resize(total(counts_));
        world_.all_gather(sent_, counts_, received_);
        reduce_on_host(region.reduction, each(received_, bytes), region.results);
    }

    void sum_parts(const ReducedRegion& region) {
        const size_t bytes = region.contributions.front().size();
        const std::vector<size_t> begins = parts_of(bytes);
        const size_t rank = world_.rank(), size = world_.size();
        const size_t mine = begins[rank + 1] - begins[rank];
        sent_.clear();
        counts_.clear();
        std::vector<size_t> coming;
        for (size_t to = 0; to < size; ++to) {
            const size_t part = begins[to + 1] - begins[to];
            for (const Bytes contribution : region.contributions)
                append(sent_, contribution.subspan(begins[to], part));
            counts_.push_back(region.contributions.size() * part);
            coming.push_back(devices_[to] * mine);
        }
        received_.resize(total(coming));
        world_.all_to_all(sent_, counts_, received_, coming);
        part_.resize(mine);
        const std::span<std::byte> part = part_;
        if (mine > 0) reduce_on_host(region.reduction, each(received_, mine), std::span(&part, 1));
        for (size_t i = 0; i < size; ++i)
            counts_[i] = begins[i + 1] - begins[i];
        received_.resize(bytes);
        world_.all_gather(part_, counts_, received_);
        for (const std::span<std::byte> result : region.results)
            std::memcpy(result.data(), received_.data(), bytes);
    }

    // Returns where each process's part of a region begins, and where the last one ends, in whole elements.
    std::vector<size_t> parts_of(size_t bytes) const {
        const size_t elements = bytes / sizeof(float), part = divide_up(elements, world_.size());
        std::vector<size_t> begins;
        for (size_t i = 0; i <= world_.size(); ++i)
            begins.push_back(std::min(i * part, elements) * sizeof(float));
        return begins;
    }

    static size_t total(const std::vector<size_t>& counts) {
        return std::accumulate(counts.begin(), counts.end(), size_t{0});
    }

    World& world_;
    std::vector<size_t> devices_;
    std::vector<ReducedRegion> regions_;
    std::vector<std::byte> sent_, received_, part_;  ///< kept, so that a step allocates nothing
    std::vector<size_t> counts_;
};

}  // namespace

Reducer::Combine combine_over(World& world, std::vector<size_t> devices, std::vector<ReducedRegion> regions) {
    if (world.size() == 1)
        return [regions = std::move(regions)](size_t reduction) {
            const ReducedRegion& region = regions.at(reduction);
            reduce_on_host(region.reduction, region.contributions, region.results);
        };
    return CombineOverProcesses(world, std::move(devices), std::move(regions));
}

}  // namespace vkm::graph
