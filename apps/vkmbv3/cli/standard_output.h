#pragma once

#include <base/error.h>

namespace vkm::apps {

/// Says that results did not reach stdout, for the reason that errno had.
Error unwritten_output(int error);

/// Writes what is buffered for stdout. Throws unwritten_output() where that or anything printed before could not be written:
/// a result that nobody got is no success.
void finish_standard_output();

}  // namespace vkm::apps
