#include <graph/kernels/sum_parts.h>
#include <graph/lower/lowering.h>
#include <graph/operator.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace vkm::graph {
namespace {

struct Range {
    ValueId base = no_value;
    int64_t offset = 0;
};

Range base_of(const Graph& graph, ValueId id) {
    Range range{id};
    for (; graph.value(range.base).view_of != no_value; range.base = graph.value(range.base).view_of)
        range.offset += graph.value(range.base).view_offset;
    return range;
}

// Returns "f32 2x7x7x96 1x3x3x96 -> 2x7x7x96": the tensors that a node reads and writes, which
// fusion changes. An element type is named where it differs from the one before.
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

Lowering::Lowering(const Graph& graph, const Node& node, std::span<const Region> regions, NodeId counted_as,
                   const KernelPlan& plan, Program& program, DeferredSums& deferred,
                   ExtensibleDispatches& extensible)
    : graph_(graph),
      node_(node),
      regions_(regions),
      counted_as_(counted_as),
      plan_(plan),
      program_(program),
      deferred_(deferred),
      extensible_(extensible) {}

Region Lowering::scratch(int64_t bytes, std::string name) {
    program_.buffers.push_back(
        {fmt::format("{}/{}", node_.layer, name), Role::activation, bytes, no_value, {}});
    return {static_cast<int32_t>(program_.buffers.size() - 1), 0, bytes};
}

Region Lowering::summed_later(int64_t parts, const Region& total) {
    if (parts == 1) return total;
    if (!deferred_.fits(parts, total, plan_)) add_up();
    return deferred_.add(program_, parts, total, plan_);
}

bool Lowering::sum_together_later(const std::vector<DeferredSums::Sum>& wanted) {
    std::vector<DeferredSums::Sum> split;
    std::ranges::copy_if(wanted, std::back_inserter(split),
                         [](const DeferredSums::Sum& sum) { return sum.parts > 1; });
    if (deferred_.fit(split, plan_)) return true;
    if (!DeferredSums{}.fit(split, plan_)) return false;
    add_up();
    return true;
}

void Lowering::add_up_for_this_node() {
    const auto concerned = [&](ValueId id) { return deferred_.concerns(region(id)); };
    if (std::ranges::any_of(node_.inputs, concerned) || std::ranges::any_of(node_.outputs, concerned))
        add_up();
}

void Lowering::add_up() {
    if (!deferred_.empty()) lower_sum_parts(*this, deferred_.take());
}

Region Lowering::counters(int64_t count) {
    if (program_.counters < 0) {
        program_.counters = static_cast<int32_t>(program_.buffers.size());
        program_.buffers.push_back({"counters", Role::table, 0, no_value, {}});
    }
    ProgramBuffer& buffer = program_.buffers[static_cast<size_t>(program_.counters)];
    const auto alignment = std::max<int64_t>(static_cast<int64_t>(plan_.device.binding_alignment), 16);
    const Region words{program_.counters, buffer.bytes, count * int64_t{sizeof(uint32_t)}};
    buffer.bytes = align_up(words.offset + words.bytes, alignment);
    buffer.contents.resize(static_cast<size_t>(buffer.bytes));
    return words;
}

Region Lowering::table(std::span<const std::byte> contents, std::string name) {
    std::vector<std::byte> stored(contents.begin(), contents.end());
    stored.resize(align_up<size_t>(std::max<size_t>(stored.size(), 1), 16));
    const auto bytes = static_cast<int64_t>(stored.size());
    program_.buffers.push_back(
        {fmt::format("{}/{}", node_.layer, name), Role::table, bytes, no_value, std::move(stored)});
    return {static_cast<int32_t>(program_.buffers.size() - 1), 0, bytes};
}

void Lowering::lower_as(const Graph& inner, std::span<const ValueId> outputs) {
    std::vector<Region> regions(inner.values().size());
    const std::vector<ValueId> inputs = inner.with_role(Role::input);
    for (size_t i = 0; i < inputs.size(); ++i)
        regions.at(static_cast<size_t>(inputs[i])) = input(i);
    for (size_t i = 0; i < outputs.size(); ++i)
        regions.at(static_cast<size_t>(outputs[i])) = output(i);
    for (size_t id = 0; id < regions.size(); ++id)
        if (regions[id].buffer < 0)
            regions[id] = scratch(inner.values()[id].type.bytes(), inner.values()[id].name);
    for (const Node& node : inner.nodes()) {
        Lowering lowering(inner, node, regions, counted_as_, plan_, program_, deferred_, extensible_);
        lowering.add_up_for_this_node();
        node.op->lower(lowering);
    }
}

std::string Lowering::label() const {
    return fmt::format("{}/{}", node_.layer, node_.op->name());
}

size_t Lowering::choose_name(std::string_view what, const std::vector<std::string>& candidates) {
    ChoicePoint point{.node = counted_as_,
                      .kernel = fmt::format("{} {}", node_.op->name(), what),
                      .shape = signature(graph_, node_),
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
                       static_cast<int64_t>(plan_.device.window_bytes),
                       static_cast<int64_t>(plan_.device.binding_alignment));
}

void Lowering::fill_unused(std::vector<Region>& bindings, std::span<const BindingUse> uses,
                           const Shader& shader) {
    const std::vector<Region> given = bindings;
    for (size_t i = 0; i < given.size(); ++i) {
        if (!given[i].empty()) continue;
        if (uses[i].needed) throw Error("shader {}: nothing is bound as {}", shader.name, uses[i].name);
        // A stand-in is read and written as this binding would be, so that no hazard comes with it; or written only
        // where this one would be read, too, which is ordered after the same dispatches. The largest is taken, and of it one
        // quad, which is a whole number of any texels.
        Region stand_in;
        const auto stand_in_read = [&](bool reads) {
            for (size_t other = 0; other < given.size(); ++other)
                if (!given[other].empty() && uses[other].reads == reads &&
                    uses[other].writes == uses[i].writes && given[other].bytes > stand_in.bytes)
                    stand_in = given[other];
        };
        stand_in_read(uses[i].reads);
        if (stand_in.empty() && uses[i].writes) stand_in_read(false);
        stand_in.bytes = std::min<int64_t>(stand_in.bytes, 16);
        bindings[i] = stand_in;
        if (stand_in.empty())
            throw Error("shader {}: no binding is used as {} is and could take its place", shader.name,
                        uses[i].name);
    }
}

template <typename What>
void Lowering::emit(What what) {
    emit_command({counted_as_, label(), std::move(what)});
}
template void Lowering::emit(DispatchCommand);

void Lowering::emit_command(Command command) {
    emit_before(command);
    program_.commands.push_back(std::move(command));
}

void Lowering::emit_before(const Command& command) {
    std::ranges::move(extensible_.before(command), std::back_inserter(program_.commands));
}

void Lowering::emit_waiting() {
    std::ranges::move(extensible_.rest(), std::back_inserter(program_.commands));
}

void Lowering::fill_zero(const Region& region) {
    emit(FillCommand{region});
}

void Lowering::copy(const Region& from, const Region& to) {
    emit(CopyCommand{from, to});
}

void Lowering::host_reduce(ReduceCommand reduce) {
    emit(std::move(reduce));
}

std::array<uint32_t, 3> fold_workgroups(int64_t workgroups, const KernelPlan& plan) {
    const uint32_t rows = divide_up(workgroups, plan.device.max_workgroup_count[0]);
    return {divide_up(workgroups, rows), rows, 1};
}

Program lower(const Graph& graph, const KernelPlan& plan) {
    Program program;
    program.buffer_of_value.assign(graph.values().size(), -1);
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const Value& value = graph.values()[i];
        if (value.view_of != no_value) continue;
        program.buffer_of_value[i] = static_cast<int32_t>(program.buffers.size());
        program.buffers.push_back({value.name, value.role, value.type.bytes(), static_cast<ValueId>(i), {}});
    }
    std::vector<Region> regions;
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const auto id = static_cast<ValueId>(i);
        const auto [base, offset] = base_of(graph, id);
        program.buffer_of_value[i] = program.buffer_of_value[static_cast<size_t>(base)];
        regions.push_back({program.buffer_of_value[i], offset, graph.type(id).bytes()});
    }
    DeferredSums deferred;
    ExtensibleDispatches extensible;
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        Lowering lowering(graph, node, regions, static_cast<NodeId>(i), plan, program, deferred, extensible);
        try {
            lowering.add_up_for_this_node();
            node.op->lower(lowering);
            if (i + 1 < graph.nodes().size()) continue;
            lowering.emit_waiting();
            lowering.add_up();
        } catch (const ShapeError& error) {
            throw ShapeError("{} ({}): {}", node.layer, node.op->name(), error.what());
        }
    }
    return program;
}

}  // namespace vkm::graph
