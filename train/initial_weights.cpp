#include <base/text.h>
#include <graph/finite.h>
#include <graph/models/initialise.h>
#include <graph/weight_layout.h>
#include <train/data/classes.h>
#include <train/initial_weights.h>

#include <algorithm>
#include <array>
#include <optional>

namespace vkm::train {
namespace {

using WeightNames = std::vector<std::string>;

// Says which of a file's classes each class of the network is.
struct ClassRows {
    std::vector<std::optional<size_t>> from;  ///< none: a class that the file does not have
    WeightNames kept, fresh, left_out;
};

// Returns the place of a name that is there once.
std::optional<size_t> place(const WeightNames& names, const std::string& name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end() || std::find(found + 1, names.end(), name) != names.end()) return {};
    return static_cast<size_t>(found - names.begin());
}

ClassRows compare(const WeightNames& file, const WeightNames& wanted) {
    ClassRows rows;
    for (const std::string& name : wanted) {
        rows.from.push_back(place(file, name));
        (rows.from.back() ? rows.kept : rows.fresh).push_back(name);
    }
    for (const std::string& name : file)
        if (!place(wanted, name)) rows.left_out.push_back(name);
    return rows;
}

std::string in_words(const ClassRows& rows, const WeightNames& file) {
    if (rows.fresh.empty() && rows.left_out.empty())
        return "the classifier's rows are put into the order of the data's classes";
    std::string text;
    if (rows.kept.empty()) {
        text = fmt::format("the classifier is initialised anew: its classes were {}", a_few(file));
    } else {
        text = fmt::format("the classifier keeps its rows of {}", a_few(rows.kept));
        if (!rows.fresh.empty())
            text += fmt::format("; {} start{} anew", a_few(rows.fresh), rows.fresh.size() == 1 ? "s" : "");
        if (!rows.left_out.empty())
            text += fmt::format("; {} {} left out", a_few(rows.left_out),
                                rows.left_out.size() == 1 ? "is" : "are");
    }
    return text + nearly_known(rows.fresh, file);
}

// Returns the tensor's rows under the classes' new numbers, the others as they are in `fresh`.
graph::HostTensor with_rows(const graph::ParameterInfo& info, const graph::NamedTensor& tensor,
                            const std::vector<std::optional<size_t>>& from, const graph::HostTensor& fresh) {
    const std::vector<float> before = graph::to_floats(tensor);
    std::vector<float> after = graph::to_torch(info, fresh);
    const size_t width = after.size() / static_cast<size_t>(info.torch_shape.front());
    for (size_t row = 0; row < from.size(); ++row)
        if (from[row])
            std::copy_n(before.begin() + static_cast<ptrdiff_t>(*from[row] * width), width,
                        after.begin() + static_cast<ptrdiff_t>(row * width));
    return graph::to_stored(info, after);
}

// Holds the last layer of a network and of a file.
struct Classifier {
    std::array<graph::ValueId, 2> parameters;  ///< weight and bias
    int64_t classes, classes_before;
};

Classifier classifier_of(const graph::Graph& network, const graph::ModelFile& file) {
    const std::vector<graph::ValueId> all = graph::weights_of(network);
    const graph::ParameterInfo& bias = *network.value(all.back()).info;
    return {{all[all.size() - 2], all.back()},
            bias.torch_shape.front(),
            file.weights.find(bias.name)->shape.front()};
}

bool are_named(const WeightNames& names, int64_t classes) {
    return !names.empty() && static_cast<int64_t>(names.size()) <= classes;
}

}  // namespace

InitialWeights start_from(const graph::ModelFile& file, const std::string& path, const graph::Graph& network,
                          const WeightNames& class_names, uint64_t seed) {
    InitialWeights initial{graph::initial_values(network, seed)};
    graph::ImportedWeights imported =
        graph::import_weights(network, file.weights, {.replace_classifier = true});
    initial.batches_tracked = imported.num_batches_tracked;
    if (file.dialect) initial.original_names = file.dialect->name;

    const Classifier classifier = classifier_of(network, file);
    const bool same_size = imported.replaced.empty();
    const bool by_name =
        are_named(class_names, classifier.classes) && are_named(file.class_names, classifier.classes_before);
    if (by_name && !(same_size && file.class_names == class_names)) {
        const ClassRows rows = compare(file.class_names, class_names);
        initial.classifier = in_words(rows, file.class_names);
        for (const graph::ValueId id : classifier.parameters) {
            const graph::ParameterInfo& info = *network.value(id).info;
            imported.values[id] =
                with_rows(info, *file.weights.find(info.name), rows.from, initial.values.at(id));
        }
    } else if (!same_size) {
        initial.classifier = fmt::format("the classifier is initialised anew: it has {} classes, not {}",
                                         classifier.classes_before, classifier.classes);
    } else if (!by_name && !class_names.empty()) {
        initial.classifier =
            fmt::format("the classifier is kept: its {} classes carry no names and are taken for the data's",
                        classifier.classes);
    }
    for (auto& [id, value] : imported.values) {
        if (!graph::all_finite(value))
            throw Error("{}: the weights {} are not finite; start from a file written before they became so",
                        path, network.value(id).name);
        initial.values[id] = std::move(value);
    }
    return initial;
}

}  // namespace vkm::train
