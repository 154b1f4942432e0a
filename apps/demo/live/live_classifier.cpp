#include "live/live_classifier.h"

#include <base/background_thread.h>
#include <engine/cache/tuning_file.h>
#include <infer/classifier.h>
#include <infer/heat_map.h>
#include <infer/labels/labels.h>
#include <infer/preparation.h>

#include <algorithm>

namespace vkm::demo {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kept_times = 240;  // frames of the graph

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::unique_ptr<graph::PlannedDevice> open_device(const engine::Instance& instance, uint32_t index) {
    graph::DeviceOptions options;
    if (index < instance.devices().size())
        options.kernels.tuning = engine::load_tuning(instance.devices()[index]);
    return graph::open_device(instance, index, options);
}

std::string name_of(const graph::ModelConfig& config) {
    return fmt::format("{}{}, {} px", config.model.name(),
                       config.width == 1 ? "" : fmt::format(" {}", config.width), config.input_size);
}

graph::ModelFile open_labelled(const LiveChoice& choice) {
    graph::ModelFile file = infer::open_model(choice.weights);
    if (!choice.labels.empty())
        file.class_names = infer::read_labels(choice.labels, file.config->num_classes).names;
    return file;
}

// Drivers compile more when a kernel runs for the first time.
void warm_up(infer::Classifier& classifier) {
    classifier.classify(image::Image{1, 1, {0, 0, 0}}, 1);
}

}  // namespace

/// A network on its device, ready to classify.
class LiveClassifier::Network {
  public:
    using Progress = std::function<void(size_t, size_t)>;

    Network(const engine::Instance& instance, const LiveChoice& choice, const Progress& progress)
        : device_(open_device(instance, choice.device)),
          file_(open_labelled(choice)),
          precision_(choice.half ? graph::DType::f16 : graph::DType::f32),
          classifier_(*device_, file_, {.precision = precision_, .compile_progress = progress}) {
        warm_up(classifier_);
        model_ = std::make_shared<LiveModel>(LiveModel{choice, name_of(*file_.config), device_->description(),
                                                       file_.config->num_classes, file_.config->input_size,
                                                       file_.class_names});
    }

    const std::shared_ptr<const LiveModel>& model() const { return model_; }

    infer::Classification classify(const image::Image& picture) {
        return classifier_.classify(picture, static_cast<size_t>(model_->classes));
    }
    infer::Explanation explain(const image::Image& picture, int64_t label) {
        if (!maps_)
            maps_.emplace(*device_, *file_.config, file_.weights,
                          infer::HeatMaps::Options{.classes = 1, .precision = precision_});
        return maps_->explain(picture, std::span(&label, 1));
    }

  private:
    std::unique_ptr<graph::PlannedDevice> device_;
    graph::ModelFile file_;
    graph::DType precision_;
    infer::Classifier classifier_;
    std::optional<infer::HeatMaps> maps_;
    std::shared_ptr<const LiveModel> model_;
};

LiveClassifier::LiveClassifier(const engine::Instance& instance, std::function<void()> changed)
    : instance_(instance), changed_(std::move(changed)), thread_([this] { work(); }) {}

LiveClassifier::~LiveClassifier() {
    wish([](Wishes& w) { w.ending = true; });
    thread_.join();
}

void LiveClassifier::wish(const std::function<void(Wishes&)>& wish) {
    {
        const std::lock_guard lock(mutex_);
        wish(wishes_);
    }
    wished_.notify_all();
}

uint64_t LiveClassifier::choose(LiveChoice choice) {
    uint64_t number = 0;
    wish([&](Wishes& w) {
        w.choice = std::move(choice);
        number = ++w.choices;
    });
    return number;
}
void LiveClassifier::show(Frame frame) {
    wish([&](Wishes& w) { w.frame = std::move(frame); });
}
void LiveClassifier::explain(bool on) {
    wish([=](Wishes& w) { w.explain = on; });
}
void LiveClassifier::repeat(bool on) {
    wish([=](Wishes& w) { w.repeat = on; });
}
void LiveClassifier::rest(bool on) {
    wish([=](Wishes& w) { w.rest = on; });
}

std::shared_ptr<const LiveState> LiveClassifier::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void LiveClassifier::change(const std::function<void(LiveState&)>& change) {
    {
        const std::lock_guard lock(mutex_);
        auto next = std::make_shared<LiveState>(*state_);
        change(*next);
        state_ = std::move(next);
    }
    changed_();
}

void LiveClassifier::work() {
    work_in_background();     // and what a driver starts to compute on this processor
    uint64_t classified = 0;  // the last frame's number
    bool explained = false;
    for (;;) {
        Wishes now;
        {
            std::unique_lock lock(mutex_);
            wished_.wait(lock, [&] {
                const Wishes& w = wishes_;
                const bool is_new = w.frame.number != classified || w.explain != explained || w.repeat;
                return w.ending || w.choice || (network_ && !w.rest && w.frame.number > 0 && is_new);
            });
            if (wishes_.ending) return;
            now = wishes_;
            wishes_.choice.reset();
        }
        if (now.choice) {
            if (load(*now.choice, now.choices)) classified = 0;
            continue;
        }
        classified = now.frame.number;
        explained = now.explain;
        classify(now.frame, now.explain);
    }
}

bool LiveClassifier::load(const LiveChoice& choice, uint64_t number) {
    const std::string what = choice.weights.filename().string();
    change([&](LiveState& s) {
        s.loading = true;
        s.loading_what = what;
        s.loading_share = 0;
        s.choice_problem.clear();
    });
    try {
        auto next = std::make_unique<Network>(instance_, choice, [&](size_t done, size_t total) {
            change([&](LiveState& s) {
                s.loading_share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1;
            });
        });
        network_ = std::move(next);
        times_.clear();
        change([&](LiveState& s) { s = {.model = network_->model(), .choices = number}; });
        return true;
    } catch (const std::exception& error) {
        change([&](LiveState& s) {
            s.loading = false;
            s.choices = number;
            s.choice_problem = error.what();
        });
        return false;
    }
}

void LiveClassifier::classify(const Frame& frame, bool explain) {
    try {
        auto result = std::make_shared<LiveResult>();
        const auto start = Clock::now();
        result->frame = frame;
        result->classes = network_->classify(*frame.picture);
        result->milliseconds = milliseconds_since(start);
        if (explain) result->heat = network_->explain(*frame.picture, result->classes.top.front().label);
        times_.push_back(Clock::now());
        if (times_.size() > 30) times_.erase(times_.begin());
        change([&](LiveState& s) {
            s.recent_ms.push_back(static_cast<float>(result->milliseconds));
            if (s.recent_ms.size() > kept_times) s.recent_ms.erase(s.recent_ms.begin());
            const double seconds = std::chrono::duration<double>(times_.back() - times_.front()).count();
            s.frames_per_second = seconds > 0 ? static_cast<double>(times_.size() - 1) / seconds : 0;
            s.result = std::move(result);
            s.problem.clear();
        });
    } catch (const std::exception& error) {
        const bool lost = dynamic_cast<const DeviceLost*>(&error) != nullptr;
        const std::string problem = error.what();
        if (lost) network_.reset();
        change([&](LiveState& s) {
            s.problem = problem;
            if (lost) s.model.reset();
        });
    }
}

}  // namespace vkm::demo
