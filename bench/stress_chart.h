#pragma once

#include <bench/stress.h>
#include <draw/drawing.h>

#include <string>
#include <vector>

namespace vkm::bench {

/// Says how the throughput went: whether a device became slower as it became warm.
struct Course {
    double first = 0,
           last = 0;  ///< images a second: medians of the first tenth of the passes, and of the last
    double least = 0, most = 0;
};
Course course_of(const std::vector<StressPass>&);

/// Draws throughput over time.
draw::Drawing stress_chart(const std::vector<StressPass>&, const std::string& title);

/// Draws it as one line of bars for a terminal, at most `columns` wide, with the least and the most beside it.
std::string stress_text(const std::vector<StressPass>&, size_t columns = 60);

}  // namespace vkm::bench
