#pragma once

#include <teach/session.h>
#include <vkmbv3_teach.h>

#include <string>
#include <vector>

namespace vkm::capi {

/// These return what a snapshot of a session holds, in the structs of vkmbv3_teach.h.

vkmbv3_progress progress_of(const teach::Snapshot&);
/// Throws InvalidArgument where there is no such text, no such curve.
std::string text_of(const teach::Snapshot&, int32_t which);
std::vector<vkmbv3_curve_point> curve_of(const teach::Snapshot&, int32_t which);
std::vector<vkmbv3_class> classes_of(const teach::Snapshot&);

struct Scores {
    std::vector<vkmbv3_class_score> classes;
    std::vector<int64_t> confusion;
};
Scores scores_of(const teach::Snapshot&);

}  // namespace vkm::capi
