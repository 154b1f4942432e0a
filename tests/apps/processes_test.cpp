#include "cli/processes.h"
#include "cli/common_options.h"
#include "cli/usage_error.h"

#include <gmock/gmock.h>
#include <support/bytes.h>

#include <map>

namespace vkm::apps {
namespace {

using testing::ElementsAre;
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

TEST(LaunchTest, TasksThatDoNotKnowOfEachOtherAreRefused) {
    EXPECT_THAT(
        test::message_of<UsageError>([] {
            launched({{"SLURM_STEP_NUM_TASKS", "4"}});
        }),
        HasSubstr(
            "srun has started 4 tasks that do not know of each other: start them with srun --mpi=pmix"));
}

TEST(DealtDevicesTest, AHostsProcessesTakeOneAfterTheOther) {
    const std::vector<uint32_t> four{2, 5, 7, 9};
    EXPECT_THAT(devices_of(four, 0, 1), ElementsAre(2, 5, 7, 9));
    EXPECT_THAT(devices_of(four, 1, 2), ElementsAre(5, 9));
    EXPECT_THAT(devices_of(four, 2, 3), ElementsAre(7));
    EXPECT_THAT(devices_of(four, 0, 3), ElementsAre(2, 9));
}

TEST(DealtDevicesTest, WhereThereAreFewerTheyShare) {
    const std::vector<uint32_t> two{4, 6};
    EXPECT_THAT(devices_of(two, 2, 5), ElementsAre(4));
    EXPECT_THAT(devices_of(two, 3, 5), ElementsAre(6));
}

}  // namespace
}  // namespace vkm::apps
