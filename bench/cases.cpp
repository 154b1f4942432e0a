#include <bench/cases.h>
#include <bench/odd_shapes.h>
#include <bench/optimizer_cases.h>
#include <graph/lower/lowering.h>
#include <graph/measure/single_node.h>
#include <graph/operator.h>
#include <infer/inference.h>
#include <train/step_graph.h>

#include <algorithm>
#include <set>

namespace vkm::bench {
namespace {

using graph::DType;
using graph::Graph;
using graph::Node;

// Not networks, but shapes and operators of their own.
constexpr std::string_view odd = "odd", optimizers = "optimizers";
constexpr double most_reference_operations = 4e7;  // of the CPU reference: about a tenth of a second

graph::ModelConfig config_of(const std::string& model, const Selection& selection) {
    graph::ModelConfig config = graph::model_config(model);
    if (selection.input_size > 0) config.input_size = selection.input_size;
    return config;
}

Graph network(const std::string& model, int64_t batch, DType precision, bool training,
              const Selection& selection, const graph::KernelPlan& plan) {
    if (model == odd) return odd_shapes(batch, precision);
    if (model == optimizers) return optimizer_cases();
    const graph::ModelConfig config = config_of(model, selection);
    if (!training) return infer::inference_graph(config, batch, precision, graph::Granularity::layers);
    train::Recipe recipe;
    recipe.augmentation = {train::Crop::pad4, true};
    recipe.fuse = selection.fuse;
    return train::training_step(config, recipe,
                                {.local_batch = batch,
                                 .global_batch = batch,
                                 .fusion = selection.fuse ? plan.fusion : graph::Fusion{},
                                 .storage = precision})
        .graph;
}

std::shared_ptr<const NetworkGraph> network_at(const std::string& model, int64_t batch, DType precision,
                                               bool training, const Selection& selection,
                                               const graph::KernelPlan& plan) {
    auto result =
        std::make_shared<NetworkGraph>(network_graph(model, batch, precision, training, selection, plan));
    if (batch != 1) result->at_batch_1 = network_at(model, 1, precision, training, selection, plan);
    return result;
}

// Returns everything that decides what a device does for the node, except addresses.
std::string work_key(const graph::Program& program) {
    std::string key;
    for (const graph::Command& command : program.commands) {
        if (const auto* dispatch = std::get_if<graph::DispatchCommand>(&command.what)) {
            key += dispatch->kernel.label();
            key.append(reinterpret_cast<const char*>(dispatch->push.data()), dispatch->push.size());
            key += fmt::format("{},{},{}", dispatch->groups[0], dispatch->groups[1], dispatch->groups[2]);
        }
        for (const graph::Region& region : graph::regions(command))
            key += fmt::format(":{}", region.bytes);
    }
    return key;
}

double reference_operations(const Graph& graph, const Node& node) {
    std::vector<graph::TensorType> inputs, outputs;
    double elements = 0;
    for (const graph::ValueId id : node.inputs)
        elements += static_cast<double>(inputs.emplace_back(graph.type(id)).shape.elements());
    for (const graph::ValueId id : node.outputs)
        elements += static_cast<double>(outputs.emplace_back(graph.type(id)).shape.elements());
    return elements + static_cast<double>(node.op->multiply_adds(inputs, outputs));
}

}  // namespace

bool is_network(std::string_view model) {
    return model != odd && model != optimizers;
}

const char* precision_name(DType precision) {
    return precision == DType::f16 ? "fp16" : "fp32";
}

NetworkGraph network_graph(const std::string& model, int64_t batch, DType precision, bool training,
                           const Selection& selection, const graph::KernelPlan& plan) {
    return {model,
            batch,
            precision,
            training,
            is_network(model) ? config_of(model, selection).input_size : 0,
            network(model, batch, precision, training, selection, plan),
            nullptr};
}

std::string NetworkGraph::name() const {
    return fmt::format("{}/b{}/{}/{}", model, batch, precision_name(precision),
                       training ? "training" : "inference");
}

const NetworkGraph& KernelCase::checked_in() const {
    const bool quick = reference_operations(graph(), node()) <= most_reference_operations;
    return quick || !network->at_batch_1 ? *network : *network->at_batch_1;
}

std::vector<std::shared_ptr<const NetworkGraph>> networks(const Selection& selection,
                                                          const graph::KernelPlan& plan) {
    std::vector<int64_t> batches = selection.batches;
    std::sort(batches.rbegin(), batches.rend());
    std::vector<std::shared_ptr<const NetworkGraph>> result;
    for (const std::string& model : selection.models)
        for (const int64_t batch : batches)
            for (const DType precision : selection.precisions) {
                result.push_back(network_at(model, batch, precision, true, selection, plan));
                if (is_network(model))
                    result.push_back(network_at(model, batch, precision, false, selection, plan));
            }
    return result;
}

std::vector<KernelCase> kernel_cases(const std::vector<std::shared_ptr<const NetworkGraph>>& networks,
                                     const graph::KernelPlan& plan) {
    std::vector<KernelCase> cases;
    std::set<std::string> works, names;
    for (const auto& network : networks)
        for (size_t i = 0; i < network->graph.nodes().size(); ++i) {
            const Node& node = network->graph.nodes()[i];
            const graph::Program program = graph::lower(graph::isolate(network->graph, node).graph, plan);
            const std::string key = work_key(program);
            if (graph::kernel_specs(program).empty() || !works.insert(key).second) continue;
            const std::string name =
                fmt::format("{}/b{}/{}/{}/{}", network->model, network->batch,
                            precision_name(network->precision), node.layer, node.op->name());
            // One name may stand for different work: an epilogue differs between training and inference, and
            // a layer may apply an operator twice.
            std::string unique = name;
            for (int n = 2; !names.insert(unique).second; ++n)
                unique = fmt::format("{}.{}", name, n);
            cases.push_back({unique, network, static_cast<graph::NodeId>(i)});
        }
    return cases;
}

std::string shapes_text(const Graph& graph, const Node& node) {
    std::string text;
    for (const graph::ValueId id : node.inputs)
        text += (text.empty() ? "" : " x ") + graph.type(id).shape.text();
    text += " -> ";
    for (size_t i = 0; i < node.outputs.size(); ++i)
        text += (i == 0 ? "" : ", ") + graph.type(node.outputs[i]).shape.text();
    return node.outputs.empty() ? text + "in place" : text;
}

}  // namespace vkm::bench
