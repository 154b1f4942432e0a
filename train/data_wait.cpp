#include <train/data_wait.h>

#include <fmt/core.h>

#include <algorithm>
#include <thread>

namespace vkm::train {
namespace {

// A tenth of the time is what a faster input would win at most.
constexpr double worth_mentioning = 0.1;
// The first look is at empty rings and kernels that are not warm.
constexpr int looks_on_end = 3;

}  // namespace

void DataWait::restart() {
    since_ = Clock::now();
    waited_ = {};
}

double DataWait::look() {
    const Clock::time_point now = Clock::now();
    const std::chrono::duration<double> all = now - since_, waited = waited_;
    since_ = now;
    waited_ = {};
    return all.count() > 0 ? std::clamp(waited / all, 0.0, 1.0) : 0;
}

std::optional<std::string> DataWaitAdvice::after(double share) {
    looks_ = share > worth_mentioning ? looks_ + 1 : 0;
    sum_ = looks_ == 0 ? 0 : sum_ + share;
    if (said_ || looks_ < looks_on_end) return {};
    said_ = true;
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const int workers = workers_ == 0 ? cores : workers_;
    const std::string advice =
        workers < cores
            ? fmt::format("raise --workers from {} to {}, the cores there are", workers, cores)
            : fmt::format(
                  "all {} cores read them already: scale the files down once to about twice the input size",
                  cores);
    return fmt::format("{:.0f} % of the time the devices wait for images: {}", 100 * sum_ / looks_, advice);
}

}  // namespace vkm::train
