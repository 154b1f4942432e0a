#include "train/support/tiny_run.h"

#include <graph/run/executor.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/device_pool.h>

namespace vkm::train {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = SharePolicy::Kind;

/// Trains the tiny network on two and three devices whose shares change.
class TrainerSharesTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }

    /// Returns a run of six steps of seven images, split as this.
    static TrainerOptions training(SharePolicy shares) {
        TrainerOptions options = test::tiny_training({});
        options.shares = std::move(shares);
        return options;
    }
    static SharePolicy recorded(std::vector<SharesFrom> record) {
        return {.kind = Kind::recorded, .record = std::move(record)};
    }
};

TEST_F(TrainerSharesTest, ARunIsRepeatableFromItsRecord) {
    const SharePolicy shares = recorded({{0, {4, 3}}, {2, {5, 2}}, {5, {2, 5}}});
    const test::TemporaryFolder first, second;
    TrainerOptions options = training(shares);
    options.recipe.accumulation = 2;
    test::TinyRun runs[2];
    for (size_t i = 0; i < 2; ++i) {
        options.out = (i == 0 ? first : second).path();
        options.recipe.epochs = 6;
        runs[i].go(options, 2);
        options.shares = recorded(runs[i].shares);  // as the first one told
    }
    EXPECT_THAT(runs[0].shares,
                ElementsAre(SharesFrom{0, {4, 3}}, SharesFrom{2, {5, 2}}, SharesFrom{5, {2, 5}}));
    EXPECT_EQ(runs[1].shares, runs[0].shares);
    EXPECT_EQ(test::kept_by(second.path()), test::kept_by(first.path()));
}

TEST_F(TrainerSharesTest, ARunWhoseSharesChangeGoesOnBitForBit) {
    const TrainerOptions options = training(recorded({{0, {4, 3}}, {2, {5, 2}}, {4, {2, 5}}}));
    for (const int64_t stop : {1, 2, 3, 5})
        test::expect_resumes(options, stop, 6, 2);
}

TEST_F(TrainerSharesTest, MeasuredSharesSayWhatTheyAre) {
    const test::TemporaryFolder folder;
    TrainerOptions options = training({.kind = Kind::measured});
    options.out = folder.path();
    options.recipe.epochs = 20;
    test::TinyRun run;
    run.go(options, 2);
    ASSERT_FALSE(run.shares.empty());
    EXPECT_EQ(run.shares.front(), (SharesFrom{0, {4, 3}}));
    EXPECT_EQ(read_position(folder / "checkpoint").shares, run.shares.back().counts);
    EXPECT_EQ(read_position(folder / "checkpoint").run.at("split over devices"), "over 2, as measured");
    EXPECT_THAT(run.steps, SizeIs(40));
    EXPECT_THAT(run.messages, IsEmpty());
}

TEST_F(TrainerSharesTest, RunningStatisticsAreThoseOfTheLargestShare) {
    for (const size_t main : {0, 1}) {
        const test::TemporaryFolder folder;
        TrainerOptions options = training({.kind = Kind::given, .speeds = {5, 2}});
        if (main == 1) std::swap(options.shares.speeds[0], options.shares.speeds[1]);
        options.out = folder.path();
        test::TinyRun{}.go(options, 2);
        const auto mean = test::weights_of_run(folder.path()).at("features.0.1.running_mean");
        const std::string bytes(reinterpret_cast<const char*>(mean.data()), mean.size() * sizeof(float));
        const graph::StateDict kept = graph::read_safetensors(folder / "checkpoint" / "state.safetensors");
        for (const size_t replica : {0, 1}) {
            std::string states;
            for (const graph::NamedTensor& tensor : kept.tensors)
                if (tensor.name.ends_with(fmt::format(".{}", replica)))
                    states.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
            EXPECT_EQ(states.find(bytes) != std::string::npos, replica == main) << replica;
        }
    }
}

// Trains on a device opened twice, of which the second has so much memory.
struct Cramped {
    test::TinyRun run;
    std::string kept;

    Cramped(TrainerOptions options, uint64_t bytes) {
        const test::TemporaryFolder folder;
        options.out = folder.path();
        std::vector<test::LentDevice> devices;
        for (int i = 0; i < 2; ++i)
            devices.emplace_back();
        ModelOnDevices model({devices[0].get(), devices[1].get()});
        model.limit_memory(1, bytes);
        train(options, model, std::make_shared<test::TinyImages>(), nullptr, run, std::atomic<bool>(false));
        kept = test::kept_by(folder.path());
    }
};

TEST_F(TrainerSharesTest, ADeviceWithLittleMemoryTakesWhatItHolds) {
    TrainerOptions options = training({});
    options.recipe.batch_size = 14;
    const test::LentDevice device;
    const auto bytes = [&](int64_t images) {
        const ModelOnDevices two({device.get(), device.get()});
        const StepShape shape =
            two.shapes(shares_of(std::vector<int64_t>{14 - images, images}), PixelType::floats)[1];
        const graph::Graph step = training_step(options.model, options.recipe, shape).graph;
        return static_cast<uint64_t>(
            graph::memory_need(step, device->plan(), graph::steps_in_flight, true).total());
    };
    const Cramped cramped(options, bytes(3));
    ASSERT_EQ(cramped.run.shares.size(), 1u);
    const std::vector<int64_t> counts = cramped.run.shares.front().counts;
    EXPECT_EQ(counts[0] + counts[1], 14);
    EXPECT_LT(counts[1], 7);
    EXPECT_GE(counts[1], 3);
    ASSERT_THAT(cramped.run.messages, SizeIs(1));
    EXPECT_THAT(cramped.run.messages.front(),
                testing::HasSubstr(fmt::format("takes at most {} images of a batch", counts[1])));
    options.shares = {.kind = Kind::given,
                      .speeds = {static_cast<double>(counts[0]), static_cast<double>(counts[1])}};
    const Cramped roomy(options, uint64_t{1} << 40);
    EXPECT_EQ(roomy.run.shares.front().counts, counts);
    EXPECT_EQ(roomy.kept, cramped.kept);
}

TEST_F(TrainerSharesTest, ADeviceWithoutMemoryIsLeftOut) {
    const Cramped cramped(training({}), 1);
    ASSERT_THAT(cramped.run.messages, SizeIs(1));
    EXPECT_THAT(cramped.run.messages.front(), testing::HasSubstr("is left out"));
    const test::TemporaryFolder folder;
    TrainerOptions alone = training({});
    alone.out = folder.path();
    test::TinyRun run;
    run.go(alone);
    EXPECT_EQ(cramped.kept, test::kept_by(folder.path()));
}

TEST_F(TrainerSharesTest, OneDeviceTellsNoShares) {
    const test::TemporaryFolder folder;
    TrainerOptions options = training({.kind = Kind::measured});
    options.out = folder.path();
    test::TinyRun run;
    run.go(options);
    EXPECT_THAT(run.shares, IsEmpty());
    EXPECT_EQ(read_position(folder / "checkpoint").run.at("split over devices"), "7");
}

}  // namespace
}  // namespace vkm::train
