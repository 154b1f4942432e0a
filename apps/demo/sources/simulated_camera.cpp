#include "sources/camera.h"
#include "sources/pictures.h"

#include <chrono>
#include <thread>

namespace vkm::demo {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class SimulatedCamera final : public Source {
  public:
    SimulatedCamera(fs::path folder, double rate)
        : folder_(std::move(folder)), pictures_(open_folder(folder_)), period_(1 / rate) {}

    std::string description() const override { return "simulated camera " + folder_.string(); }

    std::optional<Picture> next(const std::atomic<bool>& stop) override {
        due_ = std::max(due_ + std::chrono::duration_cast<Clock::duration>(period_),
                        Clock::now() - Clock::duration(1));
        std::this_thread::sleep_until(due_);
        require_folder();
        std::optional<Picture> picture;
        try {
            picture = pictures_->next(stop);
        } catch (...) {
            require_folder();  // it may have gone since
            throw;
        }
        picture->name.clear();
        return picture;
    }

  private:
    void require_folder() const {
        std::error_code unknown;
        if (!fs::is_directory(folder_, unknown))
            throw SourceError("the simulated camera was unplugged: its folder {} is gone", folder_.string());
    }

    fs::path folder_;
    std::unique_ptr<Source> pictures_;
    std::chrono::duration<double> period_;
    Clock::time_point due_ = Clock::now();
};

}  // namespace

std::unique_ptr<Source> open_simulated_camera(const fs::path& folder, double pictures_per_second) {
    return std::make_unique<SimulatedCamera>(folder, pictures_per_second);
}

}  // namespace vkm::demo
