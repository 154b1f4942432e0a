#include "train/support/tiny_run.h"

#include <gmock/gmock.h>
#include <support/bytes.h>
#include <support/threads_world.h>
#include <train/together.h>

namespace vkm::train {
namespace {

using test::TemporaryFolder;
using test::ThreadsWorld;
using test::TinyRun;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Trains the tiny network in several processes, which threads stand for.
class JobTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }

    /// Trains with so many devices in each process, and returns what each process was told.
    std::vector<std::unique_ptr<TinyRun>> go(const TrainerOptions& options,
                                             const std::vector<size_t>& devices) {
        std::vector<std::unique_ptr<TinyRun>> runs;
        for (size_t rank = 0; rank < devices.size(); ++rank) {
            runs.push_back(std::make_unique<TinyRun>());
            runs.back()->validates = true;
        }
        ThreadsWorld world(devices.size());
        world.run(
            [&](graph::World& member) { runs[member.rank()]->go(options, devices[member.rank()], member); });
        return runs;
    }

    /// Trains in two processes, of which an observer of that type tells the second to stop.
    template <typename Stops>
    std::vector<TrainingResult> told_to_stop(const TrainerOptions& options) {
        std::vector<TrainingResult> results(2);
        ThreadsWorld world(2);
        world.run([&](graph::World& member) {
            const test::LentDevice device;
            ModelOnDevices model({device.get()}, member);
            std::atomic<bool> stop = false, never = false;
            Stops observer(member.rank() == 1 ? stop : never);
            const auto images = std::make_shared<test::TinyImages>();
            results[member.rank()] = train(options, model, images, nullptr, observer, stop);
        });
        return results;
    }

    /// Expects that several processes keep the same as one that has all their devices, bit for bit.
    void expect_the_bits_of_one(TrainerOptions options, const std::vector<size_t>& devices) {
        const TemporaryFolder together, alone;
        options.out = alone.path();
        const auto one = go(options, {std::accumulate(devices.begin(), devices.end(), size_t{0})});
        options.out = together.path();
        const auto all = go(options, devices);
        EXPECT_EQ(test::weights_of_run(together.path()), test::weights_of_run(alone.path()));
        for (const auto& run : all) {
            ASSERT_EQ(run->steps.size(), one[0]->steps.size());
            for (size_t i = 0; i < run->steps.size(); ++i) {
                EXPECT_EQ(run->steps[i].loss, one[0]->steps[i].loss) << i;
                EXPECT_EQ(run->steps[i].top1, one[0]->steps[i].top1) << i;
            }
            EXPECT_EQ(run->shares, one[0]->shares);
            ASSERT_TRUE(run->result.validation);
            EXPECT_EQ(run->result.validation->images, one[0]->result.validation->images);
            EXPECT_EQ(run->result.validation->top1, one[0]->result.validation->top1);
            EXPECT_DOUBLE_EQ(run->result.validation->loss, one[0]->result.validation->loss);
        }
    }
};

TEST_F(JobTest, ProcessesMakeTheBitsOfOneThatHasAllTheirDevices) {
    const TrainerOptions options = test::tiny_training({});
    expect_the_bits_of_one(options, {1, 1});
    expect_the_bits_of_one(options, {2, 1});
}

TEST_F(JobTest, SoTheyDoWithAllThatARecipeCanHave) {
    TrainerOptions options = test::tiny_training({});
    options.recipe.sync_bn = true;
    options.recipe.average = graph::WeightAverage{};
    options.recipe.optimizer = {.name = "adamw"};
    options.recipe.clipping.norm = 1;
    options.recipe.accumulation = 2;
    options.recipe.loss = {.bce = true, .class_weights = {1, 2, 0.5f}};
    options.recalibrate_batches = 1;
    options.storage = graph::DType::f16;
    options.shares = {.kind = SharePolicy::Kind::given, .speeds = {1, 4, 2}};
    expect_the_bits_of_one(options, {1, 2});
}

TEST_F(JobTest, SoTheyDoWithCachedFeatures) {
    TrainerOptions options = test::tiny_training({});
    options.recipe.frozen = graph::parse_frozen("backbone", options.model);
    options.recipe.feature_draws = 2;
    options.recipe.augmentation.flip = 0.5;
    expect_the_bits_of_one(options, {1, 1});
    options.shares = {.kind = SharePolicy::Kind::given, .speeds = {1, 4, 2}};
    expect_the_bits_of_one(options, {2, 1});
}

TEST_F(JobTest, WhoIsToldToStopWhileFeaturesAreMadeStopsAll) {
    class Stops final : public TrainingObserver {
      public:
        explicit Stops(std::atomic<bool>& stop) : stop_(stop) {}
        void on_features(int64_t, int64_t) override { stop_ = true; }

      private:
        std::atomic<bool>& stop_;
    };
    const TemporaryFolder folder;
    TrainerOptions options = test::tiny_training(folder.path());
    options.recipe.frozen = graph::parse_frozen("backbone", options.model);
    options.recipe.feature_draws = 50;
    for (const TrainingResult& result : told_to_stop<Stops>(options)) {
        EXPECT_TRUE(result.interrupted);
        EXPECT_EQ(result.steps, 0) << "without the features of all images";
    }
}

TEST_F(JobTest, SoTheyDoWhereSharesChange) {
    TrainerOptions options = test::tiny_training({});
    options.shares = {.kind = SharePolicy::Kind::recorded, .record = {{0, {4, 3}}, {2, {5, 2}}, {5, {2, 5}}}};
    expect_the_bits_of_one(options, {1, 1});
}

TEST_F(JobTest, SharesAreMeasuredOverAllProcesses) {
    const TemporaryFolder folder;
    TrainerOptions options = test::tiny_training(folder.path());
    options.recipe.epochs = 20;
    options.shares.kind = SharePolicy::Kind::measured;
    const auto runs = go(options, {1, 1});
    EXPECT_EQ(runs[0]->result.steps, 40);
    EXPECT_EQ(runs[1]->shares, runs[0]->shares);
}

TEST_F(JobTest, ARunGoesOnBitForBit) {
    const TemporaryFolder whole, parts;
    TrainerOptions options = test::tiny_training(whole.path());
    go(options, {1, 1});
    options.out = parts.path();
    options.max_steps = 3;
    go(options, {1, 1});
    options.max_steps.reset();
    options.resume = true;
    go(options, {1, 1});
    EXPECT_EQ(test::kept_by(parts.path()), test::kept_by(whole.path()));
}

TEST_F(JobTest, ARunGoesOnInAnotherNumberOfProcesses) {
    const TemporaryFolder folder;
    TrainerOptions options = test::tiny_training(folder.path());
    options.max_steps = 1;
    go(options, {1, 1, 1});
    options.resume = true;
    options.max_steps = 3;
    const auto two = go(options, {1, 1});
    EXPECT_THAT(two[0]->messages,
                ElementsAre(HasSubstr("split over the devices as 3+2+2 and is split as 4+3")));
    EXPECT_EQ(two[0]->steps.size(), 2u);
    options.max_steps.reset();
    const auto one = go(options, {1});
    EXPECT_THAT(one[0]->messages, ElementsAre(HasSubstr("4+3 and is split as 7")));
    EXPECT_EQ(one[0]->result.steps, 6);
}

TEST_F(JobTest, WhoIsToldToStopStopsAllBehindTheSameStep) {
    class Stops final : public TrainingObserver {
      public:
        explicit Stops(std::atomic<bool>& stop) : stop_(stop) {}
        void on_step(const Step& step) override { stop_ = stop_ || step.step == 2; }

      private:
        std::atomic<bool>& stop_;
    };
    const TemporaryFolder folder;
    TrainerOptions options = test::tiny_training(folder.path());
    options.recipe.epochs = 50;
    const std::vector<TrainingResult> results = told_to_stop<Stops>(options);
    for (const TrainingResult& result : results) {
        EXPECT_TRUE(result.interrupted);
        EXPECT_EQ(result.steps, results[0].steps);
        EXPECT_LT(result.steps, 10);
    }
    EXPECT_EQ(read_position(folder / "checkpoint").step, results[0].steps);
}

TEST_F(JobTest, ProcessesThatWereStartedForOtherRunsSayWhich) {
    const TemporaryFolder folder;
    ThreadsWorld world(2);
    const auto started = [&](const std::function<void(TrainerOptions&)>& change) {
        return test::message_of<Error>([&] {
            world.run([&](graph::World& member) {
                TrainerOptions options = test::tiny_training(folder.path());
                options.host = member.rank() == 0 ? "a" : "b";
                if (member.rank() == 1) change(options);
                TinyRun{}.go(options, 1, member);
            });
        });
    };
    EXPECT_THAT(started([](TrainerOptions& o) { o.recipe.seed = 5; }),
                AllOf(HasSubstr("seed is "), HasSubstr("rank 0 on host a and 5 on rank 1 on host b")));
    EXPECT_THAT(started([](TrainerOptions& o) { o.agreed_settings["lr"] = "0.2"; }),
                HasSubstr("lr is 0.2 on rank 1"));
    EXPECT_THAT(started([](TrainerOptions& o) {
                    o.initial = [initial = o.initial](const graph::Graph& graph) {
                        InitialWeights weights = initial(graph);
                        weights.values.begin()->second.values[0] += 1;
                        return weights;
                    };
                }),
                HasSubstr("the checksum of the weights is "));
}

TEST_F(JobTest, WhatOneProcessCannotWriteEndsAll) {
    const TemporaryFolder folder;
    test::write_content(folder / "checkpoint", "a file where a folder is to be");
    const TrainerOptions options = test::tiny_training(folder.path());
    std::vector<std::string> failures(2);
    ThreadsWorld world(2);
    world.run([&](graph::World& member) {
        failures[member.rank()] = test::message_of<Error>([&] { TinyRun{}.go(options, 1, member); });
    });
    EXPECT_THAT(failures[0], HasSubstr("cannot make the folder"));
    EXPECT_THAT(failures[1], AllOf(HasSubstr("rank 0: "), HasSubstr("cannot make the folder")));
}

TEST(TogetherTest, ListsOfAnyLengthAreGatheredInOrderOfRanks) {
    ThreadsWorld world(3);
    world.run([](graph::World& member) {
        EXPECT_THAT(gather_lists(member, std::vector<int>(member.rank(), static_cast<int>(member.rank()))),
                    ElementsAre(1, 2, 2));
        EXPECT_THAT(gather_texts(member, std::string(member.rank(), 'x')), ElementsAre("", "x", "xx"));
    });
}

}  // namespace
}  // namespace vkm::train
