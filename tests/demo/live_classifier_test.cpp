#include "live/live_classifier.h"

#include <infer/classifier.h>

#include <gmock/gmock.h>

#include "teach/support/session_files.h"

namespace vkm::demo {
namespace {

using test::coloured;
using testing::HasSubstr;

class LiveClassifierTest : public testing::Test {
  protected:
    Frame frame(uint64_t number) const {
        return {number, std::make_shared<image::Image>(coloured({10 * static_cast<int>(number), 90, 40}, 1))};
    }
    // Waits for a state as wanted.
    std::shared_ptr<const LiveState> state(const std::function<bool(const LiveState&)>& wanted) {
        for (int i = 0; i < 12000; ++i) {
            if (const auto now = live.state(); wanted(*now)) return now;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        ADD_FAILURE() << "not within a minute: " << live.state()->problem;
        return live.state();
    }
    std::shared_ptr<const LiveState> result(uint64_t number) {
        return state([=](const LiveState& s) { return s.result && s.result->frame.number == number; });
    }

    test::TeachFolder folder;
    LiveChoice choice{.weights = folder.weights, .device = engine::test_device()};
    LiveClassifier live{*engine::test_instance(), [] {}};
};

TEST_F(LiveClassifierTest, AnswersAsTheClassifierDoes) {
    live.choose(choice);
    live.show(frame(3));
    const auto now = result(3);
    const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
    const auto expected = infer::Classifier(*device, folder.weights, {}).classify(*frame(3).picture, 4);
    EXPECT_EQ(now->result->classes.logits, expected.logits);
    EXPECT_EQ(now->model->classes, 4);
    EXPECT_GT(now->result->milliseconds, 0);
    EXPECT_FALSE(now->result->heat);
}

TEST_F(LiveClassifierTest, TakesTheNewestOfManyFrames) {
    live.choose(choice);
    for (uint64_t number = 1; number <= 200; ++number)
        live.show(frame(number));
    const auto now = result(200);
    EXPECT_LT(now->recent_ms.size(), 200u);
}

TEST_F(LiveClassifierTest, ExplainsTheFrameThatIsShownWhenItIsAsked) {
    live.choose(choice);
    live.show(frame(1));
    result(1);
    live.explain(true);
    const auto now = state([](const LiveState& s) { return s.result && s.result->heat; });
    EXPECT_EQ(now->result->frame.number, 1u);
    EXPECT_EQ(now->result->heat->maps.size(), 1u);
}

TEST_F(LiveClassifierTest, GoesOnWithTheOldNetworkWhereTheNewOneCannotBeUsed) {
    live.choose(choice);
    live.show(frame(1));
    result(1);
    LiveChoice missing = choice;
    missing.weights = folder / "missing.pth";
    const uint64_t number = live.choose(missing);
    const auto now = state([=](const LiveState& s) { return s.choices == number; });
    EXPECT_THAT(now->choice_problem, HasSubstr("missing.pth"));
    EXPECT_EQ(now->model->choice, choice);
    live.show(frame(2));
    EXPECT_THAT(result(2)->choice_problem, HasSubstr("missing.pth"));
    live.choose(choice);
    state([](const LiveState& s) { return s.choice_problem.empty() && s.result; });
}

TEST_F(LiveClassifierTest, ChangesPrecisionWhileItRuns) {
    live.choose(choice);
    live.show(frame(1));
    const auto before = result(1);
    LiveChoice half = choice;
    half.half = true;
    live.choose(half);
    const auto after =
        state([&](const LiveState& s) { return s.model && s.model->choice == half && s.result; });
    for (size_t i = 0; i < 4; ++i)
        EXPECT_NEAR(after->result->classes.logits[i], before->result->classes.logits[i], 0.05);
}

}  // namespace
}  // namespace vkm::demo
