#include <engine/log.h>
#include <spdlog/spdlog.h>

namespace vkm::engine {
namespace {

// Is never destroyed: devices may close while the process ends.
std::shared_ptr<spdlog::logger>& chosen() {
    static auto& logger = *new std::shared_ptr<spdlog::logger>;
    return logger;
}

}  // namespace

spdlog::logger& log() {
    return chosen() ? *chosen() : *spdlog::default_logger_raw();
}

void set_log(std::shared_ptr<spdlog::logger> logger) {
    chosen() = std::move(logger);
}

}  // namespace vkm::engine
