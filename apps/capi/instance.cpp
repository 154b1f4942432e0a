#include "instance.h"

#include "handles.h"
#include "status.h"

#include <base/process.h>
#include <engine/error.h>
#include <engine/log.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <mutex>

namespace vkm::capi {
namespace {

// A library leaves standard output to its program, and tells on standard error only what somebody should know.
void keep_quiet() {
    auto logger =
        std::make_shared<spdlog::logger>("vkmbv3", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_level(spdlog::level::warn);
    logger->set_pattern("vkmbv3: %l: %v");
    engine::set_log(std::move(logger));
}

}  // namespace

const engine::Instance& instance() {
    static std::atomic<uint64_t> loading{0};  // the process that has loaded the drivers, or does so
    if (const uint64_t process = loading; process != 0 && process != process_id())
        throw NoDevice("Vulkan's drivers were loaded by the process that this one was forked from: {}",
                       start_anew);
    loading = process_id();
    static std::mutex& mutex = *new std::mutex;
    static const engine::Instance* only = nullptr;
    const std::lock_guard lock(mutex);
    if (!only) {
        keep_quiet();
        only = new engine::Instance;
    }
    return *only;
}

uint32_t device_index(int32_t named) {
    if (named < VKMBV3_DEFAULT_DEVICE)
        throw InvalidArgument("device is {}: use an index or VKMBV3_DEFAULT_DEVICE", named);
    return named == VKMBV3_DEFAULT_DEVICE ? instance().default_device() : static_cast<uint32_t>(named);
}

}  // namespace vkm::capi
