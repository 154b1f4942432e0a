#include <base/atomic_file.h>
#include <image/encode/png.h>
#include <infer/classifier.h>
#include <support/limits.h>
#include <teach/session.h>
#include <teach/teach_error.h>
#include <train/report/run_metrics.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "teach/support/session_files.h"

namespace vkm::teach {
namespace {

using test::add_coloured;
using test::coloured;
using test::TeachFolder;
using testing::HasSubstr;
using testing::IsEmpty;

Lesson everything(int64_t epochs) {
    return {.reach = Reach::all, .epochs = epochs, .learning_rate = 5e-3, .batch_size = 12};
}

// Waits until a lesson has made so many steps, or ends.
void wait_for_step(const Session& session, int64_t step) {
    for (;;) {
        const auto now = session.snapshot();
        if (now->progress.step >= step || (now->waiting == 0 && !at_work(now->progress.phase))) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

std::string label_of(const std::filesystem::path& weights, const image::Image& picture) {
    const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
    return infer::Classifier(*device, weights, {}).classify(picture).top.front().name;
}

TEST(SessionTest, TeachesAndExportsWhatItTaught) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 10);
    session.start(everything(10));
    session.wait();
    const auto end = session.snapshot();
    ASSERT_EQ(end->progress.phase, Phase::finished) << end->progress.problem << end->notice.text;
    ASSERT_TRUE(end->progress.judgement);
    EXPECT_EQ(end->progress.judgement->images, 6);
    EXPECT_EQ(end->progress.judgement->hits, 6);
    EXPECT_EQ(end->progress.judgement->count(1, 1), 2);
    EXPECT_EQ(end->progress.judgement->worst.size(), 6u);
    EXPECT_EQ(end->progress.curves->steps.size(), 20u);
    EXPECT_EQ(end->progress.curves->validations.size(), 10u);
    EXPECT_FALSE(end->can_resume);
    for (const std::string name : {"taught.safetensors", "taught.onnx"}) {
        session.export_to(folder / name);
        session.wait();
        EXPECT_THAT(session.snapshot()->notice.text, HasSubstr(name));
        for (const auto& [label, colour] : test::colours())
            EXPECT_EQ(label_of(folder / name, coloured(colour, 99)), label) << name;
    }
    session.export_to(folder / "taught.onnx", false).wait();
    EXPECT_THAT(session.snapshot()->notice.text, HasSubstr("taught.onnx is there already"));
}

TEST(SessionTest, ShowsWhatWasLearnedWhenItIsOpenedAgain) {
    const TeachFolder folder;
    const auto taught = [&] {
        Session session = folder.open();
        add_coloured(session, 10);
        session.start(everything(2));
        session.wait();
        return session.snapshot()->progress.judgement;
    }();
    ASSERT_TRUE(taught);
    const auto again = folder.open().snapshot()->progress.judgement;
    ASSERT_TRUE(again);
    EXPECT_EQ(again->class_names, taught->class_names);
    EXPECT_EQ(again->confusion, taught->confusion);
    EXPECT_EQ(again->images, 6);
    EXPECT_EQ(again->hits, taught->hits);
    ASSERT_EQ(again->worst.size(), 6u);
    EXPECT_EQ(again->worst[2].file, taught->worst[2].file);
    EXPECT_EQ(again->worst[2].loss, taught->worst[2].loss);
    for (const std::string damaged :
         {"", "{", "[]", R"({"class-names":["a"],"classes":[],"confusion":[],"worst":[]})"}) {
        write_atomically(folder / "session/runs/001/judgement.json", damaged);
        EXPECT_FALSE(folder.open().snapshot()->progress.judgement) << damaged;
    }
}

TEST(SessionTest, HoldsOutAPictureOfEveryClass) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 2);
    session.start(everything(1));
    session.wait();
    const auto end = session.snapshot();
    ASSERT_TRUE(end->progress.judgement) << end->progress.problem << end->notice.text;
    EXPECT_EQ(end->progress.judgement->images, static_cast<int64_t>(end->classes->size()));
}

TEST(SessionTest, NeverTeachesAFrameAndMeasuresByItsNeighbour) {
    const TeachFolder folder;
    Session session = folder.open();
    for (const auto& [name, colour] : test::colours()) {
        session.add_class(name);
        for (int i = 0; i < 10; ++i)
            session.add_frame(name, coloured(colour, i));
    }
    session.start(everything(1));
    session.wait();
    const auto end = session.snapshot();
    ASSERT_TRUE(end->progress.judgement) << end->progress.problem << end->notice.text;
    for (const Judgement::Picture& held : end->progress.judgement->worst)
        EXPECT_THAT(held.file, testing::AnyOf(HasSubstr("-frame0009"), HasSubstr("-frame0010")));
}

TEST(SessionTest, TakesAFolderOfPicturesBackAtOnce) {
    const TeachFolder folder;
    Session session = folder.open();
    session.add_class("a");
    std::filesystem::create_directories(folder / "dropped");
    for (int i = 0; i < 3; ++i)
        write_atomically(folder / "dropped" / fmt::format("{}.png", i),
                         image::encode_png(coloured({9, 8, 7}, i)));
    session.add_files("a", {folder / "dropped"}).wait();
    EXPECT_EQ(session.snapshot()->undoable, "adding 3 pictures to a");
    session.undo().wait();
    EXPECT_EQ(picture_count(*session.snapshot()->classes), 0u);
}

TEST(SessionTest, NamesTheHardestPicturesAsTheSessionDoes) {
    const TeachFolder folder;
    for (const auto& [name, colour] : test::colours())
        for (int i = 0; i < 4; ++i) {
            const std::filesystem::path below = folder.path() / "pictures" / name / fmt::format("day {}", i);
            std::filesystem::create_directories(below);
            write_atomically(below / "IMG_1.png", image::encode_png(coloured(colour, i)));
        }
    Session session = folder.open();
    session.start({.epochs = 1});
    session.wait();
    const auto end = session.snapshot();
    ASSERT_TRUE(end->progress.judgement) << end->notice.text;
    ASSERT_FALSE(end->progress.judgement->worst.empty());
    for (const Judgement::Picture& picture : end->progress.judgement->worst) {
        const auto& pictures = (*end->classes)[static_cast<size_t>(picture.label)].pictures;
        EXPECT_EQ(std::ranges::count(pictures, picture.file), 1) << picture.file;
    }
}

TEST(SessionTest, TeachesTheHeadAlone) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 6);
    session.start({.epochs = 1});
    session.wait();
    const auto end = session.snapshot();
    ASSERT_EQ(end->progress.phase, Phase::finished) << end->progress.problem << end->notice.text;
    const graph::ModelFile before = infer::open_model(folder.weights),
                           after = infer::open_model(end->progress.weights);
    const auto values = [](const graph::ModelFile& file, const char* name) {
        return graph::to_floats(*file.weights.find(name));
    };
    for (const char* frozen : {"features.1.block.0.0.weight", "features.12.1.running_mean"})
        EXPECT_EQ(values(before, frozen), values(after, frozen)) << frozen;
    EXPECT_NE(values(before, "classifier.0.weight"), values(after, "classifier.0.weight"));
}

void expect_goes_on_where_it_was_paused(const Lesson& lesson) {
    const TeachFolder whole, parts;
    {
        Session session = whole.open();
        add_coloured(session, 6);
        session.start(lesson);
        session.wait();
    }
    {
        Session session = parts.open();
        add_coloured(session, 6);
        session.start(lesson);
        wait_for_step(session, 2);
        session.pause();
        session.wait();
        EXPECT_EQ(session.snapshot()->progress.phase, Phase::paused);
        EXPECT_TRUE(session.snapshot()->can_resume);
    }
    Session session = parts.open();  // as another process would
    EXPECT_EQ(session.snapshot()->progress.phase, Phase::paused);
    EXPECT_FALSE(session.snapshot()->progress.curves->steps.empty());
    session.resume();
    session.wait();
    EXPECT_EQ(session.snapshot()->progress.phase, Phase::finished) << session.snapshot()->notice.text;
    EXPECT_EQ(read_file(parts.path() / "runs/001/weights.safetensors"),
              read_file(whole.path() / "runs/001/weights.safetensors"));
    EXPECT_EQ(train::read_run_metrics(parts.path() / "runs/001/metrics.jsonl").steps.size(),
              static_cast<size_t>(lesson.epochs));
}

TEST(SessionTest, GoesOnWhereItWasPaused) {
    expect_goes_on_where_it_was_paused(everything(4));
}

// Its device closes behind the snapshot that says so.
TEST(SessionTest, GoesOnAsSoonAsItSaysThatItIsPaused) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 6);
    session.start(everything(50)).get();
    for (int64_t round = 1; round <= 3; ++round) {
        wait_for_step(session, 2 * round);
        session.pause();
        while (at_work(session.snapshot()->progress.phase))
            std::this_thread::yield();
        ASSERT_EQ(session.snapshot()->progress.phase, Phase::paused);
        EXPECT_NO_THROW(session.resume().get()) << round;
    }
}

// Steps on features are so short that there must be many, for one to be the last before a pause.
TEST(SessionTest, GoesOnWithTheHeadWhereItWasPaused) {
    expect_goes_on_where_it_was_paused({.epochs = 150, .batch_size = 12});
}

TEST(SessionTest, DoesNotGoOnWithOtherPictures) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 6);
    session.start(everything(50));
    wait_for_step(session, 2);
    session.pause();
    session.wait();
    const auto refused = testing::Throws<TeachError>(
        testing::Property(&TeachError::what, HasSubstr("not those that the lesson began with")));
    session.add_picture("red", coloured({200, 30, 30}, 77));
    EXPECT_THAT([&] { session.resume().get(); }, refused);
    session.undo();
    session.relabel((*session.snapshot()->classes)[0].pictures[0], "red");
    EXPECT_THAT([&] { session.resume().get(); }, refused);
    EXPECT_EQ(session.snapshot()->progress.phase, Phase::paused);
    EXPECT_TRUE(session.snapshot()->can_resume);
    session.undo();
    session.resume().get();
    session.pause();
}

TEST(SessionTest, LetsPicturesBeMovedWhileALessonIsAtWork) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 6);
    session.start(everything(6));
    wait_for_step(session, 1);
    session.relabel("000001.png", "red");
    session.remove_picture("000002.png");
    session.wait();
    EXPECT_EQ(session.snapshot()->progress.phase, Phase::finished) << session.snapshot()->notice.text;
    EXPECT_FALSE(session.snapshot()->notice.error);
}

TEST(SessionTest, RemembersClassesAndWeights) {
    const TeachFolder folder;
    {
        Session session = folder.open();
        session.add_class("zebra");
        session.add_class("none", true);
        session.add_class("ape");
        session.wait();
    }
    const Session session(folder.path(),
                          {engine::test_instance(), engine::test_device(), "elsewhere.safetensors"});
    const auto& classes = *session.snapshot()->classes;
    ASSERT_EQ(classes.size(), 3u);
    EXPECT_EQ(classes[0].name, "zebra");
    EXPECT_TRUE(classes[1].background);
    EXPECT_EQ(session.snapshot()->weights, folder.weights);
}

TEST(SessionTest, SaysWhatALessonLacks) {
    const TeachFolder folder;
    Session session = folder.open();
    const auto told = [&] {
        session.wait();
        return session.snapshot()->notice.text;
    };
    session.start({});
    EXPECT_THAT(told(), HasSubstr("two classes"));
    session.add_class("a");
    session.add_class("b");
    session.start({});
    EXPECT_THAT(told(), HasSubstr("a has 0 of the 2 pictures"));
    session.resume();
    EXPECT_THAT(told(), HasSubstr("no lesson to go on with"));
    session.export_to(folder / "x.safetensors");
    EXPECT_THAT(told(), HasSubstr("nothing was taught yet"));
    session.add_files("a", {folder.weights, folder / "missing.png"});
    EXPECT_THAT(told(), HasSubstr("and 1 more"));
    for (const char* name : {"a", "b"})
        for (int i = 0; i < 3; ++i)
            session.add_picture(name, coloured({0, 0, 0}, i));
    std::filesystem::remove(folder.weights);
    session.start({.held_out = 0.34});
    EXPECT_THAT(told(), HasSubstr("trained.safetensors"));
    EXPECT_TRUE(session.snapshot()->notice.error);
}

TEST(SessionTest, SaysWhatToDoWhereALessonDiverges) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 10);
    Lesson lesson = everything(4);
    lesson.learning_rate = 1e30;
    session.start(lesson);
    session.wait();
    const auto end = session.snapshot();
    EXPECT_EQ(end->progress.phase, Phase::failed);
    EXPECT_THAT(end->progress.problem, HasSubstr("the lesson has diverged: teach the head alone"));
}

TEST(SessionTest, KeepsItsWeightsWhereOthersCannotBeUsed) {
    const TeachFolder folder;
    Session session = folder.open();
    write_atomically(folder / "notes.txt", "no weights");
    for (const char* name : {"notes.txt", "missing.pth"}) {
        EXPECT_THROW(session.set_weights(folder / name).get(), Error);
        EXPECT_THAT(session.snapshot()->notice.text, HasSubstr(name));
        EXPECT_EQ(session.snapshot()->weights, folder.weights);
    }
}

TEST(SessionTest, FindsItsWeightsFromAnyFolder) {
    const TeachFolder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.weights.parent_path());
    {
        const Session session(folder.path(),
                              {engine::test_instance(), engine::test_device(), "trained.safetensors"});
        EXPECT_EQ(session.snapshot()->weights, folder.weights);
        std::filesystem::copy_file(folder.weights, folder / "others.safetensors");
    }
    Session session = folder.open();
    session.set_weights("others.safetensors").get();
    std::filesystem::current_path(before);
    EXPECT_EQ(session.snapshot()->weights, folder / "others.safetensors");
}

TEST(SessionTest, SaysWhichPicturesOfAFolderItLeavesOut) {
    const TeachFolder folder;
    Session session = folder.open();
    session.add_class("a");
    std::filesystem::create_directories(folder / "album");
    write_atomically(folder / "album/1.png", image::encode_png(coloured({0, 0, 0}, 1)));
    write_atomically(folder / "album/2.heic", "…");
    write_atomically(folder / "album/3.tif", "…");
    EXPECT_THAT(
        [&] { session.add_files("a", {folder / "album"}).get(); },
        testing::Throws<Error>(testing::Property(
            &Error::what, HasSubstr("2.heic is of a format that cannot be read: convert it, to JPEG or PNG; "
                                    "and 1 more"))));
    EXPECT_EQ((*session.snapshot()->classes)[0].pictures.size(), 1u);
}

TEST(SessionTest, LosesNothingOnAFullDisk) {
    const TeachFolder folder;
    Session session = folder.open();
    add_coloured(session, 6);
    session.start(everything(1));
    session.wait();
    {
        const test::FileSizeLimit full(4096);
        session.export_to(folder / "taught.safetensors");
        session.start(everything(1));
        session.wait();
    }
    EXPECT_EQ(session.snapshot()->progress.phase, Phase::failed);
    EXPECT_THAT(session.snapshot()->progress.problem, HasSubstr("free some space"));
    EXPECT_FALSE(std::filesystem::exists(folder / "taught.safetensors"));
    session.resume();
    session.wait();
    EXPECT_EQ(session.snapshot()->progress.phase, Phase::finished) << session.snapshot()->notice.text;
}

TEST(SessionTest, KeepsWhatWasTaughtWhereTheNextLessonNeverBegins) {
    const TeachFolder folder;
    const std::filesystem::path taught = folder.path() / "runs/001/best.safetensors";
    {
        Session session = folder.open();
        add_coloured(session, 6);
        session.start(everything(1));
        session.wait();
        session.set_device(99);
        session.start(everything(2));
        session.wait();
        EXPECT_EQ(session.snapshot()->progress.phase, Phase::failed);
        EXPECT_EQ(session.snapshot()->progress.weights, taught);
        session.export_to(folder / "taught.safetensors").get();
    }
    Session session = folder.open();
    EXPECT_EQ(session.snapshot()->progress.phase, Phase::finished);
    EXPECT_EQ(session.snapshot()->progress.lesson.epochs, 1);
    EXPECT_EQ(session.snapshot()->progress.weights, taught);
    session.start(everything(2));
    session.wait();
    EXPECT_EQ(session.snapshot()->progress.weights, folder.path() / "runs/002/best.safetensors");
}

TEST(SessionTest, TellsWhoAskedHowItEnded) {
    const TeachFolder folder;
    Session session = folder.open();
    session.add_class("a").get();
    EXPECT_EQ(session.snapshot()->classes->size(), 1u) << "when it is told, it is done";
    EXPECT_THROW(session.add_class("a").get(), TeachError);
    EXPECT_THROW(session.start({}).get(), TeachError);
}

TEST(SessionTest, HasItsFolderForItself) {
    const TeachFolder folder;
    {
        const Session session = folder.open();
        EXPECT_THROW(folder.open(), TeachError);
    }
    folder.open();
}

TEST(SessionTest, SaysWhatToDoWhereItsFolderCannotBe) {
    const TeachFolder folder;
    const auto open = [&] {
        Session(folder.weights / "session", {engine::test_instance(), engine::test_device()});
    };
    EXPECT_THAT(open,
                testing::Throws<FileError>(testing::Property(&FileError::what, HasSubstr("choose another"))));
}

TEST(SessionTest, RefusesADamagedRecord) {
    const TeachFolder folder;
    std::filesystem::create_directories(folder.path());
    write_atomically(folder.path() / "session.json", "{\"classes\": 3");
    EXPECT_THAT([&] { folder.open(); }, testing::Throws<Error>(testing::Property(
                                            &Error::what, HasSubstr("session.json is damaged"))));
}

}  // namespace
}  // namespace vkm::teach
