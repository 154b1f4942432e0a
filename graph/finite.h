#pragma once

#include <base/error.h>
#include <graph/host_tensor.h>

namespace vkm::graph {

/// Says that numbers are not finite where only finite ones are an answer: a loss, weights, gradients that no
/// loss scale makes finite, the outputs of a network.
class NonFinite : public Error {
  public:
    using Error::Error;
};

bool all_finite(const HostTensor&);

/// Says why a trained network's outputs are not finite where activations are stored as `storage`, and what to
/// do. Takes the place of a sentence's end: "the outputs are not finite: " + why_not_finite(…).
std::string why_not_finite(DType storage);

}  // namespace vkm::graph
