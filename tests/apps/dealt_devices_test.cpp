#include "cli/common_options.h"

#include <gmock/gmock.h>

namespace vkm::apps {
namespace {

using testing::ElementsAre;

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
