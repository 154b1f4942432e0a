#pragma once

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace vkm::test {

/// Captures what is logged in its lifetime, instead of on stderr.
class CapturedLog {
  public:
    CapturedLog() {
        auto logger =
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
        logger->set_formatter(
            std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, "\n"));
        spdlog::set_default_logger(std::move(logger));
    }
    CapturedLog(const CapturedLog&) = delete;
    ~CapturedLog() { spdlog::set_default_logger(before_); }

    std::string text() const { return text_.str(); }

  private:
    std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
    std::ostringstream text_;
};

}  // namespace vkm::test
