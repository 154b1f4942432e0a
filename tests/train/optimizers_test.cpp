#include <train/optimizers.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <map>
#include <set>

namespace vkm::train {
namespace {

using test::message_of;
using testing::HasSubstr;

std::string refusal(const OptimizerChoice& choice) {
    return message_of<OptimizerError>([&] { make_optimizer(choice); });
}

TEST(OptimizersTest, EveryRowBuildsWhatItsNameSays) {
    for (const OptimizerRow& row : optimizers())
        EXPECT_EQ(make_optimizer({.name = std::string(row.name)})->name(), row.name);
}

TEST(OptimizersTest, NamesOfOptionsAndSlotsTellThemApart) {
    for (const OptimizerRow& row : optimizers()) {
        std::set<std::string_view> names;
        for (const OptimizerOption& option : row.options) {
            EXPECT_TRUE(names.insert(option.name).second) << option.name;
            EXPECT_TRUE(option.in_range(option.initial)) << option.name;
            EXPECT_FALSE(option.help.empty()) << option.name;
        }
        const auto optimizer = make_optimizer({.name = std::string(row.name)});
        names.clear();
        for (const graph::OptimizerSlot& slot : optimizer->slots())
            EXPECT_TRUE(names.insert(slot.name).second) << slot.name;
    }
}

/// Options of one name are one option of the command line.
TEST(OptimizersTest, OptionsOfOneNameAreOfOneKind) {
    std::map<std::string_view, bool> flags;
    for (const OptimizerRow& row : optimizers())
        for (const OptimizerOption& option : row.options)
            EXPECT_EQ(flags.emplace(option.name, option.flag).first->second, option.flag) << option.name;
}

TEST(OptimizersTest, DefaultsAreThoseOfPyTorch) {
    const auto initial = [](std::string_view optimizer, std::string_view name) {
        for (const OptimizerOption& option : optimizer_row(optimizer).options)
            if (option.name == name) return option.initial;
        throw std::out_of_range(std::string(name));
    };
    EXPECT_EQ(optimizer_row("adamw").learning_rate, 1e-3);
    EXPECT_EQ(initial("adamw", "beta1"), 0.9);
    EXPECT_EQ(initial("adamw", "beta2"), 0.999);
    EXPECT_EQ(initial("adamw", "eps"), 1e-8);
    EXPECT_EQ(initial("adamw", "weight-decay"), 0.01);
    EXPECT_EQ(initial("sgd", "weight-decay"), 0);
    EXPECT_EQ(initial("sgd", "momentum"), 0.9);
}

TEST(OptimizersTest, DefaultsOfTheOthersAreThoseOfPyTorchTimmAndTheirPapers) {
    struct Row {
        std::string_view optimizer;
        double learning_rate;
        std::map<std::string_view, double> options;
    };
    for (const Row& want : std::vector<Row>{
             {"rmsprop", 0.01, {{"alpha", 0.99}, {"eps", 1e-8}, {"momentum", 0}, {"centered", 0}}},
             {"rmsprop_tf", 0.01, {{"alpha", 0.9}, {"eps", 1e-10}, {"momentum", 0}, {"centered", 0}}},
             {"adam", 1e-3, {{"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight-decay", 0}}},
             {"lamb", 1e-3, {{"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-6}, {"weight-decay", 0.01}}},
             {"lion", 1e-4, {{"beta1", 0.9}, {"beta2", 0.99}, {"weight-decay", 0}}}}) {
        const OptimizerRow& row = optimizer_row(want.optimizer);
        EXPECT_EQ(row.learning_rate, want.learning_rate) << want.optimizer;
        for (const OptimizerOption& option : row.options) {
            const auto found = want.options.find(option.name);
            if (found == want.options.end()) continue;
            EXPECT_EQ(option.initial, found->second) << want.optimizer << " " << option.name;
        }
        for (const auto& [name, value] : want.options)
            EXPECT_TRUE(row.has(name)) << want.optimizer << " " << name;
    }
}

TEST(OptimizersTest, NamesOfOtherProgramsAreUnderstood) {
    EXPECT_EQ(optimizer_called("rmsproptf").name, "rmsprop_tf");
    EXPECT_EQ(optimizer_called("momentum").name, "sgd");
    for (const char* name : {"nesterov", "sgd_nesterov"}) {
        EXPECT_EQ(optimizer_called(name).name, "sgd");
        EXPECT_EQ(optimizer_called(name).hyperparameters.at("nesterov"), 1);
    }
    EXPECT_EQ(optimizer_called("lion").name, "lion");
    for (const OptimizerAlias& alias : optimizer_aliases())
        EXPECT_NO_THROW(make_optimizer(alias.choice)) << alias.name;
}

TEST(OptimizersTest, WhatAnOptimizerDoesNotHaveIsRefusedAndWhoHasItNamed) {
    EXPECT_THAT(refusal({.name = "bogus"}),
                HasSubstr("--optimizer bogus is none of sgd, rmsprop, rmsprop_tf, adam, adamw"));
    EXPECT_THAT(refusal({.hyperparameters = {{"beta1", 0.8}}}),
                HasSubstr("--beta1 is an option of adam, adamw, lamb, lion, and --optimizer is sgd"));
    EXPECT_THAT(refusal({.name = "adamw", .hyperparameters = {{"momentum", 0.8}}}),
                HasSubstr("--momentum is an option of sgd, rmsprop, rmsprop_tf, and --optimizer is adamw"));
}

TEST(OptimizersTest, ValuesOutOfRangeAreRefused) {
    for (const double value : {1.0, -0.1, std::numeric_limits<double>::quiet_NaN()})
        EXPECT_THAT(refusal({.name = "adamw", .hyperparameters = {{"beta2", value}}}),
                    HasSubstr("--beta2 is "));
    EXPECT_THAT(refusal({.name = "adamw", .hyperparameters = {{"eps", -1}}}), HasSubstr("at least 0"));
    EXPECT_THAT(refusal({.hyperparameters = {{"momentum", 1.1}}}), HasSubstr("between 0 and 1"));
}

}  // namespace
}  // namespace vkm::train
