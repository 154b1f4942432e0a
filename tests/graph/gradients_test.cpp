#include "graph/support/flat_layout.h"
#include "graph/support/networks.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/operator.h>
#include <graph/ops/activation.h>
#include <graph/ops/add.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/reference/reference.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <algorithm>
#include <set>

namespace vkm::test {
namespace {

using namespace graph;
using testing::HasSubstr;

// Computes sum(y * r): a loss whose gradient with respect to y is r.
class WeightedSum final : public Operator {
  public:
    std::string_view name() const override { return "weighted_sum"; }
    std::vector<TensorType> infer(std::span<const TensorType>) const override { return {channel_vector(1)}; }
    void gradient(GradientBuilder& builder) const override { builder.contribute(0, builder.input(1)); }
    void lower(Lowering&) const override {}
    void reference(ReferenceCall&) const override {}
};

struct Chain {
    Graph graph;
    ValueId x = no_value, r = no_value, loss = no_value;

    explicit Chain(const Shape& shape) { x = graph.input("x", f32(shape)); }

    ValueId vector(const std::string& name, int64_t c) {
        return graph.parameter({.name = name, .torch_shape = {c}, .layout = WeightLayout::vector});
    }
    ValueId matrix(const std::string& name, int64_t in, int64_t out) {
        return graph.parameter({.name = name, .torch_shape = {out, in}, .layout = WeightLayout::matrix});
    }
    ValueId layer(const std::string& name, ValueId from, int64_t out) {
        return graph.add1(name, ops::pointwise(),
                          {from, matrix(name + ".weight", graph.type(from).shape.c, out)});
    }
    void differentiate(ValueId y) {
        r = graph.input("r", graph.type(y));
        loss = graph.add1("loss", std::make_shared<WeightedSum>(), {y, r});
        pack_parameters(graph);
        add_gradients(graph, loss);
    }
    std::map<ValueId, HostTensor> run() {
        std::map<ValueId, HostTensor> values;
        uint64_t seed = 1;
        for (const Role role : {Role::input, Role::parameter})
            for (const ValueId id : graph.with_role(role))
                if (flat_buffer(graph, role) != id) values[id] = noise(graph.type(id).shape, seed++);
        run_reference(graph, values);
        return values;
    }
    size_t count(std::string_view op) const {
        return static_cast<size_t>(
            std::ranges::count_if(graph.nodes(), [&](const Node& node) { return node.op->name() == op; }));
    }
};

TEST(AddGradientsTest, GradientsLieWhereTheirParametersLie) {
    Chain c({2, 3, 1, 5});
    c.differentiate(c.layer("b", c.layer("a", c.x, 7), 3));
    expect_sound_layout(c.graph, Role::gradient);
    EXPECT_EQ(c.graph.type(flat_buffer(c.graph, Role::gradient)),
              c.graph.type(flat_buffer(c.graph, Role::parameter)));
    for (const char* name : {"a.weight", "b.weight"}) {
        const ValueId parameter = c.graph.find(name);
        const Value& gradient = c.graph.value(gradient_of(c.graph, parameter));
        EXPECT_EQ(gradient.view_offset, c.graph.value(parameter).view_offset);
        EXPECT_EQ(gradient.type, c.graph.type(parameter));
        EXPECT_EQ(gradient.name, std::string(name) + "/gradient");
    }
}

TEST(AddGradientsTest, TheLastLayersGradientIsProducedFirst) {
    Chain c({3, 1, 1, 5});
    ValueId y = c.x;
    for (const char* name : {"a", "b", "c", "d"})
        y = c.layer(name, y, 7);
    c.differentiate(y);
    NodeId before = -1;
    for (const std::string& name : names_by_offset(c.graph, Role::gradient)) {
        const NodeId producer = c.graph.value(c.graph.find(name)).producer;
        EXPECT_GT(producer, before) << name;
        before = producer;
    }
}

// y = relu(p + p) + p, so dy/dp = 1 + 2 [p > 0]
TEST(AddGradientsTest, AValueReadSeveralTimesGetsTheSumOfItsGradients) {
    Chain c({1, 1, 1, 1});
    const ValueId p = c.vector("p", 13);
    const ValueId twice = c.graph.add1("twice", ops::add(), {p, p});
    const ValueId active = c.graph.add1("active", ops::activation(Activation::relu), {twice});
    c.differentiate(c.graph.add1("sum", ops::add(), {active, p}));
    const auto values = c.run();
    const HostTensor &weights = values.at(p), &r = values.at(c.r);
    const HostTensor& gradient = values.at(gradient_of(c.graph, p));
    for (size_t i = 0; i < 13; ++i)
        EXPECT_DOUBLE_EQ(gradient.values[i], r.values[i] * (weights.values[i] > 0 ? 3 : 1)) << i;
}

// y = relu(w x) + w' relu(w x): both readers of a value in mid-network contribute
TEST(AddGradientsTest, BranchesThatMeetAgainAreDifferentiatedTogether) {
    Chain c({5, 1, 1, 3});
    const ValueId trunk = c.graph.add1("act", ops::activation(Activation::relu), {c.layer("trunk", c.x, 7)});
    c.differentiate(c.graph.add1("sum", ops::add(), {trunk, c.layer("branch", trunk, 7)}));
    const auto values = c.run();
    const auto at = [&](const char* name) -> const HostTensor& { return values.at(c.graph.find(name)); };
    const HostTensor &x = values.at(c.x), &r = values.at(c.r), &w = at("trunk.weight"),
                     &v = at("branch.weight");
    const HostTensor& gradient = values.at(gradient_of(c.graph, c.graph.find("trunk.weight")));
    for (int64_t k = 0; k < 3; ++k)
        for (int64_t n = 0; n < 7; ++n) {
            double expected = 0;
            for (int64_t row = 0; row < 5; ++row) {
                double z = 0, upstream = r.at(row, n);
                for (int64_t i = 0; i < 3; ++i)
                    z += x.at(row, i) * w.at(i, n);
                for (int64_t m = 0; m < 7; ++m)
                    upstream += r.at(row, m) * v.at(n, m);
                expected += x.at(row, k) * (z > 0 ? upstream : 0);
            }
            EXPECT_NEAR(gradient.at(k, n), expected, 1e-12) << k << ' ' << n;
        }
}

TEST(AddGradientsTest, NothingIsComputedTowardsWhatHasNoParameterBehindIt) {
    Chain c({2, 1, 3, 5});
    const ValueId prepared = c.graph.add1("prepare", ops::activation(Activation::relu6), {c.x});
    c.differentiate(c.layer("a", prepared, 7));
    EXPECT_EQ(c.count("activation_grad"), 0u);
    EXPECT_EQ(c.count("pointwise_input_grad"), 0u);
    EXPECT_EQ(c.count("pointwise_weight_grad"), 1u);
}

TEST(AddGradientsTest, NothingIsComputedForWhatTheLossDoesNotRead) {
    Chain c({2, 1, 3, 5});
    const ValueId a = c.layer("a", c.x, 7);
    c.layer("unread", a, 11);
    c.differentiate(c.layer("b", a, 3));
    EXPECT_EQ(c.count("pointwise_weight_grad"), 2u);
    EXPECT_THAT(message_of<Error>([&] { gradient_of(c.graph, c.graph.find("unread.weight")); }),
                HasSubstr("the loss does not depend on parameter unread.weight"));
    gradient_of(c.graph, c.graph.find("a.weight"));
}

// Both parameters' gradient is r itself: each needs a copy in its own place.
TEST(AddGradientsTest, AGradientThatIsAlsoAnotherValueIsCopiedToItsPlace) {
    Chain c({1, 1, 1, 1});
    const ValueId p = c.vector("p", 13), q = c.vector("q", 13);
    c.differentiate(c.graph.add1("sum", ops::add(), {p, q}));
    expect_sound_layout(c.graph, Role::gradient);
    EXPECT_EQ(c.graph.value(c.r).role, Role::input);
    EXPECT_NE(gradient_of(c.graph, p), gradient_of(c.graph, q));
    const auto values = c.run();
    for (const ValueId parameter : {p, q})
        EXPECT_EQ(values.at(gradient_of(c.graph, parameter)).values, values.at(c.r).values);
}

TEST(AddGradientsTest, ALossThatNoParameterDeterminesIsAnError) {
    Chain c({2, 1, 1, 5});
    c.layer("unread", c.x, 7);
    EXPECT_THAT(message_of<Error>(
                    [&] { c.differentiate(c.graph.add1("act", ops::activation(Activation::relu), {c.x})); }),
                HasSubstr("depends on no parameter"));
    Chain given({2, 1, 1, 5});
    given.vector("p", 3);
    pack_parameters(given.graph);
    EXPECT_THAT(message_of<Error>([&] { add_gradients(given.graph, given.x); }),
                HasSubstr("x depends on no parameter"));
}

TEST(AddGradientsTest, ParametersThatAreNotPackedAreAnError) {
    Chain c({2, 1, 1, 5});
    const ValueId y = c.layer("a", c.x, 7);
    EXPECT_THAT(message_of<Error>([&] { add_gradients(c.graph, y); }), HasSubstr("pack_parameters first"));
}

TEST(AddGradientsTest, AnOperatorWithoutAGradientIsNamed) {
    class Opaque final : public Operator {
        std::string_view name() const override { return "opaque"; }
        std::vector<TensorType> infer(std::span<const TensorType> in) const override { return {in[0]}; }
        void lower(Lowering&) const override {}
        void reference(ReferenceCall&) const override {}
    };
    Chain c({2, 1, 1, 5});
    const ValueId y = c.layer("a", c.x, 7);
    EXPECT_THAT(
        message_of<Error>([&] { c.differentiate(c.graph.add1("wall", std::make_shared<Opaque>(), {y})); }),
        HasSubstr("operator opaque has no gradient"));
}

TEST(AddGradientTest, IsThatOfOneValueAndOfNoParameter) {
    Chain c({2, 1, 1, 5});
    const ValueId hidden = c.graph.add1("f", ops::activation(Activation::hard_swish), {c.layer("a", c.x, 7)});
    const ValueId y = c.graph.add1("g", ops::add(), {c.layer("b", hidden, 3), c.layer("c", hidden, 3)});
    c.r = c.graph.input("r", c.graph.type(y));
    const ValueId of_x = add_gradient(c.graph, y, c.r, c.x),
                  of_hidden = add_gradient(c.graph, y, c.r, hidden);
    EXPECT_EQ(c.count("pointwise_weight_grad"), 0u);
    EXPECT_EQ(c.count("activation_grad"), 1u) << "what makes a value is not differentiated for its gradient";
    const std::map<ValueId, HostTensor> values = c.run();
    EXPECT_EQ(values.at(of_hidden).shape, values.at(hidden).shape);
    const auto weighed = [&](size_t i, double change) {
        std::map<ValueId, HostTensor> changed = values;
        changed.at(c.x).values[i] += change;
        run_reference(c.graph, changed);
        double sum = 0;
        for (size_t k = 0; k < changed.at(y).values.size(); ++k)
            sum += changed.at(y).values[k] * changed.at(c.r).values[k];
        return sum;
    };
    for (size_t i = 0; i < values.at(c.x).values.size(); ++i)
        EXPECT_NEAR(values.at(of_x).values[i], (weighed(i, 1e-6) - weighed(i, -1e-6)) / 2e-6, 1e-6);
}

TEST(AddGradientTest, SaysWhereThereIsNone) {
    Chain c({2, 1, 1, 5});
    const ValueId y = c.layer("a", c.x, 3), other = c.graph.input("other", c.graph.type(c.x));
    const ValueId r = c.graph.input("r", c.graph.type(y));
    EXPECT_EQ(add_gradient(c.graph, y, r, y), r);
    EXPECT_THAT(message_of<Error>([&] { add_gradient(c.graph, y, r, other); }),
                HasSubstr("does not depend on other"));
    EXPECT_THAT(message_of<Error>([&] { add_gradient(c.graph, y, c.x, c.x); }), HasSubstr("is not of"));
}

}  // namespace
}  // namespace vkm::test
