#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Reaches the processes that train one model together. Each is known by its rank, from 0 on.
///
/// All processes make the same calls in the same order, with the same numbers of bytes, and each from one thread at a
/// time. A call returns when this process has what it is to get. Who finds an error tells the others with its result
/// (for_all() in train/together.h), or ends the job: nobody waits for a process that is gone.
class World {
  public:
    virtual ~World() = default;

    virtual size_t rank() const = 0;
    virtual size_t size() const = 0;

    /// Gives every process what each of them has, in order of ranks: `bytes[i]` bytes of rank i.
    virtual void all_gather(std::span<const std::byte> mine, std::span<const size_t> bytes,
                            std::span<std::byte> all) = 0;
    /// Gives each process a part of what this one has. `to` holds the parts for the others in order of their ranks,
    /// `to_bytes[i]` bytes for rank i; `from` gets theirs.
    virtual void all_to_all(std::span<const std::byte> to, std::span<const size_t> to_bytes,
                            std::span<std::byte> from, std::span<const size_t> from_bytes) = 0;
};

/// Returns the world of a process that is alone.
World& one_process();

/// Gives every process what each of them has, of any size, in order of ranks.
std::vector<std::vector<std::byte>> gather(World&, std::span<const std::byte> mine);

}  // namespace vkm::graph
