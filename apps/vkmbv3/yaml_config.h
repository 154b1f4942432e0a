#pragma once

#include <CLI/CLI.hpp>

namespace vkm::apps {

/// Lets CLI11 read a command's options from a YAML map: `batch-size: 128`, `nesterov: true`, `milestones: [30, 60]`.
class YamlConfig final : public CLI::Config {
  public:
    explicit YamlConfig(std::string command) : command_(std::move(command)) {}

    std::string to_config(const CLI::App*, bool default_also, bool write_description, std::string prefix) const override;
    std::vector<CLI::ConfigItem> from_config(std::istream&) const override;

  private:
    std::string command_;
};

}  // namespace vkm::apps
