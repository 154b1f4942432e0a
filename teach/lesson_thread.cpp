#include <base/background_thread.h>
#include <engine/cache/tuning_file.h>
#include <engine/error.h>
#include <engine/plan/selection.h>
#include <graph/finite.h>
#include <teach/lesson_thread.h>
#include <train/checkpoint.h>

#include <algorithm>

namespace vkm::teach {
namespace {

// Returns the devices to try, in their order: the chosen one, the fastest kinds, and the chosen one anew.
std::vector<uint32_t> candidates(const engine::Instance& instance, uint32_t chosen) {
    std::vector<uint32_t> order{chosen};
    for (const size_t index : engine::by_kind(instance.devices())) {
        const auto device = static_cast<uint32_t>(index);
        if (device != chosen && !instance.null_device(device)) order.push_back(device);
    }
    order.push_back(chosen);
    return order;
}

}  // namespace

std::unique_ptr<graph::PlannedDevice> LessonThread::open(uint32_t index) const {
    if (open_) return open_(index);
    graph::DeviceOptions options;
    if (index < instance_.devices().size())
        options.kernels.tuning = engine::load_tuning(instance_.devices()[index]);
    return graph::open_device(instance_, index, options);
}

LessonThread::~LessonThread() {
    pause();
    if (thread_.joinable()) thread_.join();
}

void LessonThread::start(LessonSubject subject, Progress before) {
    if (thread_.joinable()) thread_.join();
    stop_ = false;
    at_work_ = true;
    before.phase = Phase::preparing;
    if (const Progress now = box_.get()->progress; !now.weights.empty()) taught_before_ = now.weights;
    box_.change([&](Snapshot& s) {
        s.progress = before;
        s.can_resume = false;
    });
    thread_ = std::thread([this, subject = std::move(subject), before = std::move(before)] {
        work_in_background();  // whoever teaches goes on using the interface
        work(subject, before);
        at_work_ = false;
        at_work_.notify_all();
    });
}

void LessonThread::pause() {
    stop_ = true;
    box_.change([](Snapshot& s) {
        if (teach::at_work(s.progress.phase)) s.progress.phase = Phase::pausing;
    });
}

void LessonThread::tell(const Progress& progress) {
    const auto file = std::filesystem::path(progress.folder) / "best.safetensors";
    std::error_code unknown;
    const bool best = std::filesystem::exists(file, unknown);
    const bool has_checkpoint =
        train::checkpoint_exists(std::filesystem::path(progress.folder) / "checkpoint");
    box_.change([&](Snapshot& s) {
        s.progress = progress;
        if (stop_ && teach::at_work(progress.phase)) s.progress.phase = Phase::pausing;
        if (best)
            s.progress.weights = file.string();
        else  // one that ended too early has not taken away what was taught
            s.progress.weights = teach::at_work(progress.phase) ? std::string() : taught_before_;
        s.can_resume = progress.phase == Phase::paused || (progress.phase == Phase::failed && has_checkpoint);
    });
}

void LessonThread::fail(const std::string& problem) {
    Progress failed = box_.get()->progress;
    failed.phase = Phase::failed;
    failed.problem = problem;
    tell(failed);
    box_.tell(problem, true);
}

void LessonThread::work(const LessonSubject& subject, const Progress& before) {
    try {
        run_somewhere(subject, before);
    } catch (const graph::NonFinite& error) {  // which names options of the command line
        fail(fmt::format("the lesson has diverged: teach the head alone, or start from other weights ({})",
                         error.what()));
    } catch (const std::exception& error) {
        fail(error.what());
    }
}

void LessonThread::run_somewhere(const LessonSubject& subject, const Progress& before) {
    const std::vector<uint32_t> devices = candidates(instance_, subject.origin.device);
    for (size_t i = 0;; ++i) {
        LessonRun run(subject, i == 0 ? before : box_.get()->progress,
                      [this](const Progress& progress) { tell(progress); });
        try {
            const std::unique_ptr<graph::PlannedDevice> device = open(devices[i]);
            run.run(*device, stop_);
            return;
        } catch (const DeviceLost& error) {
            if (i + 1 == devices.size()) throw;
            box_.tell(fmt::format("{}. The lesson goes on from its last checkpoint on device {} ({})",
                                  error.what(), devices[i + 1], instance_.devices()[devices[i + 1]].name),
                      true);
        }
    }
}

}  // namespace vkm::teach
