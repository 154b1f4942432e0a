#include "sources/source_thread.h"

namespace vkm::demo {

using Clock = std::chrono::steady_clock;

SourceThread::SourceThread(std::function<void()> arrived)
    : arrived_(std::move(arrived)), thread_([this] { work(); }) {}

SourceThread::~SourceThread() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = stop_ = true;
    }
    wanted_.notify_all();
    thread_.join();
}

void SourceThread::open(OpenSource source) {
    {
        const std::lock_guard lock(mutex_);
        next_ = std::move(source);
        has_next_ = stop_ = true;
        steps_ = 0;
    }
    wanted_.notify_all();
}

void SourceThread::step(bool back) {
    {
        const std::lock_guard lock(mutex_);
        steps_ += back ? -1 : 1;
    }
    wanted_.notify_all();
}

SourceState SourceThread::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

Frame SourceThread::newest() const {
    const std::lock_guard lock(mutex_);
    return newest_;
}

void SourceThread::change(const std::function<void()>& change) {
    {
        const std::lock_guard lock(mutex_);
        change();
    }
    arrived_();
}

void SourceThread::give(Source::Picture picture) {
    const auto now = Clock::now();
    Frame frame{0, std::make_shared<image::Image>(std::move(picture.pixels)), std::move(picture.name), now};
    change([&] {
        frame.number = ++number_;
        newest_ = std::move(frame);
        ++counted_;
        const double seconds = std::chrono::duration<double>(now - since_).count();
        if (seconds < 1) return;
        state_.frames_per_second = static_cast<double>(counted_) / seconds;
        since_ = now;
        counted_ = 0;
    });
}

void SourceThread::work() {
    std::unique_ptr<Source> source;  // one that does not move is gone on with where the next cannot be opened
    for (;;) {
        OpenSource next;
        {
            std::unique_lock lock(mutex_);
            wanted_.wait(lock, [&] { return ending_ || has_next_; });
            if (ending_) return;
            next = std::move(next_);
            has_next_ = false;
            stop_ = false;
        }
        if (!next) {
            source.reset();
            change([&] { state_ = {}; });
            continue;
        }
        if (source && source->moves()) source.reset();  // the next may be the same camera
        try {
            bool more = !open(next, source) || show(*source);
            while (more && !stop_ && (source->moves() || is_stepped(*source)))
                more = show(*source);
        } catch (const std::exception& error) {
            change([&] {
                state_.opening = false;
                state_.problem = error.what();
            });
        }
    }
}

// Returns whether another source is open now; false where it cannot be, and the one before goes on. Throws what opening has
// met where there is none before.
bool SourceThread::open(const OpenSource& next, std::unique_ptr<Source>& source) {
    change([&] { state_ = {.opening = true}; });
    std::string problem;
    try {
        source = next();
    } catch (const std::exception& error) {
        if (!source) throw;
        problem = error.what();
    }
    change([&] {
        state_ = {.description = source->description(), .moves = source->moves(), .problem = problem};
        since_ = Clock::now();
        counted_ = 0;
    });
    return problem.empty();
}

// Shows the source's next picture. Returns whether there was one, if only a damaged one.
bool SourceThread::show(Source& source) {
    try {
        std::optional<Source::Picture> picture = source.next(stop_);
        if (!picture) return false;
        give(*std::move(picture));
        change([&] { state_.problem.clear(); });
    } catch (const image::ImageError& error) {  // of a folder's pictures one may be damaged
        change([&] { state_.problem = error.what(); });
        if (source.moves()) throw;
    }
    return true;
}

// Waits until a person wants another picture of a source that does not move; false where the source is wanted no more.
bool SourceThread::is_stepped(Source& source) {
    std::unique_lock lock(mutex_);
    wanted_.wait(lock, [&] { return stop_ || steps_ != 0; });
    if (stop_) return false;
    if (steps_ < 0) source.go_back();
    steps_ += steps_ < 0 ? 1 : -1;
    return true;
}

}  // namespace vkm::demo
