#pragma once

#include <graph/lower/program.h>

#include <any>
#include <functional>
#include <optional>
#include <vector>

namespace vkm::graph {

/// Holds dispatches in which a later node can do its own work: a kernel that merges partial results may go on with what they
/// come to. What there is to do is a value of a type of its own, `Work`, and says which dispatches can do it.
class ExtensibleDispatches {
  public:
    /// Changes a dispatch so that it does the work, too.
    template <typename Work>
    using Extend = std::function<void(DispatchCommand&, const Work&)>;

    /// Adds one that waits. Where nobody extends it, it is emitted before anything touches its memory.
    template <typename Work>
    void add_waiting(Command command, Extend<Work> extend) {
        dispatches_.push_back({std::move(command), 0, std::move(extend)});
    }
    /// Adds one that is emitted as command `at` of its program.
    template <typename Work>
    void add_emitted(size_t at, Extend<Work> extend) {
        dispatches_.push_back({{}, at, std::move(extend)});
    }

    /// Extends the dispatch for such work that touches a region, and returns true; or false where there is none, or one that
    /// is emitted already and what it would touch has been touched since. One that has waited is then to be emitted.
    template <typename Work>
    bool extend(Program& program, const Region& region, const Work& work, std::optional<Command>& emit) {
        for (auto at = dispatches_.begin(); at != dispatches_.end(); ++at) {
            const auto* extend = std::any_cast<Extend<Work>>(&at->extend);
            if (!extend || !touches(command_of(*at, program), region)) continue;
            Command extended = command_of(*at, program);
            (*extend)(std::get<DispatchCommand>(extended.what), work);
            const bool waits = at->waiting.has_value();
            if (!waits && touched_since(program, at->emitted, extended)) return false;
            if (waits)
                emit = std::move(extended);
            else
                program.commands[at->emitted] = std::move(extended);
            dispatches_.erase(at);
            return true;
        }
        return false;
    }

    /// Returns those that wait and touch a region of this command's, in order, which wait no more.
    std::vector<Command> before(const Command&);
    /// Returns all that wait, likewise.
    std::vector<Command> rest();

  private:
    struct Extensible {
        std::optional<Command> waiting;
        size_t emitted = 0;  ///< unless it waits
        std::any extend;
    };
    static const Command& command_of(const Extensible&, const Program&);
    static bool touches(const Command&, const Region&);
    static bool touched_since(const Program&, size_t emitted, const Command& extended);

    std::vector<Extensible> dispatches_;
};

}  // namespace vkm::graph
