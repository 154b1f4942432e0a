#include <engine/error.h>
#include <engine/vulkan/kernel_store.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace vkm::engine {
namespace {

constexpr double worth_saving_seconds = 0.5;

/// Runs work(0) … work(count - 1) on all hardware threads. The calling thread does something else first, then
/// reports progress, and rethrows the first exception after the others have stopped.
void in_parallel(size_t count, const std::function<void(size_t)>& work,
                 const std::function<void()>& meanwhile, const std::function<void(size_t)>& progress) {
    std::mutex mutex;
    std::condition_variable changed;
    size_t next = 0, done = 0, running = 0;
    std::exception_ptr failure;

    const auto worker = [&] {
        std::unique_lock lock(mutex);
        while (next < count && !failure) {
            const size_t mine = next++;
            lock.unlock();
            std::exception_ptr thrown;
            try {
                work(mine);
            } catch (...) {
                thrown = std::current_exception();
            }
            lock.lock();
            if (thrown && !failure) failure = thrown;
            ++done;
            changed.notify_one();
        }
        --running;
        changed.notify_one();
    };

    std::vector<std::jthread> threads;
    {
        std::unique_lock lock(mutex);
        running = std::min<size_t>(std::max(1u, std::thread::hardware_concurrency()), count);
        for (size_t i = 0; i < running; ++i)
            threads.emplace_back(worker);
        lock.unlock();
        std::exception_ptr thrown;
        try {
            meanwhile();
        } catch (...) {
            thrown = std::current_exception();
        }
        lock.lock();
        if (thrown && !failure) failure = thrown;
        for (size_t reported = 0;;) {
            changed.wait(lock, [&] { return done != reported || running == 0; });
            if (done != reported && !failure) {
                reported = done;
                lock.unlock();
                try {
                    progress(reported);
                } catch (...) {
                    lock.lock();
                    failure = std::current_exception();
                    continue;
                }
                lock.lock();
                continue;
            }
            reported = done;
            if (running == 0) break;
        }
    }
    threads.clear();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace

KernelStore::KernelStore(std::shared_ptr<Context> context) : context_(std::move(context)), cache_(context_) {}

void KernelStore::save() noexcept {
    cache_.save();
    unsaved_seconds_ = 0;
}

KernelStore::Key KernelStore::key(const KernelSpec& spec) const {
    if (!spec.shader) throw Error("{}: a kernel without a shader", context_->description);
    if (!spec.shader->built())
        throw Error(
            "{}: shader {} is not in this build, whose glslang could not compile it; build with a newer one",
            context_->description, spec.shader->name);
    const auto code = spec.shader->variant(spec.storage, spec.load);
    return {code.data(), spec.constants, spec.pin_subgroup};
}

std::vector<const Kernel*> KernelStore::get(std::span<const KernelSpec> specs,
                                            const std::function<void(size_t, size_t)>& progress,
                                            const std::function<void()>& meanwhile) {
    std::map<Key, const KernelSpec*> missing;
    for (const KernelSpec& spec : specs)
        if (Key k = key(spec); !kernels_.contains(k)) missing.emplace(std::move(k), &spec);

    const std::vector<std::pair<Key, const KernelSpec*>> jobs(missing.begin(), missing.end());
    std::vector<std::unique_ptr<Kernel>> compiled(jobs.size());
    const auto begun = std::chrono::steady_clock::now();
    in_parallel(
        jobs.size(),
        [&](size_t i) { compiled[i] = std::make_unique<Kernel>(context_, cache_.get(), *jobs[i].second); },
        [&] {
            if (meanwhile) meanwhile();
        },
        [&](size_t done) {
            if (progress) progress(done, jobs.size());
        });
    for (size_t i = 0; i < jobs.size(); ++i)
        kernels_.emplace(jobs[i].first, std::move(compiled[i]));
    // A run that is interrupted must not cost the next one all of this again.
    unsaved_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (unsaved_seconds_ > worth_saving_seconds) save();

    std::vector<const Kernel*> result;
    for (const KernelSpec& spec : specs)
        result.push_back(kernels_.at(key(spec)).get());
    return result;
}

}  // namespace vkm::engine
