#pragma once

#include <bench/peaks.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::bench {

/// Describes one number of a device's peaks: how it is called, where it is written, and what it says.
struct PeakFigure {
    std::string name;    ///< "copy": its row is "peaks/copy"
    std::string unit;    ///< "GB/s"
    std::string member;  ///< of a result's "peaks"; empty where a list there holds it
    std::string
        vendor;  ///< of bench/vendor_figures.json: what it is held against; empty where vendors state nothing
    std::function<std::optional<double>(const Peaks&)> value;  ///< nothing where it was not measured
    std::function<std::string(const Peaks&)> remark;  ///< what has to be known with the value; may be empty
    std::string measures, matters;
};

/// Returns all of them, in the order in which they are listed.
const std::vector<PeakFigure>& peak_figures();

/// Returns a figure by its row, "peaks/copy"; null where there is none.
const PeakFigure* find_peak_figure(std::string_view row);

}  // namespace vkm::bench
