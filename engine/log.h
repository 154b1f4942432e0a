#pragma once

#include <spdlog/logger.h>

#include <memory>

namespace vkm::engine {

/// Returns what the engine tells its user by, besides errors: spdlog's default logger, or that of set_log().
spdlog::logger& log();

/// Makes the engine tell what it tells by this logger: a library must not write to its program's standard
/// output, as spdlog's own default does. Call it before anything else of the engine.
void set_log(std::shared_ptr<spdlog::logger>);

}  // namespace vkm::engine
