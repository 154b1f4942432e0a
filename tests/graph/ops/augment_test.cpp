#include "graph/support/operator_test.h"

#include <graph/ops/augment.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Build augmented(Shape shape, ops::Augment augment) {
    return [=](Graph& graph, DType dtype) mutable {
        augment.output = dtype;
        augment.mean = {0.4914f, 0.4822f, 0.4465f};
        augment.deviation = {0.247f, 0.2435f, 0.2616f};
        const ValueId images = graph.input("images", {DType::u8, shape});
        return graph.add1("augment", ops::augment(augment), {images, graph.step_params()});
    };
}

Options bytes(uint32_t epoch) {
    Options options;
    options.gradients = false;
    options.step.epoch = epoch;
    options.step.seed_low = 3;
    options.step.first_sample = 640;
    options.fill["images"] = [](HostTensor& images) {
        for (size_t i = 0; i < images.values.size(); ++i)
            images.values[i] = static_cast<double>(i * 7919 % 256);
    };
    return options;
}

TEST(AugmentTest, NormalisesBytes) {
    expect_matches_reference(augmented({3, 7, 5, 3}, {}), bytes(0));
}

TEST(AugmentTest, CropsAndFlipsAsTheReferenceDoes) {
    expect_matches_reference(augmented({33, 16, 16, 3}, {.crop_padding = 4, .random_flip = true}), bytes(4));
    expect_matches_reference(augmented({9, 5, 9, 3}, {.crop_padding = 2}), bytes(1));
    expect_matches_reference(augmented({9, 5, 9, 3}, {.random_flip = true}), bytes(2));
}

TEST(AugmentTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(augmented({128, 32, 32, 3}, {.crop_padding = 4, .random_flip = true}), bytes(5));
}

}  // namespace
}  // namespace vkm::test
