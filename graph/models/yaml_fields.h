#pragma once

#include <base/text.h>
#include <graph/models/model_config.h>

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace vkm::graph::yaml {

/// Here is how a struct's members are read from a YAML map and written to one: a table of fields, a row a
/// member. Reading refuses what no row has; writing leaves out what is at its default.

/// Says where in a file a map is, for messages.
struct Place {
    std::string source, row;  ///< "net.yaml", "blocks, row 3"

    /// Throws ConfigError: "net.yaml, line 12 (blocks, row 3): …".
    template <typename... Args>
    [[noreturn]] void refuse(const YAML::Node& node, fmt::format_string<Args...> format,
                             Args&&... args) const {
        const std::string where = row.empty() ? "" : fmt::format(" ({})", row);
        throw ConfigError("{}",
                          printable(fmt::format("{}, line {}{}: {}", source, node.Mark().line + 1, where,
                                                fmt::format(format, std::forward<Args>(args)...))));
    }
    Place at(const std::string& child) const { return {source, row.empty() ? child : row + ", " + child}; }
};

template <typename T>
struct Field {
    std::string_view key;
    std::function<void(const Place&, const YAML::Node&, T&)> read;
    std::function<void(YAML::Emitter&, const T&)> write;  ///< key and value, or nothing
};
template <typename T>
using Fields = std::vector<Field<T>>;

/// Names an enumerator.
template <typename Enum>
struct Word {
    std::string_view text;
    Enum value;
};

inline std::string scalar(const Place& place, std::string_view key, const YAML::Node& node) {
    if (!node.IsScalar()) place.refuse(node, "'{}' takes one value", key);
    return node.Scalar();
}

template <typename Number>
Number number_of(const Place& place, std::string_view key, const YAML::Node& node) {
    const std::string text = scalar(place, key, node);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        place.refuse(node, "'{}' is '{}', not a {}number", key, text,
                     std::is_integral_v<Number> ? "whole " : "");
    return number;
}

inline bool flag_of(const Place& place, std::string_view key, const YAML::Node& node) {
    const std::string text = scalar(place, key, node);
    if (text != "true" && text != "false") place.refuse(node, "'{}' is '{}', not true or false", key, text);
    return text == "true";
}

template <typename Enum>
Enum word_of(const Place& place, std::string_view key, const YAML::Node& node,
             std::span<const Word<Enum>> words) {
    const std::string text = scalar(place, key, node);
    std::vector<std::string_view> known;
    for (const Word<Enum>& word : words) {
        if (text == word.text) return word.value;
        known.push_back(word.text);
    }
    place.refuse(node, "'{}' is '{}', but must be {}", key, text, listed(known, "or"));
}

template <typename Enum>
std::string_view text_of(Enum value, std::span<const Word<Enum>> words) {
    return std::ranges::find(words, value, &Word<Enum>::value)->text;
}

inline void write(YAML::Emitter& out, std::string_view key, const std::string& value) {
    out << YAML::Key << std::string(key) << YAML::Value << value;
}

/// Return fields of members: a number for which `allowed` holds ("between 1 and 9" in words), true or false,
/// and one of several words, which may be absent where the member is optional.
template <typename T, typename Owner, typename Number>
Field<T> number(std::string_view key, Number Owner::*member, std::function<bool(Number)> allowed,
                std::string_view range) {
    return {key,
            [=](const Place& place, const YAML::Node& node, T& to) {
                to.*member = number_of<Number>(place, key, node);
                if (!allowed(to.*member))
                    place.refuse(node, "'{}' is {}, but must be {}", key, node.Scalar(), range);
            },
            [=](YAML::Emitter& out, const T& from) {
                if (from.*member != T{}.*member) write(out, key, fmt::format("{}", from.*member));
            }};
}

template <typename T, typename Owner>
Field<T> flag(std::string_view key, bool Owner::*member) {
    return {
        key,
        [=](const Place& place, const YAML::Node& node, T& to) { to.*member = flag_of(place, key, node); },
        [=](YAML::Emitter& out, const T& from) {
            if (from.*member != T{}.*member) write(out, key, from.*member ? "true" : "false");
        }};
}

template <typename T, typename Owner, typename Enum>
Field<T> word(std::string_view key, Enum Owner::*member, std::span<const Word<Enum>> words) {
    return {key,
            [=](const Place& place, const YAML::Node& node, T& to) {
                to.*member = word_of(place, key, node, words);
            },
            [=](YAML::Emitter& out, const T& from) {
                if (from.*member != T{}.*member) write(out, key, std::string(text_of(from.*member, words)));
            }};
}

template <typename T, typename Owner, typename Enum>
Field<T> optional_word(std::string_view key, std::optional<Enum> Owner::*member,
                       std::span<const Word<Enum>> words) {
    return {key,
            [=](const Place& place, const YAML::Node& node, T& to) {
                to.*member = word_of(place, key, node, words);
            },
            [=](YAML::Emitter& out, const T& from) {
                if (from.*member) write(out, key, std::string(text_of(*(from.*member), words)));
            }};
}

/// Reads a map. Keys are known and stand once.
template <typename T>
T read_map(const Place& place, const YAML::Node& map, const Fields<T>& fields) {
    if (!map.IsMap()) place.refuse(map, "this is not a map of keys to values");
    T value;
    std::set<std::string> seen;
    for (const auto& entry : map) {
        if (!entry.first.IsScalar()) place.refuse(entry.first, "a key is one word");
        const std::string key = entry.first.Scalar();
        const auto field = std::ranges::find(fields, key, &Field<T>::key);
        if (field == fields.end()) {
            std::vector<std::string_view> known;
            for (const Field<T>& f : fields)
                known.push_back(f.key);
            place.refuse(entry.first, "unknown key '{}'{}; known are {}", key, did_you_mean(key, known),
                         fmt::join(known, ", "));
        }
        if (!seen.insert(key).second) place.refuse(entry.first, "'{}' stands here twice", key);
        field->read(place, entry.second, value);
    }
    return value;
}

/// Writes a map: in one line where `flow` says so.
template <typename T>
void write_map(YAML::Emitter& out, const T& value, const Fields<T>& fields, bool flow) {
    if (flow) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const Field<T>& field : fields)
        field.write(out, value);
    out << YAML::EndMap;
}

/// Returns a field of a member that is a map, absent or at its default: then nothing is written.
template <typename T, typename Owner, typename M>
Field<T> map(std::string_view key, M Owner::*member, const Fields<M>& fields) {
    return {key,
            [=, &fields](const Place& place, const YAML::Node& node, T& to) {
                to.*member = read_map(place.at(std::string(key)), node, fields);
            },
            [=, &fields](YAML::Emitter& out, const T& from) {
                if (from.*member == T{}.*member) return;
                out << YAML::Key << std::string(key) << YAML::Value;
                write_map(out, from.*member, fields, true);
            }};
}

/// Returns a field of an optional member: a map, `true` for one at its defaults, or `false` for none.
template <typename T, typename Owner, typename M>
Field<T> optional_map(std::string_view key, std::optional<M> Owner::*member, const Fields<M>& fields) {
    return {key,
            [=, &fields](const Place& place, const YAML::Node& node, T& to) {
                if (!node.IsScalar())
                    to.*member = read_map(place.at(std::string(key)), node, fields);
                else if (flag_of(place, key, node))
                    to.*member = M{};
                else
                    to.*member = std::nullopt;
            },
            [=, &fields](YAML::Emitter& out, const T& from) {
                if (!(from.*member)) return;
                out << YAML::Key << std::string(key) << YAML::Value;
                if (*(from.*member) == M{})
                    out << "true";
                else
                    write_map(out, *(from.*member), fields, true);
            }};
}

}  // namespace vkm::graph::yaml
