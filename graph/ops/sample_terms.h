#pragma once

#include <graph/metric_record.h>

namespace vkm::graph::ops {

/// Says of one sample of a batch how it is mixed with its neighbour, and how much its loss counts. Sample i's
/// neighbour is i ^ 1: samples 0 and 1 are mixed with each other, 2 and 3, …. The last one of an odd number, of which
/// nothing can be mixed, is its own.
struct SampleTerms {
    float own_pixels = 1;  ///< share of its own pixels outside of the box
    float own_target = 1;  ///< share of its own label
    /// The box of pixels [top, bottom) x [left, right) that are the neighbour's.
    float top = 0, bottom = 0, left = 0, right = 0;
    float weight = 1;  ///< of its loss
    float unused = 0;
};

/// Returns the type of the value that holds the terms of `samples` samples.
inline TensorType sample_terms_type(int64_t samples) {
    return f32({samples, 1, 1, static_cast<int64_t>(sizeof(SampleTerms) / sizeof(float))});
}

}  // namespace vkm::graph::ops
