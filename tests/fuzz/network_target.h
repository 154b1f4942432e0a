#pragma once

#include <graph/weights/network_file/match.h>

#include <cstdint>
#include <span>

namespace vkm::test {

/// Reads a network's operators, brings them into our forms and compares them with a network of ours. Returns
/// what libFuzzer wants: -1 for a refused input.
template <typename Read>
int match_for_fuzzing(std::span<const uint8_t> file, Read read) {
    static const graph::ModelConfig config = [] {
        graph::ModelConfig tiny = graph::model_config("mobilenet_v2");
        tiny.width = 0.05;
        tiny.input_size = 16;
        return tiny;
    }();
    try {
        graph::NetworkFile network = read(std::as_bytes(file), "fuzz");
        graph::simplify(network, "fuzz");
        graph::match_network(network, config);
    } catch (const graph::WeightsError&) {
        return -1;
    }
    return 0;
}

}  // namespace vkm::test
