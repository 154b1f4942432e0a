#include <base/text.h>
#include <train/data/classes.h>
#include <train/data/renumbered.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace vkm::train {
namespace {

using Names = std::vector<std::string>;

// Returns a name as people tell names apart: without case, spaces, dashes and underscores.
std::string folded(const std::string& name) {
    std::string letters;
    for (const char c : name) {
        if (c == ' ' || c == '\t' || c == '_' || c == '-') continue;
        letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return letters;
}

Names not_among(const Names& names, const Names& known) {
    std::vector<std::string_view> sorted(known.begin(), known.end());
    std::ranges::sort(sorted);
    Names others;
    for (const std::string& name : names)
        if (!std::ranges::binary_search(sorted, std::string_view(name))) others.push_back(name);
    return others;
}

// Returns under which of the two the classes go by the data's names.
const Names& spoken(const Names& names, const Classes& classes) {
    const bool by_id = !classes.ids.empty() && !not_among(names, classes.names).empty() &&
                       not_among(names, classes.ids).empty();
    return by_id ? classes.ids : classes.names;
}

// Returns the data's classes that have images.
Names with_images(const Dataset& data) {
    const Names& names = data.class_names();
    std::vector<bool> seen(names.size());
    for (size_t i = 0; i < data.size(); ++i)
        seen.at(static_cast<size_t>(data.label(i))) = true;
    Names present;
    for (size_t i = 0; i < names.size(); ++i)
        if (seen[i]) present.push_back(names[i]);
    return present;
}

DatasetError unknown_classes(const Names& others, const std::string& what, const Classes& classes) {
    const bool one = others.size() == 1;
    std::string advice = nearly_known(others, classes.names);
    if (advice.empty())
        advice = fmt::format(": remove or rename {}, or {}", one ? "it" : "them", classes.otherwise);
    return DatasetError("{} has the {} {}, but the classes of {} are {}{}", what, one ? "class" : "classes",
                        a_few(others), classes.owner, a_few(classes.names), advice);
}

// Returns the number of each name, -1 for one that is none of the known. Throws where a name stands for two classes.
std::vector<int> numbers_of(const Names& names, const Names& known, const std::string& what,
                            const Classes& classes) {
    std::map<std::string_view, std::pair<int, int>> numbers;  // how many classes have the name, and the last
    for (size_t i = 0; i < known.size(); ++i) {
        auto& [count, number] = numbers[known[i]];
        ++count;
        number = static_cast<int>(i);
    }
    std::vector<int> found;
    for (const std::string& name : names) {
        const auto place = numbers.find(name);
        const auto [count, number] = place == numbers.end() ? std::pair(0, -1) : place->second;
        if (count > 1)
            throw DatasetError(
                "{}: '{}' is the name of {} classes of {}: give the classes names that tell them apart", what,
                printable(name), count, classes.owner);
        found.push_back(number);
    }
    return found;
}

void require_numbers(const Dataset& data, const std::string& what, const Classes& classes) {
    const bool fewer = !data.class_names().empty() && data.num_classes() < classes.count;
    if (data.num_classes() <= classes.count && !fewer) return;
    if (data.class_names().empty())
        throw DatasetError(
            "{} has labels up to {}, but {} has {} classes, numbered from 0: correct the labels", what,
            data.num_classes() - 1, classes.owner, classes.count);
    throw DatasetError(
        "{} has {} classes, and {} has {} without names, so that nobody knows which are meant: {}, or give the "
        "images' class numbers in a list:FILE.csv",
        what, data.num_classes(), classes.owner, classes.count, classes.naming);
}

MatchedData match(std::shared_ptr<const Dataset> data, const std::string& what, const Classes& classes,
                  bool all) {
    const Names& names = data->class_names();
    if (names.empty() || classes.names.empty()) {
        require_numbers(*data, what, classes);
        return {std::move(data)};
    }
    const Names present = all ? names : with_images(*data);
    if (names == classes.names) return {std::move(data), not_among(names, present)};
    const Names& known = spoken(present, classes);
    if (const Names others = not_among(present, known); !others.empty())
        throw unknown_classes(others, what, classes);
    Names absent = not_among(known, present);
    if (all && !absent.empty())
        throw DatasetError("{} lacks the {} {} of {}: add {}, or {}", what,
                           absent.size() == 1 ? "class" : "classes", a_few(absent), classes.owner,
                           absent.size() == 1 ? "it" : "them", classes.otherwise);
    std::vector<int> numbers = numbers_of(names, known, what, classes);
    std::vector<int> same(names.size());
    std::iota(same.begin(), same.end(), 0);
    const bool moved = numbers != same;
    return {std::make_shared<Renumbered>(std::move(data), std::move(numbers), classes.count, classes.names),
            std::move(absent), moved};
}

}  // namespace

MatchedData match_classes(std::shared_ptr<const Dataset> data, const std::string& what,
                          const Classes& classes) {
    return match(std::move(data), what, classes, false);
}

MatchedData match_all_classes(std::shared_ptr<const Dataset> data, const std::string& what,
                              const Classes& classes) {
    return match(std::move(data), what, classes, true);
}

std::shared_ptr<const Dataset> in_order(std::shared_ptr<const Dataset> data, const std::string& what,
                                        Classes order) {
    if (data->class_names().empty())
        throw DatasetError("{} has numbers and no names of classes, so that {} cannot order them", what,
                           order.owner);
    order.names = spoken(with_images(*data), order);
    order.ids.clear();
    return match_classes(std::move(data), what, order).data;
}

std::string nearly_known(const Names& names, const Names& known) {
    std::map<std::string, std::string> exact;
    for (const std::string& name : known)
        exact.emplace(folded(name), name);
    std::string text;
    for (const std::string& name : names) {
        const auto found = exact.find(folded(name));
        if (found == exact.end() || folded(name).empty()) continue;
        text += fmt::format("{} '{}' is '{}' there", text.empty() ? ";" : ",", printable(name),
                            printable(found->second));
        if (text.size() > 200) break;
    }
    return text.empty() ? text : text + ": names must be equal letter by letter; rename them";
}

}  // namespace vkm::train
