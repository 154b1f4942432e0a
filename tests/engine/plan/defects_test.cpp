#include "planned.h"

namespace vkm::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using enum LoadPath;

TEST(DefectsTest, ADefectTurnsOffWhatItNamesAndSaysSo) {
    DeviceSnapshot device = with_matrices({half_matrix(16, 16, 16)});
    device.features.packed_dot_product = false;
    const DevicePlan actual = plan(device);
    EXPECT_THAT(actual.cooperative_matrices, IsEmpty());
    ASSERT_EQ(actual.quirks.size(), 1u);
    EXPECT_EQ(actual.quirks[0].disable, Disable::cooperative_matrix);
    EXPECT_THAT(actual.fallbacks, Contains(HasSubstr("cooperative matrices are off: before RDNA3")));
    EXPECT_THAT(actual.fallbacks, Contains(HasSubstr("llama.cpp#11074")));
}

TEST(DefectsTest, EveryKindOfDefectHasItsEffect) {
    const DeviceSnapshot device = captured_device("lavapipe-mesa22");
    const auto with = [&](Disable what, const DeviceSnapshot& on) {
        const Quirk quirk{.disable = what, .why = "why", .source = "source"};
        const DevicePlan actual = plan_device(on, std::span(&quirk, 1));
        EXPECT_THAT(actual.fallbacks, Contains(std::string(name(what)) + " are off: why (source)"));
        return actual;
    };
    EXPECT_THAT(
        with(Disable::cooperative_matrix, with_matrices({half_matrix(16, 16, 16)})).cooperative_matrices,
        IsEmpty());
    EXPECT_FALSE(with(Disable::fp16_arithmetic, captured_device("radv-navi21")).fp16_arithmetic);
    EXPECT_FALSE(with(Disable::fp16_storage, device).fp16_storage);
    EXPECT_FALSE(with(Disable::subgroup_arithmetic, device).subgroup_arithmetic);
    EXPECT_FALSE(with(Disable::subgroup_shuffle, device).subgroup_shuffle);
    EXPECT_EQ(with(Disable::texel_loads, device).load_path, buffer);
    EXPECT_FALSE(with(Disable::direct_upload, device).direct_upload);
    EXPECT_FALSE(with(Disable::upload_queue, captured_device("nvidia-t4-linux")).upload_queue);
    EXPECT_EQ(with(Disable::long_submits, device).work_per_submit, plan(device).work_per_submit / 4);
}

TEST(DefectsTest, ADefectOfWhatIsNotThereIsNotAFallback) {
    const DevicePlan actual = plan(captured_device("adreno-730"));
    EXPECT_THAT(actual.quirks, Not(IsEmpty()));
    EXPECT_THAT(actual.fallbacks, Not(Contains(HasSubstr("cooperative matrices"))));
    EXPECT_THAT(actual.fallbacks, Contains(HasSubstr("subgroup shuffles are off")));
}

}  // namespace
}  // namespace vkm::engine
