#include "train/support/tiny_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/device_pool.h>
#include <train/feature_set.h>

#include <cmath>
#include <set>

namespace vkm::train {
namespace {

using testing::HasSubstr;

/// Gives photographs of several sizes, of which some may be unreadable.
class Photographs final : public Dataset {
  public:
    explicit Photographs(size_t size, std::set<size_t> broken = {})
        : size_(size), broken_(std::move(broken)) {}
    size_t size() const override { return size_; }
    int num_classes() const override { return test::tiny_classes; }
    const std::vector<std::string>& class_names() const override { return names_; }
    SampleKind kind() const override { return SampleKind::photograph; }
    int label(size_t index) const override { return static_cast<int>(index) % test::tiny_classes; }
    std::string name(size_t index) const override { return "photograph " + std::to_string(index); }
    Sample sample(size_t index) const override {
        if (broken_.contains(index)) throw image::ImageError("{} is broken", name(index));
        const int height = 19 + static_cast<int>(index % 5), width = 23;
        image::Image picture{height, width, {}};
        for (int i = 0; i < height * width * 3; ++i)
            picture.rgb.push_back(
                static_cast<uint8_t>((i * i / 7 + static_cast<int>(index) * 37 * (i % 3)) % 256));
        return picture;
    }

  private:
    size_t size_;
    std::set<size_t> broken_;
    std::vector<std::string> names_;
};

struct Observed final : TrainingObserver {
    std::vector<double> losses, validations;
    std::vector<std::pair<int64_t, int64_t>> features;
    void on_step(const Step& step) override { losses.push_back(step.loss); }
    void on_validation(int64_t, int64_t, const Evaluation& result) override {
        validations.push_back(result.loss);
    }
    void on_features(int64_t done, int64_t total) override { features.emplace_back(done, total); }
};

class CachedFeaturesTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }
    TrainerOptions options(const std::string& frozen, int64_t draws) {
        TrainerOptions options = test::tiny_training(folder.path() / std::to_string(runs++));
        options.recipe.frozen = graph::parse_frozen(frozen, options.model);
        std::filesystem::create_directories(options.out);
        options.recipe.feature_draws = draws;
        options.recipe.optimizer = {"adamw"};
        options.learning_rate.base = 1e-2;
        options.log_every = 1;
        return options;
    }
    static Observed go(const TrainerOptions& options, const std::shared_ptr<const Dataset>& training,
                       const std::shared_ptr<const Dataset>& validation = {}, size_t replicas = 1) {
        std::vector<test::LentDevice> devices;
        std::vector<graph::PlannedDevice*> pointers;
        for (size_t i = 0; i < replicas; ++i) {
            devices.emplace_back();
            pointers.push_back(devices.back().get());
        }
        ModelOnDevices model(pointers);
        Observed observed;
        train::train(options, model, training, validation, observed, std::atomic<bool>(false));
        return observed;
    }

    const test::TemporaryFolder folder;
    int runs = 0;
};

void expect_near(const std::vector<double>& left, const std::vector<double>& right, double tolerance) {
    ASSERT_EQ(left.size(), right.size());
    for (size_t i = 0; i < left.size(); ++i)
        EXPECT_NEAR(left[i], right[i], tolerance) << i;
}

TEST_F(CachedFeaturesTest, TrainsAsOnImagesWhereNothingIsDrawn) {
    const auto images = std::make_shared<test::TinyImages>();
    for (const char* frozen : {"backbone", "all-but-output", "stages:2,bn"}) {
        SCOPED_TRACE(frozen);
        const TrainerOptions plain = options(frozen, 0), cached = options(frozen, 2);
        const Observed expected = go(plain, images, images), observed = go(cached, images, images);
        EXPECT_TRUE(expected.features.empty());
        expect_near(observed.losses, expected.losses, 1e-4);
        expect_near(observed.validations, expected.validations, 1e-4);
        const auto weights = test::weights_of_run(cached.out), whole = test::weights_of_run(plain.out);
        ASSERT_EQ(weights.size(), whole.size());
        for (const auto& [name, values] : whole)
            for (size_t i = 0; i < values.size(); ++i)
                ASSERT_NEAR(weights.at(name)[i], values[i], 2e-3) << name;
    }
}

TEST_F(CachedFeaturesTest, InMixedPrecisionAndOnSeveralDevicesToo) {
    const auto images = std::make_shared<test::TinyImages>();
    TrainerOptions plain = options("backbone", 0), cached = options("backbone", 1);
    plain.storage = cached.storage = graph::DType::f16;
    const Observed expected = go(plain, images, images, 2), observed = go(cached, images, images, 2);
    expect_near(observed.losses, expected.losses, 5e-3);
    expect_near(observed.validations, expected.validations, 5e-3);
}

TEST_F(CachedFeaturesTest, FeaturesAreOfWhatTrainingDraws) {
    const auto images = std::make_shared<Photographs>(15);
    TrainerOptions plain = options("backbone", 0), cached = options("backbone", 2);
    for (TrainerOptions* run : {&plain, &cached}) {
        run->recipe.augmentation = {.crop = Crop::random_resized, .flip = 0.5, .scale = {0.3, 1}};
        run->recipe.epochs = 4;
    }
    const Observed expected = go(plain, images), observed = go(cached, images);
    // Steps of the first two epochs see the same images; those after them have been seen before.
    ASSERT_EQ(observed.losses.size(), 8u);
    expect_near({observed.losses.begin(), observed.losses.begin() + 4},
                {expected.losses.begin(), expected.losses.begin() + 4}, 1e-4);
    EXPECT_GT(std::abs(observed.losses[5] - expected.losses[5]), 1e-4);
    EXPECT_EQ(observed.features.back(), std::pair(int64_t{30}, int64_t{30}));
}

TEST_F(CachedFeaturesTest, ImagesThatCannotBeReadAreReplaced) {
    const auto images = std::make_shared<Photographs>(15, std::set<size_t>{4, 5});
    const TrainerOptions plain = options("backbone", 0), cached = options("backbone", 1);
    const Observed expected = go(plain, images, images), observed = go(cached, images, images);
    expect_near(observed.losses, expected.losses, 1e-4);
    expect_near(observed.validations, expected.validations, 1e-4);
}

TEST_F(CachedFeaturesTest, ARunGoesOnBitForBit) {
    test::expect_resumes(options("backbone", 2), 3, 5);
}

TEST_F(CachedFeaturesTest, ARunGoesOnWithAsManyDraws) {
    TrainerOptions run = options("backbone", 2);
    run.max_steps = 1;
    go(run, std::make_shared<test::TinyImages>());
    run.resume = true;
    run.recipe.feature_draws = 0;
    EXPECT_THAT(test::message_of<CheckpointError>([&] { go(run, std::make_shared<test::TinyImages>()); }),
                HasSubstr("draws of cached features 2 and this run has 0"));
}

TEST_F(CachedFeaturesTest, SaysWhereThereAreNone) {
    TrainerOptions run = options("", 2);
    EXPECT_THAT(test::message_of<NoFeatures>([&] { go(run, std::make_shared<test::TinyImages>()); }),
                HasSubstr("--freeze backbone"));
    TrainerOptions mixing = options("backbone", 2);
    mixing.recipe.loss.mixing.mixup_alpha = 0.2;
    mixing.recipe.batch_size = 6;
    EXPECT_THAT(test::message_of<NoFeatures>([&] { go(mixing, std::make_shared<test::TinyImages>()); }),
                HasSubstr("mixes images"));
}

TEST_F(CachedFeaturesTest, StopsBeforeAllFeaturesAreThere) {
    const TrainerOptions run = options("backbone", 40);
    const test::LentDevice device;
    ModelOnDevices model({device.get()});
    std::atomic<bool> stop = false;
    struct Stopping final : TrainingObserver {
        std::atomic<bool>* stop = nullptr;
        int64_t done = 0;
        void on_features(int64_t now, int64_t) override {
            done = now;
            *stop = true;
        }
    } observer;
    observer.stop = &stop;
    const TrainingResult result =
        train::train(run, model, std::make_shared<test::TinyImages>(), nullptr, observer, stop);
    EXPECT_TRUE(result.interrupted);
    EXPECT_EQ(result.steps, 0);
    EXPECT_LT(observer.done, 14 * 40);
    EXPECT_TRUE(checkpoint_exists(run.out / "checkpoint"));
}

TEST(FeatureSetTest, EpochsTakeTurnsInTheDraws) {
    FeatureSet set(std::make_shared<test::TinyImages>(), 3);
    set.reserve(4);
    const std::array<std::byte, 4> row{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    set.keep(5, 1, row);
    for (const int64_t epoch : {1, 4, 301})
        EXPECT_TRUE(std::ranges::equal(set.features(5, epoch), row));
    EXPECT_THAT(test::message_of<image::ImageError>([&] { set.features(5, 2); }), HasSubstr("image 5"));
    EXPECT_EQ(set.label(5), 2);
    EXPECT_THAT(test::message_of<DatasetError>([&] { set.reserve(int64_t{1} << 40); }),
                HasSubstr("--cache-features"));
}

}  // namespace
}  // namespace vkm::train
