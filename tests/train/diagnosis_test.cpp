#include "train/support/tiny.h"

#include <train/diagnosis.h>
#include <train/model_snapshot.h>

#include <gmock/gmock.h>
#include <graph/finite.h>
#include <graph/flat_buffers.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/device_pool.h>
#include <support/temporary_folder.h>
#include <support/vulkan_devices.h>

#include <cmath>
#include <limits>

namespace vkm::train {
namespace {

using graph::HostTensor;
using testing::HasSubstr;
using testing::Not;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr double huge = 3e38;  // finite in fp32, and twice it is not

/// Trains a tiny network, on the default device once or twice.
class DiagnosedTraining {
    graph::ModelConfig model_;
    std::vector<test::LentDevice> devices_;  // outlive what uses them

  public:
    explicit DiagnosedTraining(size_t count, bool sync_bn = false,
                               graph::ModelConfig model = test::tiny_model(),
                               graph::DType storage = graph::DType::f32)
        : model_(std::move(model)) {
        std::vector<graph::PlannedDevice*> pointers;
        for (size_t i = 0; i < count; ++i) {
            devices_.emplace_back();
            pointers.push_back(devices_.back().get());
        }
        const Recipe recipe{.batch_size = rows, .sync_bn = sync_bn};
        replicas.emplace(pointers);
        executor.emplace(*replicas, rows, PixelType::floats, [&](StepShape shape) {
            shape.storage = storage;
            return training_step(model_, recipe, shape);
        });
        initialise();
    }

    void initialise() { replicas->load(graph(), graph::initial_values(graph(), 1)); }

    const graph::Graph& graph() const { return executor->step().graph; }

    /// Fills a parameter on one replica.
    void plant(const std::string& name, double value, size_t replica = 0, bool everywhere = true) {
        const graph::ValueId id = graph().find(name);
        HostTensor tensor = replicas->state(replica).read(graph(), id);
        if (everywhere)
            std::ranges::fill(tensor.values, value);
        else
            tensor.values[tensor.values.size() / 2] = value;
        replicas->state(replica).write(graph(), id, tensor);
    }

    double step() {
        slot_ = executor->executor().begin();
        executor->feed(slot_, batch, params);
        executor->executor().submit(slot_);
        executor->executor().wait(slot_);
        return executor->metrics(slot_).loss;
    }

    std::string diagnosis() { return first_bad_layer(*replicas, *executor, slot_, batch, params); }
    /// Returns why a step failed whose loss is not finite.
    std::string failure() {
        EXPECT_FALSE(std::isfinite(step()));
        return diagnosis();
    }

    static constexpr int rows = 7;
    Batch batch = test::tiny_batch(rows);
    graph::StepParams params{.learning_rate = 0.1f};
    std::optional<ModelOnDevices> replicas;
    std::optional<StepExecutor> executor;

  private:
    graph::Executor::Slot slot_ = 0;
};

/// Makes backward overflow behind a depthwise convolution in mid-network, without forward noticing. The
/// convolution's output is zero, so batch norm's is beta, while its gradient is gamma / sqrt(epsilon) = 1e38
/// times what arrives. The block's residual keeps all that follows as it was.
struct BadGradient {
    static graph::ModelConfig model() {
        graph::ModelConfig config = test::tiny_model();
        config.bn_eps = 1e-12;
        return config;
    }
    template <typename Plant>
    static void plant(Plant plant) {
        plant("features.5.block.1.0.weight", 0.0);
        plant("features.5.block.1.1.weight", 1e32);
    }
};

class DiagnosisTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }
};

TEST_F(DiagnosisTest, AWeightInMidNetworkIsNamed) {
    DiagnosedTraining training(1);
    training.plant("features.4.block.1.0.weight", nan, 0, false);
    const std::string why = training.failure();
    EXPECT_THAT(why, HasSubstr("first in the weights features.4.block.1.0.weight"));
    EXPECT_THAT(why, HasSubstr(training.replicas->device(0).description()));
}

TEST_F(DiagnosisTest, ABadWeightOfTheSecondDeviceIsFoundThere) {
    DiagnosedTraining training(2);
    training.plant("classifier.0.bias", infinity, 1);
    EXPECT_THAT(training.failure(), HasSubstr("first in the weights classifier.0.bias"));
}

// All weights are cast at once: the one that half precision cannot hold is named, and nothing is said of
// those that are read in fp32 only.
TEST_F(DiagnosisTest, AWeightThatOverflowsInHalfPrecisionIsNamed) {
    constexpr double too_large = 1e5;
    for (const auto& [weight, what] : std::map<std::string, std::string>{
             {"features.4.block.1.0.weight", "first in features.4.block.1.0.weight/cast"},
             {"features.4.block.1.1.weight", "first in layer features.4.block.1"}}) {
        DiagnosedTraining training(1, false, test::tiny_model(), graph::DType::f16);
        training.plant(weight, too_large);
        EXPECT_THAT(training.failure(), HasSubstr(what)) << weight;
    }
}

TEST_F(DiagnosisTest, TheLayerThatOverflowsIsNamed) {
    DiagnosedTraining training(1);
    for (const auto& [weight, layer] : std::map<std::string, std::string>{
             {"features.0.0.weight", "features.0.0 (convolution)"},
             {"features.4.block.1.0.weight", "features.4.block.1.0 (depthwise)"},
             {"features.4.block.1.1.weight", "features.4.block.1.1 (batch_norm)"},
             {"features.9.block.3.0.weight", "features.9.block.3.0 (pointwise)"},
             {"classifier.3.weight", "classifier.3 (pointwise)"}}) {
        training.initialise();
        training.plant(weight, huge);
        const std::string why = training.failure();
        EXPECT_THAT(why, HasSubstr("first in layer " + layer)) << weight;
        EXPECT_THAT(why, HasSubstr("--lr"));
    }
}

TEST_F(DiagnosisTest, ABadImageIsNamedByItsPlaceInTheDataSet) {
    const auto expect_named = [](DiagnosedTraining& training, float value) {
        training.initialise();
        const size_t row = 5;  // of seven: in the second device's share
        std::get<std::vector<float>>(training.batch.pixels)[row * test::tiny_values + 131] = value;
        const std::string why = training.failure();
        EXPECT_THAT(why, HasSubstr("first in image 105 of the training data"));
        EXPECT_THAT(why, Not(HasSubstr("--lr"))) << "a lower rate does not help";
    };
    DiagnosedTraining alone(1);
    for (const float value : {nan, infinity, -infinity})
        expect_named(alone, value);
    DiagnosedTraining together(2, true);  // whose statistics then spoil the first device's share as well
    expect_named(together, nan);
}

TEST_F(DiagnosisTest, AGradientThatOverflowsIsNamedWhereBackwardMetIt) {
    DiagnosedTraining training(1, false, BadGradient::model());
    const auto bad_weights = [&] {
        return first_bad_weights(training.graph(),
                                 ModelSnapshot(*training.replicas, training.graph()).values());
    };
    EXPECT_EQ(bad_weights(), std::nullopt);
    BadGradient::plant([&](const char* name, double value) { training.plant(name, value); });
    ASSERT_TRUE(std::isfinite(training.step()));
    EXPECT_EQ(bad_weights(), "features.5.block.1.0.weight");
    // Through the gradients that update has spoilt all layers before it, too.
    EXPECT_FALSE(graph::all_finite(
        training.replicas->state(0).read(training.graph(), training.graph().find("features.0.0.weight"))));
    EXPECT_THAT(training.failure(),
                HasSubstr("first in the weights features.5.block.1.0.weight, where an earlier update"));
}

TEST_F(DiagnosisTest, RunningStatisticsThatOverflowedAreNamedInTheNetworksOrder) {
    DiagnosedTraining training(1);
    ParameterValues values = ModelSnapshot(*training.replicas, training.graph()).values();
    for (const char* name : {"features.7.block.0.1.running_var", "features.2.block.0.1.running_var",
                             "features.0.0.weight", "classifier.3.bias"})
        values.at(training.graph().find(name)).values[0] = infinity;
    EXPECT_EQ(first_bad_weights(training.graph(), values), "features.2.block.0.1.running_var");
}

TEST_F(DiagnosisTest, WhatDoesNotRepeatIsSaidSoAndChangesNoWeights) {
    DiagnosedTraining training(2);
    ASSERT_TRUE(std::isfinite(training.step()));
    const auto weights = [&] {
        return training.replicas->read_flat(training.graph(),
                                            graph::flat_buffer(training.graph(), graph::Role::parameter), 0);
    };
    const auto before = weights();
    EXPECT_THAT(training.diagnosis(), HasSubstr("no layer repeats it"));
    EXPECT_EQ(weights(), before);
}

/// Runs a whole training and returns the message it ends with.
std::string run(const test::TinyImages& images, const TrainerOptions& options) {
    const engine::Instance& vulkan = *engine::test_instance();
    const auto device = graph::open_device(vulkan, engine::test_device());
    ModelOnDevices replicas({device.get()});
    TrainingObserver observer;
    return test::message_of<graph::NonFinite>([&] {
        train(options, replicas, std::make_shared<test::TinyImages>(images), nullptr, observer,
              std::atomic<bool>(false));
    });
}

TEST_F(DiagnosisTest, ARunEndsWithTheStepAndTheImage) {
    const test::TemporaryFolder folder;
    TrainerOptions o = test::tiny_training(folder.path());
    o.shuffle = false;
    const std::string why = run(test::TinyImages(11), o);
    EXPECT_THAT(why, HasSubstr("the loss of step 2 is not finite: first in image 11 of the training data"));
    EXPECT_FALSE(checkpoint_exists(folder / "checkpoint"));
}

TEST_F(DiagnosisTest, ARunNeverSavesWhatBackwardSpoilt) {
    const test::TemporaryFolder folder;
    TrainerOptions o = test::tiny_training(folder.path());
    o.model = BadGradient::model();
    o.initial = [](const graph::Graph& graph) {
        InitialWeights initial{graph::initial_values(graph, 1), 0};
        BadGradient::plant([&](const char* name, double value) {
            std::ranges::fill(initial.values.at(graph.find(name)).values, value);
        });
        return initial;
    };
    for (const int64_t save_every : {1, 0}) {
        o.save_every = save_every;
        const std::string why = run(test::TinyImages(), o);
        EXPECT_THAT(why, HasSubstr(save_every == 1 ? "after step 1 the weights features.5.block.1.0.weight"
                                                   : "the loss of step 2 is not finite: first in the weights "
                                                     "features.5.block.1.0.weight"));
        EXPECT_FALSE(checkpoint_exists(folder / "checkpoint"));
        EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    }
}

}  // namespace
}  // namespace vkm::train
