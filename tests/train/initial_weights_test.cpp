#include "train/support/tiny.h"

#include <graph/models/network.h>
#include <train/initial_weights.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

using testing::HasSubstr;

namespace vkm::train {
namespace {

using TensorNames = std::vector<std::string>;
using Row = std::vector<float>;

graph::Graph network(int64_t classes) {
    graph::ModelConfig model = test::tiny_model();
    model.num_classes = classes;
    graph::Graph graph;
    const graph::ValueId images = graph.input("images", graph::f32({2, 16, 16, 3}));
    graph::build_network(graph, model, images, graph::Mode::training);
    return graph;
}

graph::ModelFile file_with(const TensorNames& names, int64_t classes = 3) {
    const graph::Graph graph = network(classes);
    return {.weights = graph::export_weights(graph, graph::initial_values(graph, 7), 4),
            .config = {},
            .class_names = names};
}

/// Returns the last layer's rows, weights only: biases begin as zeros.
std::vector<Row> rows_in(const graph::StateDict& weights) {
    const graph::NamedTensor& tensor = *weights.find("classifier.3.weight");
    const std::vector<float> values = graph::to_floats(tensor);
    const auto width = static_cast<ptrdiff_t>(tensor.shape.at(1));
    std::vector<Row> rows;
    for (auto at = values.begin(); at != values.end(); at += width)
        rows.emplace_back(at, at + width);
    return rows;
}

struct Started {
    std::vector<Row> rows;
    std::string said;
};

Started start(const graph::ModelFile& file, const TensorNames& names, int64_t classes = 3) {
    const graph::Graph graph = network(classes);
    const InitialWeights initial = start_from(file, "f.pth", graph, names, 1);
    EXPECT_EQ(initial.batches_tracked, 4);
    return {rows_in(graph::export_weights(graph, initial.values, 0)), initial.classifier};
}

/// Gives the rows that a network of so many classes begins with.
std::vector<Row> fresh(int64_t classes) {
    const graph::Graph graph = network(classes);
    return rows_in(graph::export_weights(graph, graph::initial_values(graph, 1), 0));
}

TEST(InitialWeightsTest, EqualNamesKeepTheClassifierAndNothingIsSaid) {
    const graph::ModelFile file = file_with({"ant", "bee", "cat"});
    const Started started = start(file, {"ant", "bee", "cat"});
    EXPECT_EQ(started.rows, rows_in(file.weights));
    EXPECT_EQ(started.said, "");
}

TEST(InitialWeightsTest, AnotherOrderMovesTheRows) {
    const graph::ModelFile file = file_with({"ant", "bee", "cat"});
    const std::vector<Row> before = rows_in(file.weights);
    const Started started = start(file, {"cat", "ant", "bee"});
    EXPECT_EQ(started.rows, (std::vector<Row>{before[2], before[0], before[1]}));
    EXPECT_THAT(started.said, HasSubstr("rows are put into the order"));
}

TEST(InitialWeightsTest, ClassesInBothKeepTheirRowsAndOthersStartAnew) {
    const graph::ModelFile file = file_with({"ant", "bee", "cat"});
    const std::vector<Row> before = rows_in(file.weights), anew = fresh(4);
    const Started started = start(file, {"bee", "cat", "dog", "eel"}, 4);
    EXPECT_EQ(started.rows, (std::vector<Row>{before[1], before[2], anew[2], anew[3]}));
    EXPECT_EQ(
        started.said,
        "the classifier keeps its rows of 'bee' and 'cat'; 'dog' and 'eel' start anew; 'ant' is left out");
}

TEST(InitialWeightsTest, NoCommonClassReplacesTheClassifierThoughItHasTheSameSize) {
    const Started started = start(file_with({"ant", "bee", "cat"}), {"Ant", "dog", "eel"});
    EXPECT_EQ(started.rows, fresh(3));
    EXPECT_EQ(
        started.said,
        "the classifier is initialised anew: its classes were 'ant', 'bee' and 'cat'; 'Ant' is 'ant' there: "
        "names must be equal letter by letter; rename them");
}

TEST(InitialWeightsTest, WithoutNamesTheNumberOfClassesDecides) {
    const graph::ModelFile nameless = file_with({}), named = file_with({"ant", "bee", "cat"});
    for (const auto& [file, names] :
         {std::pair(&nameless, TensorNames{}), std::pair(&named, TensorNames{})}) {
        EXPECT_EQ(start(*file, names).rows, rows_in(file->weights));
        EXPECT_EQ(start(*file, names).said, "");
        EXPECT_EQ(start(*file, names, 5).rows, fresh(5));
        EXPECT_EQ(start(*file, names, 5).said, "the classifier is initialised anew: it has 3 classes, not 5");
    }
    const Started kept = start(nameless, {"dog", "eel", "fox"});
    EXPECT_EQ(kept.rows, rows_in(nameless.weights));
    EXPECT_THAT(kept.said, HasSubstr("its 3 classes carry no names"));
}

TEST(InitialWeightsTest, ANameOfTwoClassesIsNobodys) {
    const graph::ModelFile file = file_with({"crane", "bee", "crane"});
    const Started started = start(file, {"bee", "crane", "dog"});
    EXPECT_EQ(started.rows, (std::vector<Row>{rows_in(file.weights)[1], fresh(3)[1], fresh(3)[2]}));
}

}  // namespace
}  // namespace vkm::train
