#include "train/support/tiny_run.h"
#include "train/support/training.h"

#include <graph/lower/lowering.h>
#include <gtest/gtest.h>

#include <cmath>

// The levels of docs/determinism.md, each with what it promises. That every device updates alike is
// shown with each optimizer (tests/graph/support/optimizer_run.h).
namespace vkm::train {
namespace {

class DeterminismTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }

    static std::string kept(const TrainerOptions& how, size_t replicas) {
        const test::TemporaryFolder folder;
        TrainerOptions options = how;
        options.out = folder.path();
        test::TinyRun{}.go(options, replicas);
        return test::kept_by(folder.path());
    }

    static std::map<std::string, std::vector<float>> weights(TrainerOptions options, size_t replicas) {
        const test::TemporaryFolder folder;
        options.out = folder.path();
        test::TinyRun{}.go(options, replicas);
        return test::weights_of_run(folder.path());
    }
};

TEST_F(DeterminismTest, ADeviceGivesTheSameBitsEveryTime) {
    const TrainerOptions options = test::tiny_training({});
    EXPECT_EQ(kept(options, 1), kept(options, 1));
}

TEST_F(DeterminismTest, SeveralDevicesGiveTheSameBitsForTheSameSplit) {
    TrainerOptions options = test::tiny_training({});
    options.shares = {.kind = SharePolicy::Kind::given, .speeds = {2, 3, 2}};
    EXPECT_EQ(kept(options, 3), kept(options, 3));
}

TEST_F(DeterminismTest, AnotherSplitIsTheSameWithinRounding) {
    const engine::ExpectSilentValidation silent(*engine::test_instance());
    // Batch norm over the whole batch, so that nothing but the order of sums differs.
    const auto of = [](SharePolicy shares, size_t replicas) {
        TrainerOptions options = test::tiny_training({});
        options.shares = std::move(shares);
        options.recipe.sync_bn = true;
        options.max_steps = 3;
        return weights(options, replicas);
    };
    const auto whole = of({}, 1);
    for (const auto& [shares, replicas] :
         {std::pair<SharePolicy, size_t>{{}, 2},
          {{.kind = SharePolicy::Kind::given, .speeds = {5, 2}}, 2},
          {{.kind = SharePolicy::Kind::given, .speeds = {1, 100, 2}}, 3},
          {{.kind = SharePolicy::Kind::recorded, .record = {{0, {4, 3}}, {1, {6, 1}}, {2, {1, 6}}}}, 2}})
        for (const auto& [name, values] : of(shares, replicas)) {
            const std::vector<float>& want = whole.at(name);
            ASSERT_EQ(values.size(), want.size());
            for (size_t i = 0; i < values.size(); ++i)
                ASSERT_NEAR(values[i], want[i], 2e-4 * std::max(1.0f, std::abs(want[i]))) << name;
        }
}

// Returns the L2 norm of a difference over that of what is wanted.
double relative_distance(const std::vector<float>& got, const std::vector<float>& want) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < want.size(); ++i) {
        difference += std::pow(double{got[i]} - want[i], 2);
        norm += std::pow(double{want[i]}, 2);
    }
    return std::sqrt(difference / norm);
}

struct FirstStep {
    double loss = 0;
    std::vector<float> gradients, parameters;
};

FirstStep first_step(uint32_t device) {
    test::Training training({.device = device, .rows = 16});
    FirstStep step{.loss = training.step().loss, .gradients = {}, .parameters = {}};
    const auto floats = [&](graph::Role role) {
        const std::vector<std::byte> bytes = training.bytes(role);
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    };
    step.gradients = floats(graph::Role::gradient);
    step.parameters = floats(graph::Role::parameter);
    return step;
}

TEST_F(DeterminismTest, DevicesOfOtherVendorsAgreeInForwardAndBackward) {
    const FirstStep want = first_step(engine::test_device());
    engine::on_every_device([&](uint32_t index) {
        const FirstStep got = first_step(index);
        EXPECT_NEAR(got.loss, want.loss, 1e-6 * want.loss);
        const double gradients = relative_distance(got.gradients, want.gradients);
        const double parameters = relative_distance(got.parameters, want.parameters);
        RecordProperty("gradients", std::to_string(gradients));
        EXPECT_LE(gradients, 1e-5);
        EXPECT_LE(parameters, 1e-6);
    });
}

// Returns a plan that takes the last way to compute everything that can be computed in several.
graph::KernelPlan other_kernels(const graph::KernelPlan& plan) {
    const graph::Graph step =
        training_step(test::tiny_model(), {.batch_size = 7}, {.local_batch = 7, .global_batch = 7}).graph;
    graph::KernelPlan tuned = plan;
    for (const graph::ChoicePoint& choice : graph::lower(step, plan).choices)
        tuned.tuning[choice.key()] = {.candidate = choice.candidates.back()};
    return tuned;
}

TEST_F(DeterminismTest, TunedKernelsKeepTheirBits) {
    const engine::Instance& vulkan = *engine::test_instance();
    const graph::KernelPlan plan = other_kernels(graph::open_device(vulkan, engine::test_device())->plan());
    ASSERT_FALSE(plan.tuning.empty());
    const auto kept = [&] {
        const test::TemporaryFolder folder;
        graph::PlannedDevice device(vulkan.open(engine::test_device()), plan);
        ModelOnDevices model({&device});
        TrainingObserver silent;
        train(test::tiny_training(folder.path()), model, std::make_shared<test::TinyImages>(), nullptr,
              silent, std::atomic<bool>(false));
        return test::kept_by(folder.path());
    };
    EXPECT_EQ(kept(), kept());
}

}  // namespace
}  // namespace vkm::train
