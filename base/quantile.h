#pragma once

#include <vector>

namespace vkm {

/// Returns the value that a share of the values (0 to 1) lie below: of n sorted values the one at index
/// (n - 1) share, interpolated linearly where that is no whole number. Returns 0 where there are no values.
double quantile(std::vector<double> values, double share);

/// Returns the middle value, or the mean of the two in the middle.
double median(std::vector<double> values);

/// Returns how far the upper quartile lies above the lower one.
double interquartile_range(std::vector<double> values);

}  // namespace vkm
