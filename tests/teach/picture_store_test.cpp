#include <base/atomic_file.h>
#include <image/decode/decode.h>
#include <image/encode/png.h>
#include <support/limits.h>
#include <support/temporary_folder.h>
#include <teach/picture_store.h>
#include <teach/teach_error.h>

#include <gmock/gmock.h>

#include <fstream>

#include "teach/support/session_files.h"

namespace vkm::teach {
namespace {

using test::coloured;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_of(const PictureStore& store) {
    std::vector<std::string> names;
    for (const PictureClass& one : store.classes())
        names.push_back(one.name);
    return names;
}

class PictureStoreTest : public testing::Test {
  protected:
    PictureStore open() const { return PictureStore(folder / "session", {}); }

    test::TemporaryFolder folder;
    PictureStore store = open();
};

TEST_F(PictureStoreTest, KeepsPicturesAsAnImageFolder) {
    store.add_class("mug");
    store.add_class("cup");
    const image::Image picture = coloured({10, 20, 30}, 1);
    const std::string file = store.add("mug", picture);
    EXPECT_EQ(file, "000001.png");
    EXPECT_EQ(image::decode_image(folder / "session/pictures/mug/000001.png").rgb, picture.rgb);
    EXPECT_THAT(names_of(store), ElementsAre("mug", "cup"));
}

TEST_F(PictureStoreTest, FindsAllAgainWhenItIsOpenedAgain) {
    store.add_class("mug");
    store.add_class("cup", true);
    store.add("cup", coloured({10, 20, 30}, 1));
    std::filesystem::create_directories(folder / "session/pictures/apple");
    std::ofstream(folder / "session/pictures/cup/.000002.png.x.tmp") << "half a pict";
    const PictureStore again(folder / "session", store.classes());
    EXPECT_THAT(names_of(again), ElementsAre("mug", "cup", "apple"));
    EXPECT_TRUE(again.classes()[1].background);
    EXPECT_THAT(again.classes()[1].pictures, ElementsAre("000001.png"));
    EXPECT_FALSE(std::filesystem::exists(folder / "session/pictures/cup/.000002.png.x.tmp"));
}

TEST_F(PictureStoreTest, NeverUsesANumberTwice) {
    store.add_class("mug");
    store.add("mug", coloured({1, 2, 3}, 1));
    PictureStore again = open();
    EXPECT_EQ(again.add("mug", coloured({1, 2, 3}, 2)), "000002.png");
}

TEST_F(PictureStoreTest, GivesNewNamesToPicturesThatAPersonCalledAlike) {
    const auto png = image::encode_png(coloured({9, 8, 7}, 1)),
               other = image::encode_png(coloured({70, 80, 90}, 1));
    for (const char* name : {"cup", "mug"}) {
        std::filesystem::create_directories(folder / ("session/pictures/" + std::string(name)));
        write_atomically(folder / ("session/pictures/" + std::string(name)) / "IMG_1.png",
                         std::string(name) == "cup" ? png : other);
    }
    const PictureStore again = open();
    EXPECT_THAT(again.classes()[0].pictures, ElementsAre("IMG_1.png"));
    EXPECT_THAT(again.classes()[1].pictures, ElementsAre("000001.png"));
    EXPECT_EQ(read_file(again.path_of("IMG_1.png")), png);
    EXPECT_EQ(read_file(again.path_of("000001.png")), other);
}

TEST_F(PictureStoreTest, OpensAgainWithFoldersThatNoClassCouldBeCalled) {
    const std::string question = "what?", long_one(100, 'x'), spaces = " mug ";
    for (const std::string& name : {question, long_one, spaces})
        std::filesystem::create_directories(folder / ("session/pictures/" + name));
    const PictureStore first = open();
    const PictureStore again(folder / "session", first.classes());
    EXPECT_THAT(names_of(again), ElementsAre(spaces, question, long_one));
}

TEST_F(PictureStoreTest, NeverTakesAFolderOutsideForAClass) {
    const std::vector<PictureClass> known{{"../trash"}};
    EXPECT_THROW(PictureStore(folder / "session", known), TeachError);
}

TEST_F(PictureStoreTest, NamesAFolderWhoseNameIsNoText) {
    std::filesystem::create_directories(folder / "session/pictures/caf\xe9");
    EXPECT_THAT([&] { open(); }, testing::Throws<Error>(testing::Property(
                                     &Error::what, testing::HasSubstr("is not UTF-8: rename it"))));
}

TEST_F(PictureStoreTest, CopiesImageFilesByteForByte) {
    store.add_class("mug");
    const auto png = image::encode_png(coloured({9, 8, 7}, 1));
    write_atomically(folder / "Photo.PNG", png);
    const std::string file = store.add_file("mug", folder / "Photo.PNG");
    EXPECT_EQ(file, "000001.png");
    EXPECT_EQ(read_file(store.path_of(file)), png);
}

TEST_F(PictureStoreTest, TakesAFileOnce) {
    store.add_class("mug");
    store.add_class("cup");
    write_atomically(folder / "photo.png", image::encode_png(coloured({9, 8, 7}, 1)));
    write_atomically(folder / "other.png", image::encode_png(coloured({9, 8, 7}, 2)));
    store.add_file("mug", folder / "photo.png");
    store.add_file("mug", folder / "other.png");
    PictureStore again(folder / "session", store.classes());
    for (PictureStore* one : {&store, &again})
        EXPECT_THAT([&] { one->add_file("cup", folder / "photo.png"); },
                    testing::Throws<TeachError>(testing::Property(
                        &TeachError::what,
                        testing::HasSubstr("photo.png is in the session already: it is 000001.png of mug"))));
    again.remove("000001.png");
    EXPECT_EQ(again.add_file("cup", folder / "photo.png"), "000003.png");
}

TEST_F(PictureStoreTest, TakesNoFileThatIsNoImage) {
    store.add_class("mug");
    write_atomically(folder / "broken.png", "\x89PNG\r\n\x1a\nand no more");
    EXPECT_THROW(store.add_file("mug", folder / "broken.png"), image::ImageError);
    EXPECT_THROW(store.add_file("mug", folder / "missing.png"), FileError);
    EXPECT_THAT(store.classes()[0].pictures, IsEmpty());
    EXPECT_EQ(store.undoable(), "adding the class mug");
}

TEST_F(PictureStoreTest, SaysWhatIsWrongWithAClass) {
    store.add_class("mug");
    EXPECT_THROW(store.add_class(" mug "), TeachError);
    EXPECT_THROW(store.add("cup", coloured({1, 2, 3}, 1)), TeachError);
    EXPECT_THROW(store.rename_class("mug", "a/b"), TeachError);
    EXPECT_THROW(store.remove_class("cup"), TeachError);
    EXPECT_THROW(store.remove("000009.png"), TeachError);
}

TEST_F(PictureStoreTest, TakesEveryChangeBackInTurn) {
    store.add_class("mug");
    store.add_class("cup");
    store.add("mug", coloured({1, 2, 3}, 1));
    store.add("mug", coloured({1, 2, 3}, 2));
    const std::vector<PictureClass> before = store.classes();
    store.relabel("000001.png", "cup");
    EXPECT_THAT(store.classes()[1].pictures, ElementsAre("000001.png"));
    store.remove("000002.png");
    store.rename_class("mug", "beaker");
    store.set_background("cup", true);
    store.remove_class("cup");
    EXPECT_THAT(names_of(store), ElementsAre("beaker"));
    for (const char* what : {"removing the class cup", "marking cup as background", "renaming mug to beaker",
                             "removing 000002.png from mug", "moving 000001.png from mug to cup"})
        EXPECT_EQ(store.undo(), what);
    EXPECT_EQ(store.classes(), before);
    EXPECT_EQ(open().classes().size(), 2u);
    while (!store.undoable().empty())
        store.undo();
    EXPECT_THAT(store.classes(), IsEmpty());
    EXPECT_THROW(store.undo(), TeachError);
}

TEST_F(PictureStoreTest, FramesThatFollowEachOtherAreOneRecording) {
    using std::chrono::milliseconds;
    store.add_class("mug");
    store.add_class("cup");
    const PictureStore::Time begin{};
    const image::Image frame = coloured({1, 2, 3}, 1);
    EXPECT_EQ(store.add_frame("mug", frame, begin), "000001-frame0001.png");
    EXPECT_EQ(store.add_frame("mug", frame, begin + milliseconds(1900)), "000001-frame0002.png");
    EXPECT_EQ(store.add_frame("mug", frame, begin + milliseconds(3800)), "000001-frame0003.png");
    EXPECT_EQ(store.add_frame("mug", frame, begin + milliseconds(6000)), "000002-frame0001.png")
        << "2.2 s later";
    EXPECT_EQ(store.add_frame("cup", frame, begin + milliseconds(6100)), "000003-frame0001.png");
    EXPECT_EQ(store.add("cup", frame), "000004.png");
    EXPECT_EQ(open().add_frame("cup", frame, begin + milliseconds(6200)), "000005-frame0001.png");
}

TEST_F(PictureStoreTest, TakesARecordingBackAtOnce) {
    store.add_class("mug");
    store.add_class("cup");
    const PictureStore::Time now{};
    for (int i = 0; i < 3; ++i)
        store.add_frame("mug", coloured({1, 2, 3}, i), now);
    store.set_background("cup", true);
    store.add_frame("mug", coloured({1, 2, 3}, 4), now);
    EXPECT_THAT(store.classes()[0].pictures, ElementsAre("000001-frame0001.png", "000001-frame0002.png",
                                                         "000001-frame0003.png", "000001-frame0004.png"));
    EXPECT_EQ(store.undo(), "recording mug");
    EXPECT_EQ(store.classes()[0].pictures.size(), 3u) << "another change came between";
    EXPECT_EQ(store.undo(), "marking cup as background");
    store.add_class("pot");
    EXPECT_EQ(store.undo(), "adding the class pot");
    std::filesystem::remove(store.path_of("000001-frame0002.png"));
    EXPECT_EQ(store.undo(), "recording mug");
    EXPECT_THAT(store.classes()[0].pictures, IsEmpty());
    EXPECT_EQ(store.undo(), "adding the class cup");
}

TEST_F(PictureStoreTest, TakesWhatItCanOfAChangeBack) {
    store.add_class("mug");
    const size_t before = store.changes();
    for (int i = 1; i <= 3; ++i)
        store.add("mug", coloured({1, 2, 3}, i));
    store.join_changes(before, "adding all");
    std::filesystem::remove(store.path_of("000002.png"));
    store.remove("000002.png");  // forgets it
    EXPECT_EQ(store.undoable(), "adding all");
    EXPECT_THROW(store.undo(), TeachError);
    EXPECT_THAT(store.classes()[0].pictures, IsEmpty());
}

TEST_F(PictureStoreTest, ForgetsWhatAnotherProgramHasTakenAway) {
    store.add_class("mug");
    store.add_class("cup");
    for (int i = 1; i <= 3; ++i) {
        store.add("mug", coloured({1, 2, 3}, i));
        std::filesystem::remove(store.path_of(fmt::format("{:06}.png", i)));
    }
    store.remove("000001.png");
    EXPECT_THROW(store.relabel("000002.png", "cup"), TeachError);
    EXPECT_THAT(store.classes()[0].pictures, ElementsAre("000003.png"));
    EXPECT_EQ(store.undo(), "adding 000003.png to mug");
    EXPECT_THAT(store.classes()[0].pictures, IsEmpty());
    std::filesystem::remove_all(folder / "session/pictures/mug");
    store.remove_class("mug");
    EXPECT_THAT(names_of(store), ElementsAre("cup"));
}

TEST_F(PictureStoreTest, TakesBackTheChangeBeforeOneThatCannotBe) {
    store.add_class("mug");
    store.add("mug", coloured({1, 2, 3}, 1));
    store.remove("000001.png");
    std::filesystem::remove_all(folder / "session/trash");
    EXPECT_THROW(store.undo(), FileError);
    EXPECT_THROW(store.undo(), TeachError) << "the picture is not there to be taken out";
    EXPECT_EQ(store.undo(), "adding the class mug");
}

TEST_F(PictureStoreTest, MovesPicturesOfFoldersBelowAClass) {
    for (const char* name : {"cup", "mug/monday"})
        std::filesystem::create_directories(folder / "session/pictures" / name);
    write_atomically(folder / "session/pictures/mug/monday/1.png", image::encode_png(coloured({9, 8, 7}, 1)));
    PictureStore again = open();
    EXPECT_THAT(again.classes()[1].pictures, ElementsAre("monday/1.png"));
    again.relabel("monday/1.png", "cup");
    EXPECT_TRUE(std::filesystem::exists(again.path_of("monday/1.png")));
    again.remove("monday/1.png");
    again.undo();
    again.undo();
    EXPECT_TRUE(std::filesystem::exists(folder / "session/pictures/mug/monday/1.png"));
}

TEST_F(PictureStoreTest, LeavesNothingHalfWrittenOnAFullDisk) {
    store.add_class("mug");
    {
        const test::FileSizeLimit full(16);
        EXPECT_THROW(store.add("mug", coloured({1, 2, 3}, 1)), FileError);
    }
    EXPECT_THAT(store.classes()[0].pictures, IsEmpty());
    EXPECT_TRUE(std::filesystem::is_empty(folder / "session/pictures/mug"));
    EXPECT_EQ(store.add("mug", coloured({1, 2, 3}, 1)), "000001.png");
}

}  // namespace
}  // namespace vkm::teach
