#include <base/launch.h>

#include <gmock/gmock.h>

#include <map>

namespace vkm {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

Launch launched(const std::map<std::string, const char*>& environment) {
    return launch_of([&](const char* name) {
        const auto found = environment.find(name);
        return found == environment.end() ? nullptr : found->second;
    });
}

TEST(LaunchTest, AProcessThatNobodyCountsIsAlone) {
    EXPECT_TRUE(launched({}).alone());
    EXPECT_TRUE(launched({{"OMPI_COMM_WORLD_SIZE", "1"}}).alone());
    EXPECT_TRUE(launched({{"OMPI_COMM_WORLD_SIZE", "many"}}).alone());
    EXPECT_TRUE(launched({{"SLURM_STEP_NUM_TASKS", "1"}}).alone());
}

TEST(LaunchTest, LaunchersSayHowManyTheyStarted) {
    EXPECT_EQ(launched({{"OMPI_COMM_WORLD_SIZE", "8"}}).size, 8u);
    EXPECT_EQ(launched({{"PMI_SIZE", "3"}}).size, 3u);
    EXPECT_EQ(launched({{"PMIX_RANK", "0"}, {"SLURM_STEP_NUM_TASKS", "16"}}).size, 16u);
    EXPECT_FALSE(launched({{"PMIX_RANK", "0"}}).alone()) << "only MPI knows";
    EXPECT_EQ(launched({{"OMPI_COMM_WORLD_SIZE", "8"}}).by, "OMPI_COMM_WORLD_SIZE=8");
}

TEST(LaunchTest, TasksOfSlurmNeedItsHelpToKnowOfEachOther) {
    EXPECT_EQ(launched({{"SLURM_STEP_NUM_TASKS", "4"}}).size, 4u);
    EXPECT_FALSE(launched({{"SLURM_STEP_NUM_TASKS", "4"}}).acquainted);
    EXPECT_TRUE(launched({{"SLURM_STEP_NUM_TASKS", "4"}, {"PMIX_RANK", "0"}}).acquainted);
}

TEST(LaunchTest, TheLauncherIsHiddenWhereOpenMpisSizeIsTakenAway) {
    EXPECT_TRUE(
        launched({{"OMPI_COMM_WORLD_RANK", "1"}, {"PMIX_RANK", "1"}, {"SLURM_STEP_NUM_TASKS", "4"}}).alone());
}

TEST(LaunchTest, WhatOneProcessDoesIsRefusedToSeveralWithHowToHideThem) {
    EXPECT_EQ(refusal_of_several(launched({}), "vkmbv3 eval"), "");
    EXPECT_EQ(refusal_of_several(launched({{"PMIX_RANK", "0"}}), "vkmbv3 eval"), "") << "there may be one";
    EXPECT_THAT(
        refusal_of_several(launched({{"OMPI_COMM_WORLD_SIZE", "2"}, {"PMIX_RANK", "0"}}), "vkmbv3 eval"),
        AllOf(HasSubstr("vkmbv3 eval is for one process, and 2 were started (OMPI_COMM_WORLD_SIZE=2)"),
              EndsWith("env -u OMPI_COMM_WORLD_SIZE")));
    EXPECT_THAT(
        refusal_of_several(launched({{"SLURM_STEP_NUM_TASKS", "4"}, {"PMIX_RANK", "0"}}), "vkmbv3 eval"),
        EndsWith("env -u SLURM_STEP_NUM_TASKS -u PMIX_RANK"));
}

}  // namespace
}  // namespace vkm
