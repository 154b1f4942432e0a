#include "faulty_device.h"

#include <gmock/gmock.h>

#include <thread>

#include "teach/support/session_files.h"

namespace vkm::teach {
namespace {

using test::FaultyDevice;
using testing::HasSubstr;

class TeachFaultsTest : public test::FaultyDeviceTest {};

TEST_F(TeachFaultsTest, ALessonGoesOnElsewhereWhenItsDeviceIsLost) {
    const test::TeachFolder folder;
    int opened = 0;
    Session session(folder.path(),
                    {.instance = engine::test_instance(),
                     .device = engine::test_device(),
                     .weights = folder.weights,
                     .open_device = [&](uint32_t) {  // whichever: one driver is enough to compile for
                         if (++opened == 1) return FaultyDevice().take();
                         return graph::open_device(*engine::test_instance(), engine::test_device());
                     }});
    test::add_coloured(session, 6);
    session.start({.reach = Reach::all, .epochs = 20, .batch_size = 12});
    while (session.snapshot()->progress.step < 3 && session.snapshot()->progress.phase != Phase::failed)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    FaultyDevice::plan(FaultyDevice::submit, VK_ERROR_DEVICE_LOST);
    session.wait();
    const auto end = session.snapshot();
    EXPECT_EQ(end->progress.phase, Phase::finished) << end->progress.problem;
    EXPECT_EQ(end->progress.curves->steps.size(), 20u);
    EXPECT_EQ(opened, 2);
    EXPECT_TRUE(end->notice.error);
    EXPECT_THAT(end->notice.text, HasSubstr("goes on from its last checkpoint"));
}

}  // namespace
}  // namespace vkm::teach
