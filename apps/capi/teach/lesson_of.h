#pragma once

#include <teach/lesson.h>
#include <vkmbv3_teach.h>

namespace vkm::capi {

/// Returns a lesson of a program; null is one of the head. Throws InvalidArgument where it is not as
/// vkmbv3_teach.h says.
teach::Lesson lesson_of(const vkmbv3_lesson*);

/// Returns the number of a reach: VKMBV3_HEAD, …
int32_t number_of(teach::Reach);

}  // namespace vkm::capi
