#include <graph/weights/tensorflow_js/keras_json.h>

#include <cmath>

namespace vkm::graph {
namespace {

using nlohmann::json;

/// Takes the names in Keras 3's form, {"args": [{"config": {"keras_history": ["name", 0, 0]}}]}, at any depth
/// that it has.
void collect_histories(const json& value, int depth, std::vector<std::string>& names) {
    constexpr int deepest = 8;
    if (depth > deepest) return;
    if (value.is_object()) {
        if (const json* history = member(value, "keras_history");
            history && history->is_array() && !history->empty() && history->front().is_string()) {
            names.push_back(history->front().get<std::string>());
            return;
        }
        for (const auto& [key, inner] : value.items())
            collect_histories(inner, depth + 1, names);
    } else if (value.is_array()) {
        for (const json& inner : value)
            collect_histories(inner, depth + 1, names);
    }
}

}  // namespace

const json* member(const json& object, std::string_view key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string text_of(const json& object, std::string_view key, std::string_view otherwise) {
    const json* found = member(object, key);
    return found && found->is_string() ? found->get<std::string>() : std::string(otherwise);
}

double number_of(const json& object, std::string_view key, double otherwise) {
    const json* found = member(object, key);
    return found && found->is_number() ? found->get<double>() : otherwise;
}

bool flag_of(const json& object, std::string_view key, bool otherwise) {
    const json* found = member(object, key);
    return found && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::vector<int64_t> integers_of(const json& object, std::string_view key) {
    const json* found = member(object, key);
    if (!found || !found->is_array()) return {};
    std::vector<int64_t> all;
    for (const json& value : *found) {
        if (!value.is_number_integer()) return {};
        all.push_back(value.get<int64_t>());
    }
    return all;
}

std::vector<std::string> inbound_layers(const json& layer) {
    std::vector<std::string> names;
    const json* nodes = member(layer, "inbound_nodes");
    if (!nodes || !nodes->is_array() || nodes->empty()) return names;
    const json& node = nodes->front();
    if (node.is_object())
        collect_histories(node, 0, names);
    else if (node.is_array())
        for (const json& input : node)
            if (input.is_array() && !input.empty() && input.front().is_string())
                names.push_back(input.front().get<std::string>());
    return names;
}

std::vector<std::string> named_layers(const json& list) {
    std::vector<std::string> names;
    if (!list.is_array() || list.empty()) return names;
    if (list.front().is_string()) return {list.front().get<std::string>()};
    for (const json& one : list)
        if (one.is_array() && !one.empty() && one.front().is_string())
            names.push_back(one.front().get<std::string>());
    return names;
}

}  // namespace vkm::graph
