#include <graph/weights/torch/class_list.h>
#include <graph/weights/torch/search.h>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

namespace vkm::graph {
namespace {

/// Bound what a hostile file may ask for: pickles share values, so that a few bytes unfold to a lot.
constexpr size_t most_steps = size_t{1} << 22, steps_a_tensor = 8, most_groups = 1 << 14,
                 deepest_nesting = 64, longest_prefix = 1024;
constexpr size_t longest_key = 64, longest_note = 256, listed_keys = 8;

const std::string* path_of(const Pickle& pickle, Pickle::Id id, std::string& buffer) {
    const auto* global = pickle.as<Pickle::Global>(id);
    if (!global) return nullptr;
    buffer = global->path();
    return &buffer;
}

/// Returns the pairs of OrderedDict([[key, value], …]): how Python 2 writes it.
std::optional<Pickle::Items> pairs(const Pickle& pickle, Pickle::Id arguments) {
    const auto elements = [&](Pickle::Id id) -> const Pickle::Ids* {
        if (const auto* list = pickle.as<Pickle::List>(id)) return &list->elements;
        if (const auto* tuple = pickle.as<Pickle::Tuple>(id)) return &tuple->elements;
        return nullptr;
    };
    const Pickle::Ids* all = elements(arguments);
    if (!all || all->size() != 1) return {};
    const Pickle::Ids* listed = elements(all->front());
    if (!listed) return {};
    Pickle::Items items;
    for (const Pickle::Id id : *listed) {
        const Pickle::Ids* pair = elements(id);
        if (!pair || pair->size() != 2) return {};
        items.emplace_back((*pair)[0], (*pair)[1]);
    }
    return items;
}

/// Returns the items of a dict or of any class that is filled like one; empty for everything else.
std::optional<Pickle::Items> items_of(const Pickle& pickle, Pickle::Id id) {
    if (const auto* dict = pickle.as<Pickle::Dict>(id)) return dict->items;
    const auto* call = pickle.as<Pickle::Call>(id);
    if (!call) return {};
    if (!call->items.empty()) return call->items;
    std::string buffer;
    const std::string* callable = path_of(pickle, call->callable, buffer);
    if (!callable || *callable != "collections.OrderedDict") return {};
    return pairs(pickle, call->arguments).value_or(Pickle::Items{});
}

/// Returns the value under a key; Pickle::nothing where there is none.
Pickle::Id value_under(const Pickle& pickle, const Pickle::Items& items, std::string_view key) {
    for (const auto& [id, value] : items)
        if (const auto* name = pickle.as<std::string>(id); name && *name == key) return value;
    return Pickle::nothing;
}

/// Names what PyTorch calls to make tensors that have other storages than one of numbers.
struct UnreadKind {
    std::string_view callable;  ///< how its name begins
    std::string_view why;
};
constexpr std::array unread_kinds{
    UnreadKind{"torch._utils._rebuild_sparse", "is a sparse tensor: save its to_dense()"},
    UnreadKind{"torch._utils._rebuild_qtensor", "is a quantised tensor: save its dequantize()"},
    UnreadKind{"torch._utils._rebuild_meta_tensor",
               "is on the meta device, which holds no numbers: load the weights first"},
    UnreadKind{"torch._utils._rebuild_nested_tensor", "is a nested tensor: save its to_padded_tensor(0)"},
    UnreadKind{"torch._utils._rebuild_wrapper_subclass",
               "is of a class of its own: save its full_tensor() or dequantize()"},
};
constexpr std::string_view odd_numbers =
    "has numbers of a type that weights have not (complex, say): save its float()";

/// Returns why a value that is a tensor to PyTorch is none here; empty for what is no tensor.
std::string_view why_unread(const Pickle& pickle, Pickle::Id id) {
    // A quantised layer's weight and bias, as one.
    if (const auto* pair = pickle.as<Pickle::Tuple>(id); pair && !pair->elements.empty())
        id = pair->elements.front();
    const auto* call = pickle.as<Pickle::Call>(id);
    std::string buffer;
    const std::string* callable = call ? path_of(pickle, call->callable, buffer) : nullptr;
    if (!callable) return {};
    const auto kind = std::ranges::find_if(
        unread_kinds, [&](const UnreadKind& one) { return callable->starts_with(one.callable); });
    return kind == unread_kinds.end() ? std::string_view() : kind->why;
}

bool is_plain_tensor(const Pickle& pickle, Pickle::Id id) {
    const auto* call = pickle.as<Pickle::Call>(id);
    std::string buffer;
    const std::string* callable = call ? path_of(pickle, call->callable, buffer) : nullptr;
    return callable && callable->starts_with("torch._utils._rebuild_tensor");
}

class Search {
  public:
    Search(const Pickle& pickle, std::string_view file)
        : pickle_(pickle), file_(file), seen_(pickle.values.size()) {}

    std::vector<TorchGroup> run() {
        reach(Node{.value = pickle_.root});
        while (!open_.empty()) {
            const size_t node = open_.back();
            open_.pop_back();
            const size_t before = open_.size();
            visit(node);
            std::reverse(open_.begin() + static_cast<ptrdiff_t>(before), open_.end());  // the first on top
        }
        return std::move(groups_);
    }

  private:
    static constexpr size_t no_parent = ~size_t{0};
    struct Node {
        size_t parent = no_parent;
        Pickle::Id value = 0;
        Pickle::Id key = Pickle::nothing;  ///< of the dict it lies in
        size_t index = 0;                  ///< in the list it lies in, where `listed`
        bool listed = false;
        size_t depth = 0;
    };

    void spend(size_t steps) {
        steps_ += steps;
        if (steps_ > most_steps)
            throw WeightsError("{}: too large for a weights file; save only model.state_dict()", file_);
    }

    void reach(Node node) {
        if (node.depth > deepest_nesting || seen_[node.value]) return;
        const Pickle::Value& value = pickle_.values[node.value];
        if (!std::holds_alternative<Pickle::Dict>(value) && !std::holds_alternative<Pickle::List>(value) &&
            !std::holds_alternative<Pickle::Tuple>(value) && !std::holds_alternative<Pickle::Call>(value))
            return;
        seen_[node.value] = true;
        open_.push_back(nodes_.size());
        nodes_.push_back(node);
    }

    Node below(size_t parent, Pickle::Id value) const {
        return {.parent = parent, .value = value, .depth = nodes_[parent].depth + 1};
    }

    void visit(size_t node) {
        const Pickle::Id id = nodes_[node].value;
        if (const auto* list = pickle_.as<Pickle::List>(id)) return visit_elements(node, list->elements);
        if (const auto* tuple = pickle_.as<Pickle::Tuple>(id)) return visit_elements(node, tuple->elements);
        if (const auto items = items_of(pickle_, id)) visit_items(node, *items);
        if (const auto* call = pickle_.as<Pickle::Call>(id)) visit_object(node, *call);
    }

    void visit_elements(size_t node, const Pickle::Ids& elements) {
        spend(elements.size());
        for (size_t i = 0; i < elements.size(); ++i) {
            Node child = below(node, elements[i]);
            child.index = i;
            child.listed = true;
            reach(child);
        }
    }

    /// Takes an object apart: its class never matters, only what it was given and what it consists of.
    void visit_object(size_t node, const Pickle::Call& call) {
        if (call.state != Pickle::nothing) {
            if (const auto attributes = items_of(pickle_, call.state); attributes && is_module(*attributes)) {
                TorchGroup group;
                add_module(group, "", *attributes, 0);
                return keep(node, std::move(group));
            }
            reach(below(node, call.state));
        }
        reach(below(node, call.arguments));
    }

    void visit_items(size_t node, const Pickle::Items& items) {
        spend(items.size());
        TorchGroup group;
        std::unordered_set<std::string_view> names;
        for (const auto& [key, value] : items) {
            const auto* name = pickle_.as<std::string>(key);
            if (!name || !add_tensor(group, *name, value)) {
                if (name && is_plain_tensor(pickle_, value))
                    group.unread.emplace_back(*name, odd_numbers);
                else if (const std::string_view why = why_unread(pickle_, value); name && !why.empty())
                    group.unread.emplace_back(*name, why);
                Node child = below(node, value);
                child.key = key;
                reach(child);
            } else if (!names.insert(*name).second) {
                throw WeightsError("{}: {} appears twice; save only model.state_dict()", file_, *name);
            }
        }
        keep(node, std::move(group));
    }

    bool is_module(const Pickle::Items& attributes) const {
        return value_under(pickle_, attributes, "_parameters") != Pickle::nothing &&
               value_under(pickle_, attributes, "_modules") != Pickle::nothing;
    }

    /// Adds what module.state_dict() would hold: parameters, buffers, and those of the modules within.
    void add_module(TorchGroup& group, const std::string& prefix, const Pickle::Items& attributes,
                    size_t depth) {
        if (depth > deepest_nesting || prefix.size() > longest_prefix) return;
        for (const char* kind : {"_parameters", "_buffers"})
            for (const auto& [key, value] : attribute(attributes, kind))
                if (const auto* name = pickle_.as<std::string>(key)) add_tensor(group, prefix + *name, value);
        for (const auto& [key, value] : attribute(attributes, "_modules")) {
            const auto* name = pickle_.as<std::string>(key);
            const auto* module = pickle_.as<Pickle::Call>(value);
            if (!name || !module || module->state == Pickle::nothing) continue;
            seen_[value] = true;
            if (const auto inner = items_of(pickle_, module->state))
                add_module(group, prefix + *name + ".", *inner, depth + 1);
        }
    }

    Pickle::Items attribute(const Pickle::Items& attributes, std::string_view name) {
        const Pickle::Id id = value_under(pickle_, attributes, name);
        auto items = id == Pickle::nothing ? std::nullopt : items_of(pickle_, id);
        spend(attributes.size() + (items ? items->size() : 0));
        return std::move(items).value_or(Pickle::Items{});
    }

    bool add_tensor(TorchGroup& group, const std::string& name, Pickle::Id value) {
        auto tensor = torch_tensor(pickle_, value, file_, name);
        if (!tensor) return false;
        spend(steps_a_tensor + tensor->shape.size());
        group.tensors.emplace_back(name, *std::move(tensor));
        return true;
    }

    void keep(size_t node, TorchGroup group) {
        if (group.tensors.empty()) return;
        spend(most_steps / most_groups);
        name(group, node);
        groups_.push_back(std::move(group));
    }

    /// Sets the way to a group.
    void name(TorchGroup& group, size_t node) const {
        std::vector<size_t> way;
        for (size_t at = node; at != no_parent; at = nodes_[at].parent)
            way.push_back(at);
        for (size_t i = way.size(); i-- > 0;) {
            const Node& step = nodes_[way[i]];
            if (step.listed &&
                !std::holds_alternative<Pickle::Call>(pickle_.values[nodes_[step.parent].value]))
                group.path += fmt::format("[{}]", step.index);
            if (step.key != Pickle::nothing)
                group.path += (group.path.empty() ? "" : ".") + key_text(step.key);
            group.dicts.emplace_back(step.value, i > 0 ? nodes_[way[i - 1]].key : Pickle::nothing);
        }
    }

    std::string key_text(Pickle::Id key) const {
        if (const auto* name = pickle_.as<std::string>(key)) return name->substr(0, longest_key);
        if (const auto* number = pickle_.as<int64_t>(key)) return fmt::format("{}", *number);
        return "?";
    }

    const Pickle& pickle_;
    std::string_view file_;
    std::vector<bool> seen_;
    size_t steps_ = 0;
    std::vector<Node> nodes_;
    std::vector<size_t> open_;
    std::vector<TorchGroup> groups_;
};

/// Returns the text of a string or number that is short enough to keep.
std::optional<std::string> note(const Pickle& pickle, Pickle::Id value) {
    if (const auto* string = pickle.as<std::string>(value))
        return string->size() <= longest_note ? std::optional(*string) : std::nullopt;
    if (const auto* integer = pickle.as<int64_t>(value)) return fmt::format("{}", *integer);
    if (const auto* number = pickle.as<double>(value)) return fmt::format("{}", *number);
    if (const auto* flag = pickle.as<bool>(value)) return *flag ? "true" : "false";
    return {};
}

}  // namespace

std::vector<TorchGroup> find_tensors(const Pickle& pickle, std::string_view file) {
    return Search(pickle, file).run();
}

std::map<std::string, std::string> notes_beside(const Pickle& pickle, const TorchGroup& group) {
    std::map<std::string, std::string> notes;
    std::vector<std::string> ignored;
    std::unordered_set<std::string_view> read;
    for (const auto& [name, tensor] : group.tensors)
        read.insert(name);
    for (size_t i = 0; i < group.dicts.size(); ++i) {
        const auto& [dict, next] = group.dicts[i];
        const Pickle::Items items = items_of(pickle, dict).value_or(Pickle::Items{});
        if (const std::vector<std::string> names = class_list(pickle, items); !names.empty())
            notes[torch_class_names] =
                nlohmann::json(names).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        for (const auto& [key, value] : items) {
            const auto* name = pickle.as<std::string>(key);
            if (!name || key == next || (i + 1 == group.dicts.size() && read.contains(*name))) continue;
            if (auto text = note(pickle, value))
                notes["torch." + name->substr(0, longest_note)] = *std::move(text);
            else
                ignored.push_back(name->substr(0, longest_key));
        }
    }
    if (!group.unread.empty()) {
        const auto& [name, why] = group.unread.front();
        const size_t others = group.unread.size() - 1;
        notes[torch_unread] = fmt::format("{}{} {}", name.substr(0, longest_note),
                                          others == 0 ? "" : fmt::format(", as {} more,", others), why);
    }
    if (!group.path.empty()) notes["torch.wrapper"] = group.path;
    if (!ignored.empty()) notes["torch.ignored"] = fmt::format("{}", fmt::join(ignored, ", "));
    return notes;
}

std::string unread_tensor(const Pickle& pickle) {
    for (Pickle::Id id = 0; id < pickle.values.size(); ++id)
        if (const std::string_view why = why_unread(pickle, id); !why.empty()) return std::string(why);
    return {};
}

std::vector<std::string> keys_of_root(const Pickle& pickle) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : items_of(pickle, pickle.root).value_or(Pickle::Items{}))
        if (const auto* name = pickle.as<std::string>(key); name && keys.size() < listed_keys)
            keys.push_back(*name);
    return keys;
}

}  // namespace vkm::graph
