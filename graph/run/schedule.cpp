#include <graph/run/schedule.h>

#include <algorithm>
#include <utility>

namespace vkm::graph {
namespace {

bool overlap(const Region& a, const Region& b) {
    return a.buffer == b.buffer && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

class Scheduler {
  public:
    explicit Scheduler(const Program& program) : program_(program) {}

    Schedule run() {
        for (size_t i = 0; i < program_.commands.size(); ++i) {
            const Command& command = program_.commands[i];
            collect_touched_by(command, i);
            if (const auto* reduce = std::get_if<ReduceCommand>(&command.what)) {
                reduce_after(i, {command.label, reduce->region, reduce->reduction, reduce->gives,
                                 reduce->takes, reduce->number.value_or(result_.reductions.size())});
            }
        }
        close(program_.commands.size());
        if (!uncollected_.empty()) {  // results nobody reads on the device still have to reach it
            current_.first = program_.commands.size();
            for (const size_t reduction : std::vector(uncollected_))
                collect(reduction);
            close(program_.commands.size());
        }
        contribute_all();  // what others wait for, and nobody here
        return std::move(result_);
    }

  private:
    // Ends the segment at a reduction. Reductions next to each other follow the same segment.
    void reduce_after(size_t at, HostReduction reduction) {
        const size_t index = result_.reductions.size();
        result_.reductions.push_back(std::move(reduction));
        if (!result_.reductions.back().gives) {  // nothing ends here
            uncollected_.push_back(index);
            return;
        }
        const bool adjacent = current_.first == at && current_.loads.empty() && !result_.segments.empty();
        if (adjacent) {
            result_.segments.back().stores.push_back(index);
            to_contribute(result_.segments.size() - 1, index);
        } else {
            current_.stores.push_back(index);
            close(at);
        }
        current_.first = at + 1;
    }

    // Starts a segment, behind the result, for a command that reads or writes what is being reduced.
    void collect_touched_by(const Command& command, size_t at) {
        std::vector<size_t> touched;
        for (const size_t reduction : uncollected_)
            for (const Region& region : regions(command))
                if (overlap(region, result_.reductions[reduction].region)) {
                    touched.push_back(reduction);
                    break;
                }
        if (touched.empty()) return;
        for (const size_t reduction : uncollected_)
            if (!result_.reductions[reduction].gives &&
                std::ranges::find(touched, reduction) == touched.end())
                touched.push_back(reduction);
        std::ranges::sort(touched);
        close(at);
        current_.first = at;
        for (const size_t reduction : touched)
            collect(reduction);
    }

    void collect(size_t reduction) {
        contribute_all();
        result_.actions.push_back({Action::Kind::collect, result_.reductions[reduction].number});
        current_.loads.push_back(reduction);
        std::erase(uncollected_, reduction);
    }

    void close(size_t end) {
        current_.last = end;
        if (current_.first == current_.last && current_.loads.empty() && current_.stores.empty()) return;
        const size_t segment = result_.segments.size();
        result_.actions.push_back({Action::Kind::submit, segment});
        contribute_all();  // of earlier segments: this one keeps the device busy meanwhile
        for (const size_t reduction : current_.stores)
            to_contribute(segment, reduction);
        result_.segments.push_back(std::exchange(current_, Segment{end, end, {}, {}}));
    }

    void to_contribute(size_t segment, size_t reduction) {
        uncontributed_.push_back({segment, reduction});
        if (result_.reductions[reduction].takes) uncollected_.push_back(reduction);
    }

    void contribute_all() {
        for (const auto& [segment, reduction] : uncontributed_) {
            result_.actions.push_back({Action::Kind::await, segment});
            result_.actions.push_back({Action::Kind::contribute, result_.reductions[reduction].number});
        }
        uncontributed_.clear();
    }

    const Program& program_;
    Schedule result_;
    Segment current_;
    std::vector<std::pair<size_t, size_t>> uncontributed_;  // (segment, reduction)
    std::vector<size_t> uncollected_;
};

}  // namespace

Schedule schedule(const Program& program) {
    return Scheduler(program).run();
}

}  // namespace vkm::graph
