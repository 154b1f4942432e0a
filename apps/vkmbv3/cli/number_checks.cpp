#include "cli/number_checks.h"

#include <fmt/core.h>

#include <cmath>

namespace vkm::apps {
namespace {

template <typename Accepts>
CLI::Validator number_that(Accepts accepts, const char* in_words, const char* in_help) {
    return {[=](std::string& text) -> std::string {
                double value = 0;
                if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && accepts(value))
                    return {};
                return fmt::format("{} is not {}", text, in_words);
            },
            in_help};
}

}  // namespace

CLI::Validator positive_number() {
    return number_that([](double value) { return value > 0; }, "a number above 0", "POSITIVE");
}

CLI::Validator non_negative_number() {
    return number_that([](double value) { return value >= 0; }, "0 or a number above it", "NONNEGATIVE");
}

}  // namespace vkm::apps
