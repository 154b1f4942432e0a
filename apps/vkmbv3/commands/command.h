#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace vkm::apps {

/// A command adds its options to `app` and returns what runs it once they are parsed; the result is the exit
/// status.
using Run = std::function<int()>;
using Setup = Run (*)(CLI::App& app);

Run devices_command(CLI::App&);
Run summary_command(CLI::App&);
Run train_command(CLI::App&);
Run eval_command(CLI::App&);
Run predict_command(CLI::App&);
Run latency_command(CLI::App&);
Run selfcheck_command(CLI::App&);
Run tune_command(CLI::App&);

/// Wrong usage found after parsing (exit status 2).
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace vkm::apps
