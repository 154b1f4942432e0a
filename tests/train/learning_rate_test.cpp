#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/python.h>
#include <support/temporary_folder.h>
#include <train/learning_rate.h>

#include <cmath>
#include <functional>
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

// A published program multiplies by .99 after every epoch e with e % 3 == 0 and e != 0.
TEST(LearningRateTest, AnOffsetPutsTheChangesOfStepOff) {
    const LearningRate schedule{
        .decay = Decay::step, .base = 1, .gamma = 0.99, .step_size = 3, .step_offset = 1};
    double expected = 1;
    for (uint64_t epoch = 0; epoch < 20; ++epoch) {
        for (uint64_t batch = 0; batch < per_epoch; ++batch)
            EXPECT_NEAR(rate(schedule, epoch * per_epoch + batch), expected, 1e-14) << epoch;
        if (epoch % 3 == 0 && epoch != 0) expected *= 0.99;
    }
}

TEST(LearningRateTest, AFactorOfZeroMakesTheFirstStepsRateZero) {
    const LearningRate schedule{.base = 2, .warmup_epochs = 1, .warmup_factor = 0};
    EXPECT_EQ(rate(schedule, 0), 0);
    EXPECT_DOUBLE_EQ(rate(schedule, 5), 1);
    EXPECT_EQ(rate(schedule, 10), 2);
}

TEST(LearningRateTest, WarmUpMayBeGivenInSteps) {
    const LearningRate schedule{.decay = Decay::cosine, .base = 2, .warmup_steps = 4, .warmup_rate = 1};
    EXPECT_DOUBLE_EQ(rate(schedule, 0), 1);
    EXPECT_DOUBLE_EQ(rate(schedule, 3), 1.75);
    EXPECT_DOUBLE_EQ(rate(schedule, 4), 2);
    EXPECT_NEAR(rate(schedule, 102), 1, 1e-15);
}

TEST(LearningRateTest, ExponentialMayFallOverSeveralEpochs) {
    const LearningRate schedule{.decay = Decay::exponential, .base = 1, .gamma = 0.25, .decay_epochs = 2.5};
    EXPECT_DOUBLE_EQ(rate(schedule, 25), 0.25);
    EXPECT_DOUBLE_EQ(rate(schedule, 125), std::pow(0.25, 5));
}

TEST(LearningRateTest, AScheduleStaysLowBehindItsEnd) {
    for (const Decay decay : {Decay::cosine, Decay::polynomial}) {
        const LearningRate schedule{.decay = decay, .base = 1, .decay_epochs = 12, .min_rate = 0.125};
        for (const uint64_t step : {120, 150, 199, 1000})
            EXPECT_EQ(rate(schedule, step), 0.125);
    }
    const LearningRate cycle{.decay = Decay::one_cycle, .base = 1};
    EXPECT_NEAR(rate(cycle, 199), 1 / 25e4, 1e-18);
    EXPECT_EQ(rate(cycle, 5000), rate(cycle, 199));
}

TEST(LearningRateTest, NamesRoundTrip) {
    for (const std::string_view name : decay_names())
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
    EXPECT_THAT(refusal({.warmup_steps = -1}), HasSubstr("--warmup-steps"));
    EXPECT_THAT(refusal({.warmup_epochs = 1, .warmup_steps = 1}), HasSubstr("give one"));
    EXPECT_THAT(refusal({.warmup_epochs = 1, .warmup_factor = 0.5, .warmup_rate = 0}), HasSubstr("give one"));
    EXPECT_THAT(refusal({.warmup_rate = 0}), HasSubstr("--warmup-steps, too"));
    EXPECT_THAT(refusal({.warmup_epochs = 1, .warmup_factor = 2}), HasSubstr("from 0 to 1"));
    EXPECT_THAT(refusal({.decay = Decay::one_cycle, .warmup_epochs = 1}), HasSubstr("rises by itself"));
    EXPECT_THAT(refusal({.decay = Decay::one_cycle, .one_cycle = {.rising = 1}}), HasSubstr("--pct-start"));
    EXPECT_THAT(refusal({.decay = Decay::cosine, .base = 0.1, .min_rate = 0.2}), HasSubstr("would rise"));
    EXPECT_THAT(refusal({.decay = Decay::polynomial, .power = 0}), HasSubstr("--power"));
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
run('cosine_low', lambda o: s.CosineAnnealingLR(o, 200, eta_min=0.01))
run('polynomial', lambda o: s.PolynomialLR(o, 150, 2.5))
run('cycle', lambda o: s.OneCycleLR(o, 0.4, total_steps=200, cycle_momentum=False))
run('cycle_linear', lambda o: s.OneCycleLR(o, 0.4, epochs=20, steps_per_epoch=10, pct_start=0.25, div_factor=10,
    final_div_factor=100, anneal_strategy='linear', cycle_momentum=False))

def from_factor(o):
    ramp = s.LinearLR(o, start_factor=0.1, total_iters=25)
    return s.SequentialLR(o, [ramp, s.CosineAnnealingLR(o, 175)], milestones=[25])
run('factor', from_factor)

def torchvision(o):  # references/classification/train.py, an epoch being ten steps
    ramp = s.LinearLR(o, start_factor=0.01, total_iters=5)
    main = s.CosineAnnealingLR(o, T_max=20 - 5, eta_min=0.001)
    every = s.SequentialLR(o, [ramp, main], milestones=[5])
    class PerEpoch:
        steps = 0
        def step(self):
            self.steps += 1
            if self.steps % 10 == 0: every.step()
    return PerEpoch()
run('torchvision', torchvision)

# What timm's CosineLRScheduler, StepLRScheduler and PolyLRScheduler compute for an update or an epoch t.
import math
def timm(name, per, decayed, warmup, prefix, warmup_lr=1e-5):
    for step in range(200):
        t = step // 10 if per == 'epoch' else step
        w = warmup * (1 if per == 'epoch' else 10)
        lr = warmup_lr + t * (0.4 - warmup_lr) / w if t < w else decayed(t - w if prefix else t)
        print(name, step, lr.hex())

cosine = lambda length: lambda t: 1e-3 + 0.5 * (0.4 - 1e-3) * (1 + math.cos(math.pi * t / length)) if t < length else 1e-3
timm('timm_epochs', 'epoch', cosine(20), 5, False)
timm('timm_updates', 'step', cosine(200), 5, False)
timm('timm_prefix', 'step', cosine(150), 5, True)
timm('timm_cooldown', 'epoch', cosine(10), 3, False)
timm('timm_step', 'epoch', lambda t: 0.4 * 0.97 ** (t // 2.4), 3, False)
timm('timm_poly', 'epoch', lambda t: 1e-3 + (0.4 - 1e-3) * (1 - t / 20) ** 0.5, 3, False)

# mindcv.scheduler: linear_refined_lr, then cosine_decay_refined_lr over decay_epochs; lr_epoch_stair.
def mindcv(name, stair):
    for step in range(200):
        t, n = (step // 10, 1) if stair else (step, 10)
        if t < 4 * n:
            lr = 0.4 * 0.0 + t / (4 * n) * (0.4 - 0.4 * 0.0)
        else:
            lr = 1e-4 + 0.5 * (0.4 - 1e-4) * (1 + math.cos(math.pi * (t - 4 * n) / (16 * n)))
        print(name, step, lr.hex())
mindcv('mindcv', False)
mindcv('mindcv_stair', True)
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
    using enum Decay;
    schedules["cosine_low"] = {.decay = cosine, .base = 0.4, .min_rate = 0.01};
    schedules["polynomial"] = {.decay = polynomial, .base = 0.4, .decay_epochs = 15, .power = 2.5};
    schedules["cycle"] = {.decay = one_cycle, .base = 0.4};
    schedules["cycle_linear"] = {
        .decay = one_cycle,
        .base = 0.4,
        .one_cycle = {.rising = 0.25, .div_factor = 10, .final_div_factor = 100, .linear = true}};
    schedules["factor"] = {.decay = cosine, .base = 0.4, .warmup_steps = 25, .warmup_factor = 0.1};
    schedules["torchvision"] = {.decay = cosine,
                                .base = 0.4,
                                .warmup_epochs = 5,
                                .warmup_factor = 0.01,
                                .by_epoch = true,
                                .min_rate = 0.001};
    const LearningRate timm{
        .decay = cosine, .base = 0.4, .warmup_epochs = 5, .warmup_rate = 1e-5, .min_rate = 1e-3};
    const auto changed = [](LearningRate from, const std::function<void(LearningRate&)>& change) {
        change(from);
        return from;
    };
    schedules["timm_prefix"] = timm;
    schedules["timm_updates"] = changed(timm, [](LearningRate& s) { s.warmup_prefix = false; });
    const LearningRate epochs =
        changed(schedules["timm_updates"], [](LearningRate& s) { s.by_epoch = true; });
    const LearningRate three = changed(epochs, [](LearningRate& s) { s.warmup_epochs = 3; });
    schedules["timm_epochs"] = epochs;
    schedules["timm_cooldown"] = changed(three, [](LearningRate& s) { s.decay_epochs = 10; });
    schedules["timm_poly"] = changed(three, [](LearningRate& s) { s.decay = polynomial, s.power = 0.5; });
    schedules["timm_step"] =
        changed(three, [](LearningRate& s) { s.decay = Decay::step, s.gamma = 0.97, s.step_size = 2.4; });
    schedules["mindcv"] = {
        .decay = cosine, .base = 0.4, .warmup_epochs = 4, .warmup_factor = 0, .min_rate = 1e-4};
    schedules["mindcv_stair"] = changed(schedules["mindcv"], [](LearningRate& s) { s.by_epoch = true; });

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
