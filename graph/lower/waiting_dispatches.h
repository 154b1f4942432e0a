#pragma once

#include <graph/lower/program.h>

#include <any>
#include <optional>
#include <vector>

namespace vkm::graph {

/// Holds dispatches that end a node and wait for a later node that can do its own work in them: a kernel that merges
/// partial results may go on with what they come to. One that nobody takes is emitted before anything touches its memory.
class WaitingDispatches {
  public:
    /// `command` is what to emit, `dispatch` what a node may take in its place.
    void add(Command command, std::any dispatch) {
        waiting_.push_back({std::move(command), std::move(dispatch)});
    }

    /// Returns the dispatch of this type that touches a region, which waits no more.
    template <typename Dispatch>
    std::optional<Dispatch> take(const Region& region) {
        for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
            const auto* dispatch = std::any_cast<Dispatch>(&at->dispatch);
            if (!dispatch || !touches(at->command, region)) continue;
            std::optional<Dispatch> taken(*dispatch);
            waiting_.erase(at);
            return taken;
        }
        return {};
    }

    /// Returns those that touch a region of this command's, in order, which wait no more.
    std::vector<Command> before(const Command&);
    /// Returns all of them, likewise.
    std::vector<Command> rest();

  private:
    struct Waiting {
        Command command;
        std::any dispatch;
    };
    static bool touches(const Command&, const Region&);

    std::vector<Waiting> waiting_;
};

}  // namespace vkm::graph
