#pragma once

#include <cstdlib>
#include <string_view>
#include <vector>

namespace vkm::test {

/// Returns whether this run takes every path again: with other sizes and types, and on every driver
/// (VKMBV3_TEST_VARIANTS=1; `scripts/test.sh variants`). By default one case stands for all that take the
/// same path, because a software driver spends most of a test's time compiling kernels.
inline bool variants_wanted() {
    const char* const value = std::getenv("VKMBV3_TEST_VARIANTS");
    return value && std::string_view(value) == "1";
}

/// Returns the cases that stand for a path each, and where variants are wanted also
/// those that take one again.
template <typename T>
std::vector<T> with_variants(std::vector<T> cases, const std::vector<T>& variants) {
    if (variants_wanted()) cases.insert(cases.end(), variants.begin(), variants.end());
    return cases;
}

}  // namespace vkm::test
