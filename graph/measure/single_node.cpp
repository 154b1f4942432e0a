#include <graph/flat_buffers.h>
#include <graph/measure/single_node.h>
#include <graph/operator.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace vkm::graph {

SingleNode isolate(const Graph& from, const Node& node) {
    SingleNode single;
    const std::vector<size_t> updates = node.op->updates();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const Value& value = from.value(node.inputs[i]);
        Role role = Role::input;
        if (value.role == Role::step_params) role = Role::step_params;
        if (std::find(updates.begin(), updates.end(), i) != updates.end()) role = value.role;
        single.inputs.push_back(single.graph.add_value({.name = fmt::format("{}:{}", i, value.name),
                                                        .type = value.type,
                                                        .role = role,
                                                        .info = {},
                                                        .nonnegative = value.nonnegative}));
        if (role != Role::input && role != Role::step_params) single.written.push_back(single.inputs.back());
    }
    // Two updated values of one role (running mean and variance) are ranges of its flat buffer.
    pack_parameters(single.graph);
    const std::vector<ValueId> outputs = single.graph.add(node.layer, node.op, single.inputs);
    single.written.insert(single.written.end(), outputs.begin(), outputs.end());
    return single;
}

int64_t label_classes(const SingleNode& single) {
    return single.graph.type(single.inputs.at(0)).shape.c;
}

HostTensor random_value(const Value& drawn, int64_t classes) {
    const TensorType& type = drawn.type;
    HostTensor tensor(type.shape);
    std::mt19937 random(static_cast<uint32_t>(std::hash<std::string>{}(drawn.name)));
    std::normal_distribution<float> normal;
    const bool statistics = type.shape.w == 3 && type.shape.n == 1 && type.shape.h == 1;
    for (int64_t row = 0; row < type.shape.rows(); ++row)
        for (int64_t c = 0; c < type.shape.c; ++c) {
            double& value = tensor.at(row, c);
            switch (type.dtype) {
                case DType::i32:  // labels; or the loss scale's state, which begins with zeros
                    value = type.shape.c == 1 ? static_cast<double>(random() % static_cast<uint32_t>(classes))
                                              : 0;
                    break;
                case DType::u8:
                    value = static_cast<double>(random() % 256);
                    break;
                default:
                    value = normal(random);
            }
            const bool positive =
                drawn.name.find("running_var") != std::string::npos || (statistics && row > 0);
            if (positive) value = statistics && row == 2 ? 64 : 16 + std::abs(value);
            if (drawn.nonnegative) value = std::abs(value);
        }
    return from_bytes(to_bytes(tensor, type), type);
}

}  // namespace vkm::graph
