#include "opening.h"
#include "sources/camera.h"
#include "sources/pictures.h"
#include "sources/source_thread.h"
#include "sources/video.h"

#include <base/atomic_file.h>
#include <base/environment.h>
#include <image/encode/png.h>
#include <support/temporary_folder.h>

#include <gmock/gmock.h>

#include <cstdlib>

namespace vkm::demo {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

image::Image grey(int level, int side = 8) {
    return {side, side,
            std::vector<uint8_t>(static_cast<size_t>(3 * side * side), static_cast<uint8_t>(level))};
}

class SourcesTest : public testing::Test {
  protected:
    fs::path picture(const std::string& name, int level = 100) const {
        write_atomically(folder / name, image::encode_png(grey(level)));
        return folder / name;
    }
    // Waits until the thread's state or picture is as wanted.
    static bool eventually(const std::function<bool()>& wanted) {
        for (int i = 0; i < 2000; ++i) {
            if (wanted()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }

    test::TemporaryFolder folder;
    const std::atomic<bool> stop = false;
};

TEST_F(SourcesTest, TellPicturesVideosAndWeightsApart) {
    const fs::path image = picture("a.png"), unnamed = picture("without_extension");
    write_atomically(folder / "film.MP4", "…");
    write_atomically(folder / "net.pth", "…");
    fs::create_directory(folder / "album");
    const Opening pictures =
        tell_apart({image, unnamed, folder / "net.pth", folder / "album", folder / "missing.png"});
    EXPECT_THAT(pictures.pictures, ElementsAre(image, unnamed, folder / "album", folder / "missing.png"));
    EXPECT_EQ(pictures.weights, folder / "net.pth");
    EXPECT_EQ(pictures.problem, "");
    const Opening film = tell_apart({folder / "film.MP4", folder / "net.pth"});
    EXPECT_EQ(film.video, folder / "film.MP4");
    EXPECT_EQ(film.weights, folder / "net.pth");
    EXPECT_EQ(film.problem, "");
}

std::string problem_of(const std::vector<fs::path>& paths) {
    const Opening opening = tell_apart(paths);
    const OpenSource source = source_of(opening);
    if (!opening.problem.empty()) {
        EXPECT_THROW(source(), SourceError);
    }
    return opening.problem;
}

TEST_F(SourcesTest, SayWhatCannotBeOpenedTogether) {
    EXPECT_EQ(problem_of({"a/film.mp4", picture("a.png")}),
              "the video 'film.mp4' would hide the pictures: open it by itself");
    EXPECT_EQ(problem_of({"film.mp4", "b/other.mkv"}),
              "'film.mp4' and 'other.mkv' are two videos: open one at a time");
    EXPECT_EQ(problem_of({"net.pth", "other.onnx"}),
              "'net.pth' and 'other.onnx' are two models: open one at a time");
}

TEST_F(SourcesTest, GoThroughAFolderInBothDirections) {
    for (const char* name : {"1.png", "2.png", "3.png"})
        picture(name);
    const auto source = open_folder(folder.path());
    EXPECT_FALSE(source->moves());
    EXPECT_EQ(source->next(stop)->name, "1.png");
    EXPECT_EQ(source->next(stop)->name, "2.png");
    source->go_back();
    EXPECT_EQ(source->next(stop)->name, "1.png");
    source->go_back();
    EXPECT_EQ(source->next(stop)->name, "3.png");
    EXPECT_EQ(source->next(stop)->name, "1.png");
}

TEST_F(SourcesTest, SayThatAFolderHoldsNoPictures) {
    EXPECT_THROW(open_folder(folder.path()), SourceError);
}

TEST_F(SourcesTest, ReadWhatAFileManagerCopied) {
    const fs::path image = picture("a b.png", 7);
    EXPECT_THAT(files_in("file://" + folder.path().string() + "/a%20b.png\r\n"), ElementsAre(image));
    EXPECT_THAT(files_in("some text\nof two lines"), testing::IsEmpty());
}

TEST_F(SourcesTest, ReadWhatAPersonTypes) {
    EXPECT_EQ(typed_path(" /tmp/my mug.png "), "/tmp/my mug.png");
    EXPECT_EQ(typed_path("file:///tmp/my%20mug.png"), "/tmp/my mug.png");
    EXPECT_EQ(typed_path("~/mug.png"), home_folder() / "mug.png");
    EXPECT_EQ(typed_path("  "), "");
}

TEST_F(SourcesTest, HaveSamplesWithoutAnyFile) {
    EXPECT_EQ(samples()()->next(stop)->name, "arrow.png");
}

TEST_F(SourcesTest, SayThatThereIsNoCamera) {
    EXPECT_THAT(
        [&] { open_camera(folder / "video0"); },
        testing::Throws<SourceError>(testing::Property(&SourceError::what, HasSubstr("cannot be opened"))));
    const fs::path file = picture("no_camera.png");
    EXPECT_THROW(open_camera(file), SourceError);
}

TEST_F(SourcesTest, NoticeThatACameraIsUnplugged) {
    fs::create_directory(folder / "camera");
    write_atomically(folder / "camera/1.png", image::encode_png(grey(50)));
    SourceThread source([] {});
    source.open([&] { return open_simulated_camera(folder / "camera", 200); });
    ASSERT_TRUE(eventually([&] { return source.newest().number >= 5; }));
    EXPECT_TRUE(source.state().moves);
    fs::rename(folder / "camera", folder / "drawer");  // at one moment, as a plug is pulled
    ASSERT_TRUE(eventually([&] { return !source.state().problem.empty(); }));
    EXPECT_THAT(source.state().problem, HasSubstr("unplugged"));
    source.open(samples());
    ASSERT_TRUE(eventually([&] { return source.newest().name == "arrow.png"; }));
    EXPECT_EQ(source.state().problem, "");
}

TEST_F(SourcesTest, GoOnWithTheFolderWhereTheNextCannotBeOpened) {
    for (const char* name : {"1.png", "2.png"})
        picture(name);
    SourceThread source([] {});
    source.open([&] { return open_folder(folder.path()); });
    ASSERT_TRUE(eventually([&] { return source.newest().name == "1.png"; }));
    source.open([&] { return open_folder(folder / "missing"); });
    ASSERT_TRUE(eventually([&] { return !source.state().problem.empty(); }));
    EXPECT_EQ(source.state().description, folder.path().string());
    source.step(false);
    ASSERT_TRUE(eventually([&] { return source.newest().name == "2.png"; }));
    EXPECT_EQ(source.state().problem, "");
}

TEST_F(SourcesTest, PassOverADamagedPictureAndSaySo) {
    picture("1.png");
    write_atomically(folder / "2.png", "\x89PNG\r\n\x1a\n");
    picture("3.png");
    SourceThread source([] {});
    source.open([&] { return open_folder(folder.path()); });
    ASSERT_TRUE(eventually([&] { return source.newest().name == "1.png"; }));
    source.step(false);
    ASSERT_TRUE(eventually([&] { return !source.state().problem.empty(); }));
    EXPECT_THAT(source.state().problem, HasSubstr("2.png"));
    source.step(false);
    ASSERT_TRUE(eventually([&] { return source.newest().name == "3.png"; }));
    EXPECT_EQ(source.state().problem, "");
}

TEST_F(SourcesTest, PlayAVideoAgainAndAgain) {
    if (std::system("ffmpeg -version >/dev/null 2>&1") != 0) GTEST_SKIP() << "ffmpeg is not installed";
    const std::string video = folder / "v.mkv";
    ASSERT_EQ(std::system(("ffmpeg -v error -f lavfi -i color=red:s=64x48:r=50:d=0.1 " + video).c_str()), 0);
    const auto source = open_video(video);
    for (int i = 0; i < 12; ++i) {  // twice through
        const auto picture = source->next(stop);
        ASSERT_TRUE(picture);
        ASSERT_EQ(picture->pixels.width, 64);
        EXPECT_GT(picture->pixels.rgb[0], 200);
        EXPECT_LT(picture->pixels.rgb[1], 60);
    }
    write_atomically(folder / "damaged.mp4", "no video");
    EXPECT_THROW(open_video(folder / "damaged.mp4"), SourceError);
    EXPECT_THROW(open_video(folder / "missing.mp4"), SourceError);
}

}  // namespace
}  // namespace vkm::demo
