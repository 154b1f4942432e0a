#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace vkm::train {

/// Makes items 0 .. count - 1 on threads of its own, by make(i), and takes them in order on the calling one, by
/// take(i, item). At most `ahead` items, at least one a worker, are made and not yet taken. Throws what either throws,
/// of make() in the items' order.
template <typename Make, typename Take>
void make_in_order(size_t count, size_t workers, size_t ahead, const Make& make, const Take& take) {
    using Item = decltype(make(size_t{0}));
    struct Made {
        Item item{};
        std::exception_ptr failure;
    };
    std::mutex mutex;
    std::condition_variable changed;
    std::map<size_t, Made> made;  // and not taken
    size_t begun = 0, taken = 0;
    bool stopping = false;

    const auto work = [&] {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return stopping || begun == count || begun - taken < ahead; });
            if (stopping || begun == count) return;
            const size_t i = begun++;
            lock.unlock();
            Made result;
            try {
                result.item = make(i);
            } catch (...) {
                result.failure = std::current_exception();
            }
            lock.lock();
            made[i] = std::move(result);
            changed.notify_all();
        }
    };
    struct Threads {
        std::vector<std::thread> all;
        const std::function<void()> stop;
        ~Threads() {
            stop();
            for (std::thread& thread : all)
                thread.join();
        }
    } threads{{}, [&] {
                  const std::lock_guard lock(mutex);
                  stopping = true;
                  changed.notify_all();
              }};
    ahead = std::max(ahead, workers);
    while (threads.all.size() < std::min(workers, count))
        threads.all.emplace_back(work);

    std::unique_lock lock(mutex);
    for (size_t i = 0; i < count; ++i) {
        changed.wait(lock, [&] { return made.contains(i); });
        Made next = std::move(made.extract(i).mapped());
        ++taken;
        lock.unlock();
        changed.notify_all();
        if (next.failure) std::rethrow_exception(next.failure);
        take(i, std::move(next.item));
        lock.lock();
    }
}

}  // namespace vkm::train
