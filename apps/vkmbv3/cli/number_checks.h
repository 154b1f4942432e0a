#pragma once

#include <CLI/CLI.hpp>

namespace vkm::apps {

/// Accept a finite number above 0, or of 0 and more, and say so in words where it is another: CLI11's own write out
/// the largest number there is, in 309 digits.
CLI::Validator positive_number();
CLI::Validator non_negative_number();

}  // namespace vkm::apps
