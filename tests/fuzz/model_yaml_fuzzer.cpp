#include <fuzz/fuzz_target.h>
#include <graph/models/model_yaml.h>
#include <graph/models/network.h>

#include <cstdlib>

using namespace vkm::graph;

/// Checks that what is accepted is printed as a text that means the same, and makes a network or an error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        const Model model = model_from_yaml(text, "net.yaml");
        if (!(model_from_yaml(to_yaml(model, model.options()), "printed") == model)) std::abort();
        const ModelConfig config = model_config_of(model);
        Graph graph;
        build_network(graph, config, graph.input("images", f32({1, config.input_size, config.input_size, 3})),
                      Mode::training);
    } catch (const vkm::Error&) {
        return -1;
    }
    return 0;
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    std::vector<std::string> seeds{
        "name: least\nstem: {out: 16}\nblocks: [{out: 8}]\n",
        "stem: {out: 10, kernel: 5, fixed: true, activation: none, padding: same}\n"
        "options: {width: 0.5, mean: [0, 0, 0], head: full}\nrounding: up-to-8\nblock-names: conv\n"
        "blocks:\n  - {kind: convolution, kernel: 1, out: 8, stride: 2}\n"
        "  - {start: 3, kernel: 0, expansion: 2.5, out: 12, skip: none, project-activation: relu6}\n"
        "  - {expanded: 22, out: 10, squeeze-excite: {hidden: 3, bias: false, order: before}, fixed: true}\n"
        "  - &row {out: 10, squeeze-excite: {ratio: 1, used: false}, depthwise-activation: square}\n  - *row\n"
        "last: {expansion: 6, norm-behind-activation: true, squeeze-excite: true}\npooled-activation: hard-swish\n"
        "hidden: {out: 30, scaling: twice, batch-norm: true}\noutput: {bias: false, convolution: true}\n"};
    for (const char* name : {"pengbo_v3_small", "jungin500_v3_small", "mobilenet_v4_conv_small"})
        seeds.push_back(to_yaml(*find_model(name), find_model(name)->options()));
    return seeds;
}
