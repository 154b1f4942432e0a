#include <graph/run/planned_steps.h>

#include <algorithm>

namespace vkm::graph {
namespace {

using Kind = TraceTrack::Kind;

// Walks through the actions of all devices at once. Each goes on until it needs a reduction that is not made.
class Planner {
  public:
    Planner(const std::vector<Schedule>& schedules, const std::vector<std::vector<SegmentSeconds>>& seconds,
            const std::vector<double>& exchanges)
        : schedules_(schedules), seconds_(seconds), exchanges_(exchanges), devices_(schedules.size()) {
        parts_.resize(exchanges.size(), 0);
        labels_.resize(exchanges.size());
        for (const Schedule& schedule : schedules)
            for (const HostReduction& reduction : schedule.reductions)
                if (reduction.gives) {
                    ++parts_[reduction.number];
                    labels_[reduction.number] = reduction.label;
                }
    }

    std::vector<TraceEvent> run(size_t steps) {
        for (size_t step = 0; step < steps; ++step)
            make(step);
        return std::move(events_);
    }

  private:
    struct Device {
        size_t action = 0;
        double host = 0, queue = 0;  ///< until when each is busy
        std::vector<double> ends;    ///< by segment
    };

    void make(uint64_t step) {
        step_ = step;
        given_.assign(exchanges_.size(), {});
        made_.clear();
        for (size_t i = 0; i < devices_.size(); ++i) {
            devices_[i].action = 0;
            devices_[i].ends.assign(schedules_[i].segments.size(), 0);
        }
        for (bool goes_on = true; goes_on;) {
            goes_on = false;
            for (size_t i = 0; i < devices_.size(); ++i)
                goes_on |= advance(i);
            goes_on |= exchange();
        }
    }

    bool advance(size_t index) {
        Device& device = devices_[index];
        const std::vector<Action>& actions = schedules_[index].actions;
        const size_t before = device.action;
        for (; device.action < actions.size(); ++device.action) {
            const Action& action = actions[device.action];
            switch (action.kind) {
                case Action::Kind::submit:
                    submit(index, action.index);
                    break;
                case Action::Kind::await:
                    wait(index, "await", device.ends[action.index]);
                    break;
                case Action::Kind::contribute:
                    given_[action.index].push_back(device.host);
                    break;
                case Action::Kind::collect:
                    if (action.index >= made_.size()) return device.action != before;
                    wait(index, "collect", made_[action.index]);
                    break;
            }
        }
        return device.action != before;
    }

    void submit(size_t index, size_t segment) {
        Device& device = devices_[index];
        const SegmentSeconds& seconds = seconds_[index][segment];
        double at = std::max(device.queue, device.host);
        const auto part = [&](Kind kind, const char* name, double taken) {
            if (taken > 0) events_.push_back({{kind, index}, name, step_, at, at + taken});
            at += taken;
        };
        part(Kind::link, "takes", seconds.loads);
        part(Kind::queue, "segment", seconds.work);
        part(Kind::link, "gives", seconds.stores);
        device.queue = device.ends[segment] = at;
    }

    void wait(size_t index, const char* name, double until) {
        Device& device = devices_[index];
        if (until > device.host) events_.push_back({{Kind::host, index}, name, step_, device.host, until});
        device.host = std::max(device.host, until);
    }

    // Makes what is ready, in the order of the numbers.
    bool exchange() {
        const size_t before = made_.size();
        while (made_.size() < exchanges_.size() && given_[made_.size()].size() == parts_[made_.size()]) {
            const size_t number = made_.size();
            double begin = exchanged_;
            for (const double given : given_[number])
                begin = std::max(begin, given);
            exchanged_ = begin + exchanges_[number];
            events_.push_back({{Kind::exchange, 0}, labels_[number], step_, begin, exchanged_});
            made_.push_back(exchanged_);
        }
        return made_.size() != before;
    }

    const std::vector<Schedule>& schedules_;
    const std::vector<std::vector<SegmentSeconds>>& seconds_;
    const std::vector<double>& exchanges_;
    std::vector<Device> devices_;
    std::vector<size_t> parts_;  ///< how many devices give, by number
    std::vector<std::string> labels_;
    uint64_t step_ = 0;
    std::vector<std::vector<double>> given_;  ///< when, by number
    std::vector<double> made_;                ///< until when, by number, as far as they are
    double exchanged_ = 0;                    ///< until when the thread that makes them is busy
    std::vector<TraceEvent> events_;
};

}  // namespace

std::vector<TraceEvent> planned_steps(const std::vector<Schedule>& schedules,
                                      const std::vector<std::vector<SegmentSeconds>>& devices,
                                      const std::vector<double>& exchanges, size_t steps) {
    return Planner(schedules, devices, exchanges).run(steps);
}

}  // namespace vkm::graph
