#include <bench/deadline.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace vkm::bench {

namespace {

int status_of(const std::function<int()>& last_words) {
    int status = 1;
    try {
        status = last_words();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
    }
    std::fflush(nullptr);
    return status;
}

}  // namespace

struct Deadline::Thread {
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    std::thread thread;

    void watch(double seconds, const std::atomic<bool>& interrupted, const std::function<int()>& last_words) {
        using Clock = std::chrono::steady_clock;
        const auto after = [](double s) {
            return Clock::now() +
                   std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
        };
        std::optional<Clock::time_point> end;
        if (seconds != never) end = after(seconds);
        bool noticed = false;
        std::unique_lock lock(mutex);
        while (!over) {
            if (interrupted && !noticed) {
                noticed = true;
                const Clock::time_point soon = after(grace);
                if (!end || soon < *end) end = soon;
            }
            if (end && Clock::now() >= *end) {
                std::_Exit(status_of(last_words));
            }
            // A signal handler cannot notify.
            changed.wait_for(lock, std::chrono::milliseconds(50), [&] { return over; });
        }
    }
};

Deadline::Deadline(double seconds, const std::atomic<bool>& interrupted, std::function<int()> last_words)
    : thread_(std::make_unique<Thread>()) {
    thread_->thread = std::thread([this, seconds, &interrupted, words = std::move(last_words)] {
        thread_->watch(seconds, interrupted, words);
    });
}

Deadline::~Deadline() {
    {
        const std::lock_guard lock(thread_->mutex);
        thread_->over = true;
    }
    thread_->changed.notify_all();
    thread_->thread.join();
}

}  // namespace vkm::bench
