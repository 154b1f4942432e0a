#pragma once

#include <graph/weights/choose.h>

#include <cstdint>
#include <span>

namespace vkm::test {

/// Opens a weights file and reads every dict of tensors in it. Returns what libFuzzer wants: -1 for a refused
/// input. Checks that accepted tensors are as described and hold what their shapes ask for: to_floats() throws
/// where they do not, which nothing here catches.
template <typename Open>
int read_for_fuzzing(std::span<const uint8_t> file, Open open) {
    std::vector<graph::StateDict> read;
    graph::WeightsContent content;
    try {
        content = open(std::as_bytes(file), "fuzz");
        for (size_t i = 0; i < content.groups.size(); ++i)
            read.push_back(content.read(i));
        graph::read_weights(content, graph::choose_weights(content, "fuzz"));
    } catch (const graph::WeightsError&) {
        return -1;
    }
    for (size_t i = 0; i < read.size(); ++i) {
        if (read[i].tensors.size() != content.groups[i].tensors.size()) std::abort();
        for (size_t j = 0; j < read[i].tensors.size(); ++j) {
            const graph::NamedTensor &tensor = read[i].tensors[j], &described = content.groups[i].tensors[j];
            if (tensor.name != described.name || tensor.shape != described.shape) std::abort();
            graph::to_floats(tensor);
        }
    }
    return 0;
}

}  // namespace vkm::test
