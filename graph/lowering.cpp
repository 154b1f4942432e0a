#include <graph/lowering.h>
#include <graph/operator.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace vkm::graph {
namespace {

ValueId base_of(const Graph& graph, ValueId id) {
    while (graph.value(id).view_of != no_value)
        id = graph.value(id).view_of;
    return id;
}

// "f32 2x7x7x96 1x3x3x96 -> 2x7x7x96": types where they change, so that what a node reads and writes, fused
// or not, is told apart.
std::string signature(const Graph& graph, const Node& node) {
    std::string text;
    std::optional<DType> said;
    const auto say = [&](ValueId id) {
        const TensorType& type = graph.type(id);
        text += (text.empty() ? "" : " ") + (said == type.dtype ? type.shape.text() : type.text());
        said = type.dtype;
    };
    std::ranges::for_each(node.inputs, say);
    text += " ->";
    std::ranges::for_each(node.outputs, say);
    return text;
}

}  // namespace

std::vector<Region> regions(const Command& command) {
    struct Visitor {
        std::vector<Region> operator()(const DispatchCommand& c) const { return c.bindings; }
        std::vector<Region> operator()(const CopyCommand& c) const { return {c.from, c.to}; }
        std::vector<Region> operator()(const FillCommand& c) const { return {c.region}; }
        std::vector<Region> operator()(const ReduceCommand& c) const { return {c.region}; }
    };
    return std::visit(Visitor{}, command.what);
}

Lowering::Lowering(const Graph& graph, NodeId node, const engine::DevicePlan& plan, Program& program)
    : graph_(graph), node_(node), plan_(plan), program_(program) {}

Region Lowering::region(ValueId id) const {
    int64_t offset = 0;
    for (ValueId at = id; graph_.value(at).view_of != no_value; at = graph_.value(at).view_of)
        offset += graph_.value(at).view_offset;
    return {program_.buffer_of_value.at(static_cast<size_t>(id)), offset, graph_.type(id).bytes()};
}

Region Lowering::scratch(int64_t bytes, std::string name) {
    program_.buffers.push_back({fmt::format("{}/{}", node().layer, name), Role::activation, bytes, no_value});
    return {static_cast<int32_t>(program_.buffers.size() - 1), 0, bytes};
}

size_t Lowering::choose_name(std::string_view what, const std::vector<std::string>& candidates) {
    ChoicePoint point{.node = node_,
                      .kernel = fmt::format("{} {}", node().op->name(), what),
                      .shape = signature(graph_, node()),
                      .candidates = {}};
    for (const std::string& name : candidates)
        if (std::ranges::find(point.candidates, name) == point.candidates.end())
            point.candidates.push_back(name);
    size_t chosen = 0;
    if (const auto tuned = plan_.tuning.find(point.key()); tuned != plan_.tuning.end())
        if (const auto at = std::ranges::find(candidates, tuned->second.candidate); at != candidates.end())
            chosen = static_cast<size_t>(at - candidates.begin());
    const auto name = std::ranges::find(point.candidates, candidates.at(chosen));
    point.chosen = static_cast<size_t>(name - point.candidates.begin());
    if (point.candidates.size() > 1) program_.choices.push_back(std::move(point));
    return chosen;
}

std::vector<Window> Lowering::windows(int64_t count, std::initializer_list<int64_t> unit_bytes) const {
    return cut_windows(count, std::span(unit_bytes.begin(), unit_bytes.size()),
                       static_cast<int64_t>(plan_.window_bytes),
                       static_cast<int64_t>(plan_.binding_alignment));
}

void Lowering::emit(const Kernel& kernel, std::vector<Region> bindings, std::vector<std::byte> push,
                    Groups groups, double flops) {
    engine::KernelSpec spec{&kernel.shader, kernel.storage, plan_.load_path, kernel.constants,
                            kernel.pin_subgroup};
    program_.commands.push_back(
        {node_, fmt::format("{}/{}", node().layer, node().op->name()),
         DispatchCommand{std::move(spec), std::move(bindings), std::move(push), groups, flops}});
}

void Lowering::fill_zero(const Region& region) {
    program_.commands.push_back(
        {node_, fmt::format("{}/{}", node().layer, node().op->name()), FillCommand{region}});
}

void Lowering::copy(const Region& from, const Region& to) {
    program_.commands.push_back(
        {node_, fmt::format("{}/{}", node().layer, node().op->name()), CopyCommand{from, to}});
}

void Lowering::host_reduce(const Region& region, Reduction reduction) {
    program_.commands.push_back(
        {node_, fmt::format("{}/{}", node().layer, node().op->name()), ReduceCommand{region, reduction}});
}

std::array<uint32_t, 3> fold_workgroups(int64_t workgroups, const engine::DevicePlan& plan) {
    const int64_t rows = (workgroups + plan.max_workgroup_count[0] - 1) / plan.max_workgroup_count[0];
    return {divide_up(workgroups, rows), static_cast<uint32_t>(rows), 1};
}

engine::DevicePlan with_tuning(engine::DevicePlan plan, engine::Tuning tuning) {
    plan.tuning = std::move(tuning);
    return plan;
}

Program lower(const Graph& graph, const engine::DevicePlan& plan) {
    Program program;
    program.buffer_of_value.assign(graph.values().size(), -1);
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const Value& value = graph.values()[i];
        if (value.view_of != no_value) continue;
        program.buffer_of_value[i] = static_cast<int32_t>(program.buffers.size());
        program.buffers.push_back({value.name, value.role, value.type.bytes(), static_cast<ValueId>(i)});
    }
    for (size_t i = 0; i < graph.values().size(); ++i)
        program.buffer_of_value[i] =
            program.buffer_of_value[static_cast<size_t>(base_of(graph, static_cast<ValueId>(i)))];
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
        Lowering lowering(graph, static_cast<NodeId>(i), plan, program);
        try {
            graph.nodes()[i].op->lower(lowering);
        } catch (const ShapeError& error) {
            throw ShapeError("{} ({}): {}", graph.nodes()[i].layer, graph.nodes()[i].op->name(),
                             error.what());
        }
    }
    return program;
}

}  // namespace vkm::graph
