#include <train/data/recording.h>

#include <gtest/gtest.h>

namespace vkm::train {
namespace {

TEST(RecordingTest, AFilesNameSaysWhatItIsAFrameOf) {
    EXPECT_EQ(file_stem({17, 3}), "000017-frame0003");
    EXPECT_EQ(recorded_frame("000017-frame0003.png"), (RecordedFrame{17, 3}));
    for (const RecordedFrame& of : {RecordedFrame{1, 1}, RecordedFrame{1234567, 98765}})
        EXPECT_EQ(recorded_frame(file_stem(of) + ".png"), of);
}

TEST(RecordingTest, OtherNamesAreOfNoRecording) {
    for (const char* const name : {"", "000017.png", "000017-0003.png", "cat-frame0003.png", "-frame0003.png",
                                   "17-frame.png", "17-frame-3.png", "-17-frame3.png", "17-frame3b.png",
                                   "17-frame3_copy.png", "99999999999999999999-frame1.png"})
        EXPECT_EQ(recorded_frame(name), std::nullopt) << name;
}

}  // namespace
}  // namespace vkm::train
