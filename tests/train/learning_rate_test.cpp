#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/python.h>
#include <support/temporary_folder.h>
#include <train/learning_rate.h>

#include <cmath>
#include <limits>
#include <map>
#include <sstream>

namespace vkm::train {
namespace {

using test::message_of;
using testing::HasSubstr;

constexpr uint64_t per_epoch = 10;

double rate(const LearningRate& schedule, uint64_t step, double epochs = 20) {
    schedule.validate(epochs);
    return schedule.at(step, per_epoch, epochs);
}

TEST(LearningRateTest, ConstantStaysPut) {
    for (const uint64_t step : {0, 1, 199, 100000})
        EXPECT_EQ(rate({.base = 0.3}, step), 0.3);
}

TEST(LearningRateTest, StepDecaysAfterEveryPeriod) {
    const LearningRate schedule{.decay = Decay::step, .base = 1, .gamma = 0.5, .step_size = 3};
    EXPECT_DOUBLE_EQ(rate(schedule, 29), 1);
    EXPECT_DOUBLE_EQ(rate(schedule, 30), 0.5);
    EXPECT_DOUBLE_EQ(rate(schedule, 59), 0.5);
    EXPECT_DOUBLE_EQ(rate(schedule, 60), 0.25);
}

// MobileNet's published recipes decay every 2.4 epochs. k periods end at the first
// step not before 2.4 k epochs.
TEST(LearningRateTest, FractionalPeriodsDoNotDrift) {
    const LearningRate schedule{.decay = Decay::step, .base = 1, .gamma = 0.973, .step_size = 2.4};
    for (uint64_t steps : {1u, 3u, 7u, 10u, 1251u})
        for (uint64_t k = 1; k <= 100; ++k) {
            const uint64_t boundary = (24 * k * steps + 9) / 10;
            EXPECT_DOUBLE_EQ(schedule.at(boundary, steps, 350), std::pow(0.973, k)) << steps << ' ' << k;
            if (steps > 1) {
                EXPECT_DOUBLE_EQ(schedule.at(boundary - 1, steps, 350), std::pow(0.973, k - 1))
                    << steps << ' ' << k;
            }
        }
}

TEST(LearningRateTest, MultistepDecaysAtEpochsOfTheRun) {
    LearningRate schedule{.decay = Decay::multistep, .base = 1, .gamma = 0.1, .milestones = {2, 3.5, 3.5}};
    EXPECT_DOUBLE_EQ(rate(schedule, 19), 1);
    EXPECT_DOUBLE_EQ(rate(schedule, 20), 0.1);
    EXPECT_DOUBLE_EQ(rate(schedule, 34), 0.1);
    EXPECT_DOUBLE_EQ(rate(schedule, 35), 0.001);
    schedule.warmup_epochs = 1;
    EXPECT_DOUBLE_EQ(rate(schedule, 19), 1);
    EXPECT_DOUBLE_EQ(rate(schedule, 20), 0.1);
}

TEST(LearningRateTest, ExponentialDecaysByGammaAnEpoch) {
    const LearningRate schedule{.decay = Decay::exponential, .base = 2, .gamma = 0.25};
    EXPECT_DOUBLE_EQ(rate(schedule, 0), 2);
    EXPECT_DOUBLE_EQ(rate(schedule, 5), 1);
    EXPECT_DOUBLE_EQ(rate(schedule, 20), 0.125);
}

TEST(LearningRateTest, CosineSpansTheRun) {
    const LearningRate schedule{.decay = Decay::cosine, .base = 2};
    EXPECT_DOUBLE_EQ(rate(schedule, 0), 2);
    EXPECT_NEAR(rate(schedule, 100), 1, 1e-15);
    EXPECT_NEAR(rate(schedule, 50), 1 + std::sqrt(0.5), 1e-15);
    EXPECT_GT(rate(schedule, 199), 0);
    EXPECT_EQ(rate(schedule, 200), 0);
    EXPECT_EQ(rate(schedule, 1000), 0);
}

TEST(LearningRateTest, WarmUpRisesLinearlyThenTheDecayBegins) {
    for (const Decay decay : {Decay::constant, Decay::step, Decay::exponential, Decay::cosine}) {
        SCOPED_TRACE(decay_name(decay));
        LearningRate schedule{.decay = decay, .base = 1, .gamma = 0.5, .step_size = 1, .warmup_epochs = 2};
        for (uint64_t step = 0; step < 20; ++step)
            EXPECT_DOUBLE_EQ(rate(schedule, step), static_cast<double>(step + 1) / 20);
        LearningRate cold = schedule;
        cold.warmup_epochs = 0;
        for (uint64_t step = 20; step < 200; ++step)
            EXPECT_NEAR(rate(schedule, step), rate(cold, step - 20, 18), 1e-15) << step;
    }
}

TEST(LearningRateTest, WarmUpMayLastAFractionOfAnEpoch) {
    const LearningRate schedule{.base = 1, .warmup_epochs = 0.25};
    EXPECT_DOUBLE_EQ(rate(schedule, 0), 0.4);
    EXPECT_DOUBLE_EQ(rate(schedule, 1), 0.8);
    EXPECT_DOUBLE_EQ(rate(schedule, 2), 1);
}

TEST(LearningRateTest, WarmUpMayFillTheRun) {
    const LearningRate schedule{.decay = Decay::cosine, .base = 1, .warmup_epochs = 20};
    EXPECT_DOUBLE_EQ(rate(schedule, 199), 1);
    EXPECT_TRUE(std::isfinite(rate(schedule, 300)));
}

TEST(LearningRateTest, NamesRoundTrip) {
    for (const char* name : {"constant", "step", "multistep", "exponential", "cosine"})
        EXPECT_EQ(decay_name(parse_decay(name)), name);
    EXPECT_THAT(message_of<ScheduleError>([] { parse_decay("cosin"); }),
                AllOf(HasSubstr("'cosin'"), HasSubstr("constant, step, multistep, exponential, cosine")));
}

TEST(LearningRateTest, RefusesImpossibleNumbersByOption) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refusal = [](const LearningRate& schedule, double epochs = 10) {
        return message_of<ScheduleError>([&] { schedule.validate(epochs); });
    };
    EXPECT_THAT(refusal({}, 0), HasSubstr("--epochs"));
    EXPECT_THAT(refusal({.base = -1}), HasSubstr("--lr"));
    EXPECT_THAT(refusal({.base = nan}), HasSubstr("--lr"));
    EXPECT_THAT(refusal({.warmup_epochs = -1}), HasSubstr("--warmup-epochs"));
    EXPECT_THAT(refusal({.warmup_epochs = 11}), HasSubstr("outlasts"));
    EXPECT_THAT(refusal({.decay = Decay::exponential, .gamma = 0}), HasSubstr("--gamma"));
    EXPECT_THAT(refusal({.decay = Decay::step, .step_size = 0}), HasSubstr("--step-size"));
    EXPECT_THAT(refusal({.decay = Decay::multistep}), HasSubstr("needs --milestones"));
    EXPECT_THAT(refusal({.decay = Decay::multistep, .milestones = {3, 2}}), HasSubstr("rising"));
    EXPECT_EQ(refusal({.gamma = nan, .step_size = -1}), "");  // not used by a constant rate
}

// Writes lines "case step rate" from torch.optim.lr_scheduler, stepped once an optimizer step.
constexpr const char* script = R"python(
import warnings
import torch
warnings.simplefilter("ignore")  # they would fall into the middle of a line
from torch.optim import lr_scheduler as s

def run(name, make, steps=200):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4)
    scheduler = make(optimizer)
    for step in range(steps):
        print(name, step, optimizer.param_groups[0]['lr'].hex())
        optimizer.step()
        scheduler.step()

def warm(main):  # 3 epochs of 10 steps
    def make(o):
        ramp = s.LinearLR(o, start_factor=1 / 30, total_iters=29)
        return s.SequentialLR(o, [ramp, main(o)], milestones=[30])
    return make

step = lambda o: s.StepLR(o, 25, 0.5)
exponential = lambda o: s.ExponentialLR(o, 0.9 ** 0.1)
run('constant', lambda o: s.LambdaLR(o, lambda step: 1.0))
run('step', step)
run('multistep', lambda o: s.MultiStepLR(o, [20, 75, 150], 0.1))
run('exponential', exponential)
run('cosine', lambda o: s.CosineAnnealingLR(o, 200))
run('constant_warm', warm(lambda o: s.LambdaLR(o, lambda step: 1.0)))
run('step_warm', warm(step))
run('exponential_warm', warm(exponential))
run('cosine_warm', warm(lambda o: s.CosineAnnealingLR(o, 170)))
)python";

TEST(LearningRateTest, MatchesTorch) {
    if (!test::torch_available()) GTEST_SKIP() << test::python << " cannot import torch";
    const test::TemporaryFolder folder;
    ASSERT_TRUE(test::run_python(folder.path(), script)) << test::file_content(folder / "python.log");

    std::map<std::string, LearningRate> schedules = {
        {"constant", {.base = 0.4}},
        {"step", {.decay = Decay::step, .base = 0.4, .gamma = 0.5, .step_size = 2.5}},
        {"multistep", {.decay = Decay::multistep, .base = 0.4, .gamma = 0.1, .milestones = {2, 7.5, 15}}},
        {"exponential", {.decay = Decay::exponential, .base = 0.4, .gamma = 0.9}},
        {"cosine", {.decay = Decay::cosine, .base = 0.4}}};
    for (const char* name : {"constant", "step", "exponential", "cosine"}) {
        LearningRate warm = schedules.at(name);
        warm.warmup_epochs = 3;
        schedules[std::string(name) + "_warm"] = warm;
    }
    std::istringstream output(test::file_content(folder / "python.log"));
    std::map<std::string, int> compared;
    std::string line;
    while (std::getline(output, line)) {
        std::istringstream words(line);
        std::string name, value;
        uint64_t step = 0;
        words >> name >> step >> value;
        if (!schedules.contains(name)) continue;  // a warning of Python's
        const double expected = std::strtod(value.c_str(), nullptr);
        EXPECT_NEAR(rate(schedules.at(name), step), expected, 1e-12) << line;
        ++compared[name];
    }
    for (const auto& [name, schedule] : schedules)
        EXPECT_EQ(compared[name], 200) << name;
}

}  // namespace
}  // namespace vkm::train
