#pragma once

#include <graph/host_tensor.h>
#include <graph/models/network.h>

#include <map>
#include <string_view>

namespace vkm::test {

/// Holds an evaluation or training graph of a model over a batch of images.
struct TestNetwork {
    graph::Graph graph;
    graph::ValueId images = graph::no_value, logits = graph::no_value;
};
TestNetwork test_network(const graph::ModelConfig&, int64_t batch, graph::Mode = graph::Mode::evaluation);

/// Returns a model small enough for the CPU reference: a quarter of its width, ten classes, images of 32.
graph::ModelConfig narrow_model(std::string_view name);

/// Returns weights as a trained network has them: initial values, with batch norm's vectors and all biases
/// away from their neutral values. All are floats, so that files hold them exactly.
std::map<graph::ValueId, graph::HostTensor> trained_values(const graph::Graph&, uint64_t seed);

/// Returns a tensor of floats between -1 and 1.
graph::HostTensor noise(const graph::Shape&, uint64_t seed);

}  // namespace vkm::test
