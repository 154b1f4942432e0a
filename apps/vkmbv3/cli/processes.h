#pragma once

#include <graph/run/world.h>

#include <memory>
#include <string>

namespace vkm::apps {

/// Holds the processes that this one was started with: a world of one where there are none.
class Processes {
  public:
    /// Returns whether this build can be one of several.
    static bool in_this_build();
    /// Joins them. Throws UsageError where they were started and cannot be reached.
    static Processes join();
    ~Processes();
    Processes(Processes&&) noexcept;

    graph::World& world() const;
    size_t local_rank() const;  ///< among those on this host
    size_t local_size() const;
    const std::string& host() const;
    bool has_others() const { return world().size() > 1; }
    bool is_first() const { return world().rank() == 0; }
    /// Returns "rank 1 of 4 on host b".
    std::string name() const;

    /// Ends all of them at once.
    void abort(int status) const;

  private:
    struct Joined;
    Processes();

    std::unique_ptr<Joined> joined_;  ///< null: alone
};

}  // namespace vkm::apps
