#include <bench/stress.h>
#include <bench/stress_chart.h>
#include <draw/svg.h>
#include <graph/flat_buffers.h>
#include <support/vulkan_devices.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::bench {
namespace {

using testing::HasSubstr;

/// Trains the smallest network there is for a few passes.
class StressTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        device_ = graph::open_device(*engine::test_instance(), engine::test_device());
        options_.model = graph::model_config("mobilenet_v3_small");
        options_.model.width = 0.25;
        options_.model.num_classes = 4;
        options_.model.input_size = 16;
        options_.model.stem_stride = 1;
        options_.batch = 4;
        options_.seconds = 0.2;
        options_.pass_seconds = 0.02;
    }
    // Changes the lowest bit of a weight before one pass.
    static auto damage(size_t when) {
        return [when](size_t pass, train::ModelOnDevices& model, const graph::Graph& graph) {
            if (pass != when) return;
            const graph::ValueId weights = graph::flat_buffer(graph, graph::Role::parameter);
            std::vector<std::byte> bytes = model.read_flat(graph, weights, 0);
            bytes[bytes.size() / 2] ^= std::byte{1};
            model.write_flat(graph, weights, 0, bytes);
        };
    }

    std::unique_ptr<graph::PlannedDevice> device_;
    StressOptions options_;
};

TEST_F(StressTest, EveryPassFromTheSameStateHasTheSameBits) {
    for (const graph::DType precision : {graph::DType::f32, graph::DType::f16}) {
        options_.precision = precision;
        size_t told = 0;
        const std::vector<StressPass> passes =
            run_stress(*device_, options_, [&](const StressPass&) { ++told; });
        EXPECT_GE(passes.size(), 2);
        EXPECT_EQ(told, passes.size());
        for (size_t i = 0; i < passes.size(); ++i) {
            EXPECT_GT(passes[i].images_per_second, 0);
            if (i > 0) {
                EXPECT_GT(passes[i].at, passes[i - 1].at);
            }
        }
    }
}

TEST_F(StressTest, ABitThatDiffersEndsItNamingPassAndDevice) {
    options_.before_pass = damage(1);
    options_.seconds = 30;
    try {
        run_stress(*device_, options_);
        FAIL() << "a changed weight went unnoticed";
    } catch (const WrongBits& error) {
        EXPECT_THAT(error.what(), HasSubstr(device_->description()));
        EXPECT_THAT(error.what(), HasSubstr("pass 2"));
    }
}

TEST_F(StressTest, AnInterruptEndsItAfterThePass) {
    std::atomic<bool> interrupted{false};
    options_.interrupted = &interrupted;
    options_.seconds = 1000;
    EXPECT_EQ(run_stress(*device_, options_, [&](const StressPass&) { interrupted = true; }).size(), 1);
    EXPECT_TRUE(run_stress(*device_, options_).empty());
}

TEST(StressDifferenceTest, SaysWhatDiffersFirst) {
    const PassResult first{.losses = {2.5f, 2.25f}, .metrics = 7, .weights = 9};
    EXPECT_EQ(difference(first, first), "");
    PassResult other = first;
    other.losses[1] = std::nextafter(2.25f, 3.0f);
    EXPECT_THAT(difference(first, other), HasSubstr("the loss of step 2"));
    EXPECT_THAT(difference(first, other), HasSubstr("40100001"));
    other = first;
    other.weights = 0xabc;
    EXPECT_THAT(difference(first, other), HasSubstr("checksum 00000abc"));
    other = first;
    other.metrics = 8;
    EXPECT_THAT(difference(first, other), HasSubstr("hits"));
    other = first;
    other.losses.pop_back();
    EXPECT_THAT(difference(first, other), HasSubstr("it has 1 steps and had 2"));
    // A number that is none is equal to itself here: the bits are.
    const PassResult none{.losses = {std::nanf("")}};
    EXPECT_EQ(difference(none, none), "");
}

std::vector<StressPass> slowing(size_t count) {
    std::vector<StressPass> passes;
    for (size_t i = 0; i < count; ++i)
        passes.push_back({static_cast<double>(i), i < count / 2 ? 100.0 : 50.0});
    return passes;
}

TEST(StressChartTest, ThrottlingIsSeen) {
    const Course course = course_of(slowing(100));
    EXPECT_EQ(course.first, 100);
    EXPECT_EQ(course.last, 50);
    EXPECT_EQ(course.least, 50);
    EXPECT_EQ(course.most, 100);
    EXPECT_THAT(stress_text(slowing(100), 4), testing::StartsWith("██▅▅  50.0 to 100.0"));
    EXPECT_THAT(stress_text(slowing(2)), testing::StartsWith("█▅  "));
    EXPECT_EQ(stress_text({}), "no pass");
    const std::string svg = draw::svg(stress_chart(slowing(100), "a device: what it trains"));
    EXPECT_THAT(svg, HasSubstr("<svg"));
    EXPECT_THAT(svg, HasSubstr("a device: what it trains"));
    EXPECT_THAT(svg, HasSubstr("images a second"));
}

}  // namespace
}  // namespace vkm::bench
