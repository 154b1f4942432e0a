#pragma once

#include <bench/disturbance.h>
#include <graph/tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::bench {

/// Says why a row of the overview has no value.
enum class Missing : uint8_t {
    nothing,  ///< it has one
    time,     ///< its part of the time was over, or is too short
    memory,   ///< it does not fit the device
    support,  ///< the device, the build or the files that are there cannot do it
    failure   ///< it was begun and failed
};

/// Holds one measured number, or says why there is none.
struct Row {
    std::string name;  ///< "mobilenet_v3_large/b32/fp16/training"
    std::string unit;  ///< "images/s"
    std::optional<double> value = {};
    std::optional<double> noise = {};  ///< half of the interquartile range, as a share of the value
    int64_t batch = 0;                 ///< images at a time; 0 where there are none
    std::string remark = {};           ///< what has to be known with the value
    std::optional<Disturbance> disturbed =
        {};                             ///< where the value is to be doubted: another run may disagree
    std::optional<double> vendor = {};  ///< what the device's vendor states of it, in the same unit
    Missing missing = Missing::time;
    std::string why = "the time was over before it was begun";  ///< where it is missing

    void set(double v, std::optional<double> n = {}) {
        value = v;
        noise = n;
        missing = Missing::nothing;
        why.clear();
    }
    void miss(Missing kind, std::string reason) {
        missing = kind;
        why = std::move(reason);
    }
};

/// Returns a row by its name; null where there is none.
Row* find_row(std::vector<Row>&, std::string_view name);
const Row* find_row(const std::vector<Row>&, std::string_view name);

/// Names a part of the overview, in the order in which they are measured. Each has its share of the time.
enum class Part : uint8_t { peaks, batch_1, one_image, batch_32, largest, photographs };
constexpr std::string_view part_name(Part part) {
    constexpr std::string_view names[] = {"peaks",    "batch 1",       "one image",
                                          "batch 32", "largest batch", "photographs"};
    return names[static_cast<size_t>(part)];
}

/// Describes a run that gives one row or several.
struct OverviewCase {
    Part part = Part::peaks;
    std::string name;  ///< of its first row
    std::string model;
    graph::DType precision = graph::DType::f32;
    bool training = false;
    int64_t batch = 0;    ///< 0: the largest that fits
    int64_t classes = 0;  ///< 0: the network's own
    bool least = true;    ///< of one image: whether the least time counts, and not the median
};

/// Returns all cases but the peaks, in the order in which they are run: within a part the cheaper first.
std::vector<OverviewCase> overview_cases(const std::vector<std::string>& models);
/// Returns what a case, or the peaks, will say, with nothing measured yet.
std::vector<Row> rows_of(const OverviewCase&);
std::vector<Row> peak_rows();

/// Says what a row measures, and why that matters.
struct Description {
    std::string measures, matters;
};
Description describe(const Row&);

}  // namespace vkm::bench
