#include "graph/support/operator_test.h"

#include <graph/ops/mix_images.h>
#include <graph/ops/sample_terms.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Build mixed(Shape shape) {
    return [=](Graph& graph, DType dtype) {
        const ValueId x = graph.input("x", {dtype, shape});
        const ValueId terms = graph.input("terms", ops::sample_terms_type(shape.n));
        return graph.add1("mix", ops::mix_images(), {x, terms});
    };
}

/// Mixes every third image by mixup, every third by a box that may reach beyond the image, others not.
Options some_of_each() {
    Options options;
    options.gradients = false;
    options.fill["terms"] = [](HostTensor& terms) {
        for (int64_t n = 0; n < terms.shape.n; ++n) {
            const std::array<double, 8> row = n % 3 == 0   ? std::array<double, 8>{0.3, 0.3, 0, 0, 0, 0, 1, 0}
                                              : n % 3 == 1 ? std::array<double, 8>{1, 0.8, 1, 4, 2, 9, 1, 0}
                                                           : std::array<double, 8>{1, 1, 0, 0, 0, 0, 1, 0};
            for (int64_t i = 0; i < 8; ++i)
                terms.at(n, i) = row[static_cast<size_t>(i)];
        }
    };
    return options;
}

TEST(MixImagesTest, MatchesReference) {
    expect_matches_reference(mixed({8, 5, 7, 3}), some_of_each());
    expect_matches_reference(mixed({2, 3, 4, 13}), some_of_each());
}

TEST(MixImagesTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(mixed({66, 40, 40, 3}), some_of_each());
}

TEST(MixImagesTest, PutsANeighboursBoxIntoAnImage) {
    Graph graph;
    const ValueId x = graph.input("x", f32({2, 3, 3, 1}));
    const ValueId terms = graph.input("terms", ops::sample_terms_type(2));
    const ValueId y = graph.add1("mix", ops::mix_images(), {x, terms});
    std::map<ValueId, HostTensor> values;
    values[x] = HostTensor({2, 3, 3, 1});
    for (size_t i = 0; i < 18; ++i)
        values[x].values[i] = i < 9 ? 1 : 2;
    values[terms] = HostTensor({2, 1, 1, 8});
    values[terms].values = {1, 1, 0, 2, 1, 3, 1, 0, 0.75, 0.75, 0, 0, 0, 0, 1, 0};
    run_reference(graph, values);
    EXPECT_EQ(values[y].values, (std::vector<double>{1, 2, 2, 1, 2, 2, 1, 1, 1,  //
                                                     1.75, 1.75, 1.75, 1.75, 1.75, 1.75, 1.75, 1.75, 1.75}));
}

TEST(MixImagesTest, RefusesAnOddNumberOfImages) {
    Graph graph;
    const ValueId x = graph.input("x", f32({3, 2, 2, 3}));
    const ValueId terms = graph.input("terms", ops::sample_terms_type(3));
    EXPECT_THROW(graph.add1("mix", ops::mix_images(), {x, terms}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
