#pragma once

#include <CLI/CLI.hpp>

namespace vkm::apps {

/// Adds --placement: whether several devices that run a network each have all of it, or a part of its layers (`staged`).
void add_placement_option(CLI::App&, bool& staged);

}  // namespace vkm::apps
