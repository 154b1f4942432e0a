#include <graph/flat_buffers.h>
#include <graph/operator.h>
#include <graph/ops/accumulate.h>
#include <graph/ops/hand_over.h>
#include <graph/passes/uses.h>
#include <graph/place/stages.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

namespace vkm::graph {
namespace {

// Says to which batch, and to which part of it, a node belongs.
struct Part {
    size_t batch = 0;
    bool backward = false;
};

Part part_of(const BatchedStep& step, size_t node) {
    Part part;
    while (part.batch + 1 < step.batches.size() && step.batches[part.batch + 1].begin <= node)
        ++part.batch;
    part.backward = node >= step.batches[part.batch].forward;
    return part;
}

bool is_given_by_the_host(Role role) {
    return role == Role::input || role == Role::step_params;
}

// Returns whether a node adds up a flat buffer over the step's batches, of which each stage has a part.
bool accumulates_gradients(const Graph& graph, const Node& node) {
    return as<ops::Accumulation>(node) && node.inputs.at(0) == flat_buffer(graph, Role::gradient);
}

// Bytes of a flat buffer.
struct Range {
    int64_t begin = 0, end = 0;
};

// Joins what a stage has of a flat buffer into as few ranges as there are without another stage's in between.
std::vector<std::vector<Range>> joined(std::vector<std::pair<Range, size_t>> owned, size_t stages) {
    std::ranges::sort(owned, {}, [](const auto& range) { return range.first.begin; });
    std::vector<std::vector<Range>> ranges(stages);
    std::optional<size_t> last;
    for (const auto& [range, stage] : owned) {
        if (last && last != stage && range.begin < ranges[*last].back().end)
            throw Error("two stages make the same part of a flat buffer");
        if (last != stage)
            ranges[stage].push_back(range);
        else
            ranges[stage].back().end = std::max(ranges[stage].back().end, range.end);
        last = stage;
    }
    return ranges;
}

class Splitter {
  public:
    Splitter(const BatchedStep& step, const StageLayers& layers)
        : step_(step),
          graph_(*step.graph),
          stages_(layers.count()),
          places_(places_of(step, layers)),
          turns_(one_forward_one_backward(stages_, step.batches.size(), has_backward())),
          nodes_(stages_),
          made_on_(graph_.values().size()) {
        sort_by_turn();
        share_out_flat_buffers();
    }

    std::vector<Graph> run() {
        find_makers();
        find_takers();
        for (size_t turn = 0; turn < turns_.size(); ++turn)
            make(turn);
        for (size_t stage = 0; stage < stages_; ++stage)
            make_update(stage);
        std::vector<Graph> graphs;
        for (size_t stage = 0; stage < stages_; ++stage)
            graphs.push_back(graph_of(stage));
        return graphs;
    }

  private:
    bool has_backward() const {
        return std::ranges::any_of(
            step_.batches, [&](const BatchedStep::Batch& batch) { return batch.forward < end_of(batch); });
    }

    size_t end_of(const BatchedStep::Batch& batch) const {
        const auto index = static_cast<size_t>(&batch - step_.batches.data());
        return index + 1 < step_.batches.size() ? step_.batches[index + 1].begin : step_.update;
    }

    // Lists the nodes of every turn. Those made wherever they are needed come first on every stage; what nobody reads
    // there is left out in the end.
    void sort_by_turn() {
        of_turn_.resize(turns_.size());
        std::map<std::tuple<size_t, size_t, bool>, size_t> turn_of;
        for (size_t i = 0; i < turns_.size(); ++i)
            turn_of[{turns_[i].stage, turns_[i].batch, turns_[i].backward}] = i;
        for (size_t i = 0; i < step_.update; ++i) {
            const Part part = part_of(step_, i);
            const size_t own = places_.stages[i];
            const bool of_weights = own == NodePlaces::everywhere;
            const bool of_all = of_weights || accumulates_gradients(graph_, graph_.nodes()[i]);
            for (size_t stage = 0; stage < stages_; ++stage)
                if (of_all || stage == own)
                    of_turn_[turn_of.at({stage, part.batch, part.backward && !of_weights})].push_back(i);
        }
    }

    // Finds which ranges of the flat gradients and running statistics each stage makes, and gives each a value.
    void share_out_flat_buffers() {
        const ValueId gradients = flat_buffer(graph_, Role::gradient),
                      states = flat_buffer(graph_, Role::state);
        std::vector<std::pair<Range, size_t>> of_gradients, of_states;
        for (size_t i = 0; i < step_.update; ++i) {
            const Node& node = graph_.nodes()[i];
            if (places_.stages[i] == NodePlaces::everywhere) continue;
            const auto own = [&](ValueId id, ValueId flat, auto& ranges) {
                const Value& value = graph_.value(id);
                if (flat == no_value || value.view_of != flat) return;
                ranges.push_back(
                    {{value.view_offset, value.view_offset + value.type.bytes()}, places_.stages[i]});
            };
            for (const ValueId id : node.outputs)
                own(id, gradients, of_gradients);
            for (const ValueId id : updated_by(node))
                own(id, states, of_states);
        }
        gradients_ = values_of(gradients, joined(std::move(of_gradients), stages_));
        states_ = values_of(states, joined(std::move(of_states), stages_));
    }

    std::vector<std::vector<ValueId>> values_of(ValueId flat, const std::vector<std::vector<Range>>& ranges) {
        std::vector<std::vector<ValueId>> values(stages_);
        for (size_t stage = 0; stage < stages_; ++stage)
            for (const Range& range : ranges[stage])
                values[stage].push_back(value_of(flat, range));
        return values;
    }

    ValueId value_of(ValueId flat, const Range& range) {
        const Value& whole = graph_.value(flat);
        made_on_.push_back(std::nullopt);
        return graph_.add_value({.name = fmt::format("{}[{}, {})", whole.name, range.begin, range.end),
                                 .type = channel_vector((range.end - range.begin) / 4),
                                 .role = whole.role,
                                 .info = {},
                                 .view_of = flat,
                                 .view_offset = range.begin});
    }

    // Notes on which stage each value is made that may have to move.
    void find_makers() {
        for (size_t turn = 0; turn < turns_.size(); ++turn)
            for (const size_t i : of_turn_[turn]) {
                if (places_.stages[i] == NodePlaces::everywhere) continue;
                for (const ValueId id : graph_.nodes()[i].outputs)
                    note_maker(base_of(graph_, id), turn);
                for (const ValueId id : updated_by(graph_.nodes()[i]))
                    note_maker(base_of(graph_, id), turn);
            }
    }

    void note_maker(ValueId base, size_t turn) {
        if (persistent(graph_.value(base).role)) return;
        std::optional<size_t>& known = made_on_[static_cast<size_t>(base)];
        if (known && turns_[*known].stage != turns_[turn].stage)
            throw Error("{} is made in parts on several stages", graph_.value(base).name);
        known = turn;  // the last one: what is updated later moves then
    }

    // Finds which values are read on another stage than their own, and in which turn first.
    void find_takers() {
        taken_in_.resize(turns_.size() + 1);
        given_after_.resize(turns_.size());
        for (size_t turn = 0; turn < turns_.size(); ++turn)
            for (const size_t i : of_turn_[turn])
                if (!accumulates_gradients(graph_, graph_.nodes()[i]))
                    for (const ValueId id : graph_.nodes()[i].inputs)
                        note_taker(id, turns_[turn].stage, turn);
        for (size_t i = step_.update; i < graph_.nodes().size(); ++i)
            for (const ValueId id : graph_.nodes()[i].inputs)
                for (size_t stage = 0; stage < stages_; ++stage)
                    note_taker(id, stage, turns_.size());
    }

    void note_taker(ValueId id, size_t stage, size_t turn) {
        const ValueId base = base_of(graph_, id);
        const std::optional<size_t> made = made_on_[static_cast<size_t>(base)];
        if (!made || turns_[*made].stage == stage || !moved_.insert({base, stage}).second) return;
        taken_in_[turn].push_back({base, stage});
        auto& given = given_after_[*made];
        if (std::ranges::find(given, base) == given.end()) given.push_back(base);
    }

    // Adds a turn's nodes to its stage: what it takes, what it makes, what it gives.
    void make(size_t turn) {
        const size_t stage = turns_[turn].stage;
        take_all(turn, stage);
        for (const size_t i : of_turn_[turn]) {
            const Node& node = graph_.nodes()[i];
            if (accumulates_gradients(graph_, node))
                accumulate(node, stage);
            else
                nodes_[stage].push_back(node);
        }
        for (const ValueId id : given_after_[turn])
            give(id, stage);
        if (is_last(turn)) give_to_all(stage);
    }

    void take_all(size_t turn, size_t stage) {
        for (const auto& [id, taker] : taken_in_[turn])
            if (taker == stage) take(id, stage);
    }

    void give(ValueId id, size_t stage) {
        const size_t number = numbers_[id] = transfers_++;
        nodes_[stage].push_back({layer_of(id), ops::give(number), {id}, {}});
    }

    void take(ValueId id, size_t stage) {
        nodes_[stage].push_back({layer_of(id), ops::take(numbers_.at(id), graph_.type(id)), {}, {id}});
    }

    std::string layer_of(ValueId id) const {
        const Value& value = graph_.value(id);
        return value.producer < 0 ? value.name : graph_.nodes()[static_cast<size_t>(value.producer)].layer;
    }

    // Adds up a stage's own ranges of the flat buffer. What stands between them is nobody's.
    void accumulate(const Node& node, size_t stage) {
        for (const ValueId range : gradients_[stage]) {
            const Value& value = graph_.value(range);
            const Range bytes{value.view_offset, value.view_offset + value.type.bytes()};
            ValueId& sum = sums_.try_emplace({node.inputs.at(1), range}, no_value).first->second;
            if (sum == no_value) sum = value_of(node.inputs.at(1), bytes);
            nodes_[stage].push_back({node.layer, node.op, {range, sum, node.inputs.at(2)}, {}});
        }
    }

    bool is_last(size_t turn) const {
        return std::none_of(turns_.begin() + static_cast<ptrdiff_t>(turn) + 1, turns_.end(),
                            [&](const StageTurn& other) { return other.stage == turns_[turn].stage; });
    }

    // Gives what a stage has made of the model's own to all others, which take it before they update.
    void give_to_all(size_t stage) {
        if (step_.update == graph_.nodes().size()) return;  // nothing is trained
        for (const auto* values : {&gradients_[stage], &states_[stage]})
            for (const ValueId id : *values) {
                give(id, stage);
                for (size_t other = 0; other < stages_; ++other)
                    if (other != stage) taken_in_[turns_.size()].push_back({id, other});
            }
    }

    void make_update(size_t stage) {
        take_all(turns_.size(), stage);
        for (size_t i = step_.update; i < graph_.nodes().size(); ++i)
            nodes_[stage].push_back(graph_.nodes()[i]);
    }

    Graph graph_of(size_t stage) {
        drop_unread(stage);
        Graph graph = graph_;
        std::vector<bool> touched(graph.values().size(), false), made(graph.values().size(), false);
        for (const Node& node : nodes_[stage])
            for (const auto* ids : {&node.inputs, &node.outputs})
                for (const ValueId id : *ids) {
                    touched[static_cast<size_t>(base_of(graph, id))] = true;
                    if (ids == &node.outputs && !as<ops::HandOver>(node))
                        made[static_cast<size_t>(id)] = true;
                }
        // What the host gives and reads is of the stages that use it.
        for (size_t i = 0; i < graph.values().size(); ++i) {
            Value& value = graph.value(static_cast<ValueId>(i));
            const bool unused_input = is_given_by_the_host(value.role) && !touched[i];
            const bool others_metric = value.role == Role::metric && !made[i];
            if (unused_input || others_metric) value.role = Role::activation;
        }
        graph.set_nodes(std::move(nodes_[stage]));
        return graph;
    }

    // Leaves out what is made wherever it is needed where it is not.
    void drop_unread(size_t stage) {
        std::set<ValueId> read;
        std::vector<Node>& nodes = nodes_[stage];
        for (size_t i = nodes.size(); i-- > 0;) {
            const Node& node = nodes[i];
            const auto is_read = [&](ValueId id) { return read.contains(base_of(graph_, id)); };
            const bool movable = std::ranges::all_of(node.outputs, [&](ValueId id) {
                const ValueId base = base_of(graph_, id);
                return graph_.value(id).role == Role::activation && !persistent(graph_.value(base).role) &&
                       !made_on_[static_cast<size_t>(base)];
            });
            if (!node.outputs.empty() && movable && node.op->updates().empty() &&
                std::ranges::none_of(node.outputs, is_read)) {
                nodes.erase(nodes.begin() + static_cast<ptrdiff_t>(i));
                continue;
            }
            for (const ValueId id : node.inputs)
                read.insert(base_of(graph_, id));
        }
    }

    const BatchedStep& step_;
    Graph graph_;  ///< with the ranges of the stages
    size_t stages_;
    NodePlaces places_;
    std::vector<StageTurn> turns_;
    std::vector<std::vector<Node>> nodes_;        ///< by stage
    std::vector<std::optional<size_t>> made_on_;  ///< by value: in which turn, where it may have to move
    std::vector<std::vector<size_t>> of_turn_;    ///< nodes
    std::vector<std::vector<ValueId>> gradients_, states_;  ///< by stage: the ranges it makes
    std::map<std::pair<ValueId, ValueId>, ValueId> sums_;   ///< by sum and range: that range of it
    std::set<std::pair<ValueId, size_t>> moved_;            ///< to which stages
    std::vector<std::vector<std::pair<ValueId, size_t>>>
        taken_in_;                                   ///< by turn, the update last: by which stage
    std::vector<std::vector<ValueId>> given_after_;  ///< by turn
    std::map<ValueId, size_t> numbers_;
    size_t transfers_ = 0;
};

}  // namespace

CutTraffic traffic_at(const BatchedStep& step, size_t layer) {
    const Graph& graph = *step.graph;
    const NodePlaces places = places_of(step, {{0, layer}});
    std::map<ValueId, size_t> made;  // by base
    std::set<std::pair<ValueId, size_t>> moved;
    CutTraffic traffic;
    const size_t end = step.batches.size() > 1 ? step.batches[1].begin : step.update;
    for (size_t i = 0; i < end; ++i) {
        const size_t stage = places.stages[i];
        const Node& node = graph.nodes()[i];
        if (stage == NodePlaces::everywhere || accumulates_gradients(graph, node)) continue;
        for (const ValueId id : node.inputs) {
            const ValueId base = base_of(graph, id);
            const auto from = made.find(base);
            if (from == made.end() || from->second == stage || !moved.insert({base, stage}).second) continue;
            (stage == 1 ? traffic.forward_bytes : traffic.backward_bytes) += graph.type(base).bytes();
        }
        for (const ValueId id : node.outputs)
            if (const ValueId base = base_of(graph, id); !persistent(graph.value(base).role))
                made[base] = stage;
    }
    return traffic;
}

std::vector<Graph> split_in_stages(const BatchedStep& step, const StageLayers& layers) {
    return Splitter(step, layers).run();
}

std::vector<std::string> layers_of(const BatchedStep& step) {
    std::vector<std::string> layers;
    const BatchedStep::Batch& batch = step.batches.front();
    for (size_t i = batch.begin; i < batch.forward; ++i) {
        const std::string& layer = step.graph->nodes()[i].layer;
        if (std::ranges::find(layers, layer) == layers.end()) layers.push_back(layer);
    }
    return layers;
}

size_t StageLayers::stage_of(size_t layer) const {
    return static_cast<size_t>(std::ranges::upper_bound(begins, layer) - begins.begin()) - 1;
}

NodePlaces places_of(const BatchedStep& step, const StageLayers& layers) {
    const Graph& graph = *step.graph;
    std::map<std::string, size_t> stage_of;
    for (const std::string& layer : layers_of(step))
        stage_of.emplace(layer, layers.stage_of(stage_of.size()));
    NodePlaces places{std::vector<size_t>(step.update, NodePlaces::everywhere)};
    struct Made {
        size_t stage = NodePlaces::everywhere;
        bool backward = false;
    };
    std::vector<Made> made(graph.values().size());  // by base
    const auto base = [&](ValueId id) { return static_cast<size_t>(base_of(graph, id)); };
    const auto is_kept = [&](ValueId id) { return persistent(graph.values()[base(id)].role); };
    for (size_t i = 0; i < step.update; ++i) {
        const Node& node = graph.nodes()[i];
        const bool backward = part_of(step, i).backward;
        std::optional<size_t> of_inputs;
        bool of_batch = !node.op->updates().empty() || std::ranges::any_of(node.outputs, is_kept);
        for (const ValueId id : node.inputs) {
            of_batch |= is_given_by_the_host(graph.values()[base(id)].role);
            const Made input = is_kept(id) ? Made{} : made[base(id)];
            if (input.stage == NodePlaces::everywhere) continue;
            of_batch = true;
            // Forward parts go from stage to stage, backward parts the other way: a node is at no stage that its inputs
            // have left behind.
            if (input.backward != backward) continue;
            if (!of_inputs)
                of_inputs = input.stage;
            else
                of_inputs = backward ? std::min(*of_inputs, input.stage) : std::max(*of_inputs, input.stage);
        }
        if (!of_batch) continue;
        const auto known = stage_of.find(node.layer);
        size_t stage = known != stage_of.end() ? known->second : of_inputs.value_or(layers.count() - 1);
        if (of_inputs) stage = backward ? std::min(stage, *of_inputs) : std::max(stage, *of_inputs);
        places.stages[i] = stage;
        for (const ValueId id : node.outputs)
            made[base(id)] = {stage, backward};
    }
    return places;
}

NodePlaces layers_of_nodes(const BatchedStep& step) {
    StageLayers layers{std::vector<size_t>(layers_of(step).size())};
    std::iota(layers.begins.begin(), layers.begins.end(), size_t{0});
    return places_of(step, layers);
}

}  // namespace vkm::graph
