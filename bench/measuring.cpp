#include <bench/measuring.h>
#include <engine/error.h>

namespace vkm::bench {
namespace {

using Clock = std::chrono::steady_clock;

bool gone(const Error& error) {
    return dynamic_cast<const DeviceLost*>(&error) || dynamic_cast<const DeviceTimeout*>(&error);
}

/// Reports nothing, where nobody asked for Google Benchmark's own report: Progress says the same.
class NoReport final : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>&) override {}
};

}  // namespace

Measuring::Measuring(graph::PlannedDevice& device, bool quiet, size_t total, SoFar so_far)
    : device_(device), so_far_(std::move(so_far)), progress_(quiet, total), watch_(device.snapshot()) {
    results_.unfinished = total;
}

bool Measuring::attempt(std::string_view what, const std::function<void()>& measure) {
    if (device_gone_) return false;
    try {
        measure();
        return true;
    } catch (const Error& error) {
        results_.failures.push_back(fmt::format("{}: {}", what, error.what()));
        device_gone_ = gone(error);
        return false;
    }
}

void Measuring::between_benchmarks() {
    if (probes_ >= 4 && Clock::now() - last_probe_ < std::chrono::seconds(5)) return;
    probe();
    ++probes_;
    last_probe_ = Clock::now();
    if (so_far_) so_far_(results_);
}

void Measuring::finish() {
    for (int i = 0; i < 4; ++i)
        probe();
}

std::optional<size_t> Measuring::look() {
    return probe() ? std::optional(looks_.looks() - 1) : std::nullopt;
}

std::optional<Disturbance> Measuring::between(std::optional<size_t> first, std::optional<size_t> last) const {
    if (!first || !last) return {};
    return looks_.between(*first, *last);
}

// Returns whether the probe works.
bool Measuring::probe() {
    results_.state = watch_.seen();
    if (!probe_works_) return false;
    probe_works_ = attempt("probing for noise", [&] {
        if (!probe_) probe_.emplace(device_);
        looks_.look(probe_->measure(), processor_times());
        results_.noise = probe_->noise();
        results_.noise_known = probe_->enough();
    });
    return probe_works_;
}

void Measuring::report(benchmark::State& state, const std::vector<double>& microseconds) {
    size_t next = 0;
    for ([[maybe_unused]] auto _ : state)
        state.SetIterationTime(microseconds[next++ % microseconds.size()] * 1e-6);
}

void Measuring::skip(benchmark::State& state, const std::string& name, const Error& error) {
    progress_.done(name, error.what());
    state.SkipWithError(error.what());
    if (!gone(error)) return;
    device_gone_ = true;
    results_.failures.push_back(fmt::format("{}: {}", name, error.what()));
}

void run_benchmarks(const std::vector<Benchmark>& list, size_t samples, bool report) {
    if (list.empty()) return;  // it would complain that the filter found nothing
    benchmark::ClearRegisteredBenchmarks();
    for (const Benchmark& one : list)
        benchmark::RegisterBenchmark(one.name.c_str(), one.run)
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond)
            ->Iterations(static_cast<benchmark::IterationCount>(samples));
    NoReport none;
    benchmark::RunSpecifiedBenchmarks(report ? nullptr : &none);
    benchmark::ClearRegisteredBenchmarks();
}

}  // namespace vkm::bench
