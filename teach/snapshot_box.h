#pragma once

#include <teach/session.h>

#include <functional>
#include <mutex>

namespace vkm::teach {

/// Holds the latest snapshot. Whoever changes it makes another one; those that were handed out stay.
class SnapshotBox {
  public:
    std::shared_ptr<const Snapshot> get() const {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    void change(const std::function<void(Snapshot&)>& change) {
        const std::lock_guard lock(mutex_);
        auto next = std::make_shared<Snapshot>(*now_);
        change(*next);
        now_ = std::move(next);
    }
    void tell(std::string text, bool error) {
        change([&](Snapshot& s) { s.notice = {s.notice.number + 1, std::move(text), error}; });
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> now_ =
        std::make_shared<Snapshot>(Snapshot{.classes = std::make_shared<std::vector<PictureClass>>()});
};

}  // namespace vkm::teach
