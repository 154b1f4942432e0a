#pragma once

#include <graph/run/world.h>

#include <functional>
#include <memory>
#include <string>

namespace vkm::apps {

/// Says how this process was started: by itself, or as one of several by mpirun, srun and the like.
struct Launch {
    size_t size = 1;      ///< 0: several or one, as the launcher will say
    std::string by = {};  ///< the variable of the environment that says so

    bool alone() const { return size == 1; }
};

/// Reads it from the environment, of which `variable` returns one, or null. Throws UsageError where processes were started
/// that cannot know of each other.
Launch launch_of(const std::function<const char*(const char*)>& variable);

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
