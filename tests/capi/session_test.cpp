#include <image/decode/decode.h>
#include <vkmbv3_teach.h>

#include <gmock/gmock.h>

#include "capi/session_support.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

namespace vkm::capi {
namespace {

using test::add_colours;
using test::OpenSession;
using test::SessionFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

vkmbv3_lesson everything(int64_t epochs) {
    vkmbv3_lesson lesson = VKMBV3_LESSON_INIT;
    lesson.reach = VKMBV3_EVERYTHING;
    lesson.epochs = epochs;
    lesson.batch_size = 12;
    lesson.learning_rate = 5e-3;
    return lesson;
}

// Waits until the lesson has made so many steps, or is at work no more.
void wait_for_step(const OpenSession& session, int64_t step) {
    for (;;) {
        const vkmbv3_progress now = session.progress();
        if (now.step >= step || now.phase >= VKMBV3_LESSON_PAUSED) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

std::string label_of(const std::string& weights, const image::Image& picture) {
    vkmbv3_classifier* classifier = test::open(weights);
    vkmbv3_prediction top{};
    const vkmbv3_image image = test::image_of(VKMBV3_RGB, picture.width, picture.height, picture.rgb);
    EXPECT_EQ(vkmbv3_classify(classifier, &image, &top, 1, nullptr, 0), VKMBV3_OK) << vkmbv3_last_error();
    const std::string label = vkmbv3_class_name(classifier, top.label);
    EXPECT_EQ(vkmbv3_close(classifier), VKMBV3_OK);
    return label;
}

TEST(SessionApiTest, TeachesAndExportsWhatItTaught) {
    const SessionFolder folder;
    const OpenSession session(folder);
    add_colours(session, 10);
    const vkmbv3_lesson lesson = everything(10);
    ASSERT_EQ(vkmbv3_session_start(session, &lesson), VKMBV3_OK) << vkmbv3_last_error();
    ASSERT_EQ(vkmbv3_session_wait(session), VKMBV3_OK);
    const vkmbv3_progress end = session.progress();
    ASSERT_EQ(end.phase, VKMBV3_LESSON_FINISHED) << session.text(VKMBV3_TEXT_PROBLEM);
    EXPECT_EQ(end.reach, VKMBV3_EVERYTHING);
    EXPECT_EQ(end.epochs, 10);
    EXPECT_EQ(end.share, 1);
    EXPECT_EQ(end.validation_accuracy, 1);
    EXPECT_EQ(end.best_accuracy, 1);
    EXPECT_FALSE(end.can_resume);
    EXPECT_THAT(session.text(VKMBV3_TEXT_DEVICE), HasSubstr("device "));

    std::vector<vkmbv3_class_score> scores(3);
    std::vector<int64_t> confusion(9);
    size_t count = 0;
    ASSERT_EQ(vkmbv3_session_judgement(session, scores.data(), confusion.data(), 3, &count), VKMBV3_OK);
    ASSERT_EQ(count, 3u);
    EXPECT_STREQ(scores[0].name, "blue");
    for (const vkmbv3_class_score& score : scores)
        EXPECT_EQ(std::tuple(score.images, score.hits, score.guesses), std::tuple(2, 2, 2)) << score.name;
    EXPECT_THAT(confusion, ElementsAre(2, 0, 0, 0, 2, 0, 0, 0, 2));

    std::vector<vkmbv3_curve_point> points(20);
    ASSERT_EQ(vkmbv3_session_curve(session, VKMBV3_CURVE_TRAINING, points.data(), 20, &count), VKMBV3_OK);
    EXPECT_EQ(count, 20u);
    EXPECT_EQ(points.back().loss, end.loss);
    ASSERT_EQ(vkmbv3_session_curve(session, VKMBV3_CURVE_VALIDATION, points.data(), 20, &count), VKMBV3_OK);
    EXPECT_EQ(count, 10u);

    for (const std::string name : {"taught.safetensors", "taught.onnx"}) {
        ASSERT_EQ(vkmbv3_session_export(session, (folder / name).c_str()), VKMBV3_OK) << vkmbv3_last_error();
        for (const auto& [label, colour] : test::colours())
            EXPECT_EQ(label_of(folder / name, test::coloured(colour, 99)), label) << name;
    }
    EXPECT_EQ(label_of(session.text(VKMBV3_TEXT_TAUGHT), test::coloured({210, 40, 40}, 99)), "red");
}

TEST(SessionApiTest, KeepsClassesAndPictures) {
    const SessionFolder folder;
    {
        const OpenSession session(folder);
        EXPECT_EQ(vkmbv3_session_add_class(session, " cat ", 0), VKMBV3_OK) << "without the spaces around it";
        EXPECT_EQ(vkmbv3_session_add_class(session, "none", 1), VKMBV3_OK);
        EXPECT_EQ(vkmbv3_session_rename_class(session, "cat", "kätzchen"), VKMBV3_OK);
        const std::vector<uint8_t> luma(13 * 9, 120), chroma(14 * 5, 90);
        vkmbv3_image frame = test::image_of(VKMBV3_NV21, 13, 9, luma);
        frame.chroma = chroma.data();
        frame.chroma_stride = 14;
        frame.rotation = 90;
        EXPECT_EQ(vkmbv3_session_add_picture(session, "kätzchen", &frame), VKMBV3_OK) << vkmbv3_last_error();
        EXPECT_EQ(vkmbv3_session_add_picture(session, "kätzchen", &frame), VKMBV3_OK);
        EXPECT_TRUE(session.progress().can_undo);
        EXPECT_THAT(session.text(VKMBV3_TEXT_UNDOABLE), HasSubstr("000002.png"));
        EXPECT_EQ(vkmbv3_session_undo(session), VKMBV3_OK);
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(vkmbv3_session_add_frame(session, "kätzchen", &frame), VKMBV3_OK)
                << vkmbv3_last_error();
        EXPECT_EQ(session.text(VKMBV3_TEXT_UNDOABLE), "recording kätzchen");
        EXPECT_EQ(session.classes()[0].pictures, 4);
        EXPECT_EQ(vkmbv3_session_undo(session), VKMBV3_OK);
    }
    const OpenSession session(folder);
    const std::vector<vkmbv3_class> classes = session.classes();
    ASSERT_EQ(classes.size(), 2u);
    EXPECT_STREQ(classes[0].name, "kätzchen");
    EXPECT_EQ(classes[0].pictures, 1);
    EXPECT_FALSE(classes[0].background);
    EXPECT_TRUE(classes[1].background);
    EXPECT_EQ(session.text(VKMBV3_TEXT_WEIGHTS), test::trained_weights().string());
    const image::Image kept = image::decode_image(folder.session() + "/pictures/kätzchen/000001.png");
    EXPECT_EQ(std::pair(kept.width, kept.height), std::pair(9, 13)) << "upright";
    EXPECT_EQ(vkmbv3_session_remove_class(session, "none"), VKMBV3_OK);
    EXPECT_EQ(session.classes().size(), 1u);
}

TEST(SessionApiTest, PausesAndGoesOnInAnotherSession) {
    const SessionFolder folder;
    const vkmbv3_lesson lesson = everything(40);
    {
        const OpenSession session(folder);
        add_colours(session, 6);
        ASSERT_EQ(vkmbv3_session_start(session, &lesson), VKMBV3_OK) << vkmbv3_last_error();
        EXPECT_EQ(vkmbv3_session_start(session, &lesson), VKMBV3_REFUSED);
        EXPECT_THAT(vkmbv3_last_error(), HasSubstr("a lesson is at work"));
        wait_for_step(session, 2);
        EXPECT_EQ(vkmbv3_session_pause(session), VKMBV3_OK);
        EXPECT_EQ(vkmbv3_session_wait(session), VKMBV3_OK);
        EXPECT_EQ(session.progress().phase, VKMBV3_LESSON_PAUSED);
        EXPECT_TRUE(session.progress().can_resume);
    }
    const OpenSession session(folder);
    EXPECT_EQ(session.progress().phase, VKMBV3_LESSON_PAUSED);
    EXPECT_GE(session.progress().step, 2);
    EXPECT_EQ(vkmbv3_session_resume(session), VKMBV3_OK) << vkmbv3_last_error();
    EXPECT_EQ(vkmbv3_session_wait(session), VKMBV3_OK);
    EXPECT_EQ(session.progress().phase, VKMBV3_LESSON_FINISHED) << session.text(VKMBV3_TEXT_PROBLEM);
}

// A phone's screen asks while its camera adds pictures and the lesson is at work.
TEST(SessionApiTest, AnswersSeveralThreads) {
    const SessionFolder folder;
    const OpenSession session(folder);
    add_colours(session, 6);
    const vkmbv3_lesson lesson = everything(6);
    ASSERT_EQ(vkmbv3_session_start(session, &lesson), VKMBV3_OK) << vkmbv3_last_error();
    std::thread adds([&] {
        for (int i = 0; i < 20; ++i)
            test::add_coloured(session, "red", i);
    });
    std::thread asks([&] {
        while (session.progress().phase < VKMBV3_LESSON_PAUSED) {
            session.classes();
            session.text(VKMBV3_TEXT_DOING);
        }
    });
    adds.join();
    asks.join();
    EXPECT_EQ(session.progress().phase, VKMBV3_LESSON_FINISHED) << session.text(VKMBV3_TEXT_PROBLEM);
    EXPECT_EQ(session.classes().back().pictures, 26);
}

TEST(SessionApiTest, ClosesWhileOthersUseIt) {
    const SessionFolder folder;
    vkmbv3_session* const handle = OpenSession(folder).release();
    std::thread asks([&] {
        vkmbv3_progress progress = VKMBV3_PROGRESS_INIT;
        while (vkmbv3_session_progress(handle, &progress) == VKMBV3_OK)
            std::this_thread::yield();
        EXPECT_EQ(vkmbv3_last_status(), VKMBV3_INVALID_ARGUMENT);
    });
    EXPECT_EQ(vkmbv3_session_add_class(handle, "a", 0), VKMBV3_OK);
    EXPECT_EQ(vkmbv3_session_close(handle), VKMBV3_OK);
    asks.join();
}

TEST(SessionApiTest, BelongsToOneAtATime) {
    const SessionFolder folder;
    const OpenSession session(folder);
    vkmbv3_session* second = nullptr;
    EXPECT_EQ(vkmbv3_session_open(folder.session().c_str(), nullptr, &second), VKMBV3_REFUSED);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("open already"));
    EXPECT_EQ(second, nullptr);
}

TEST(SessionApiTest, TypesWhatCannotBeOpened) {
    const SessionFolder folder;
    const std::string file = folder / "file";
    test::write_content(file, "no folder");
    std::filesystem::create_directories(folder.session());
    test::write_content(folder.session() + "/session.json", "{\"classes\": 3");
    vkmbv3_session* session = nullptr;
    const auto open = [&](const std::string& path, vkmbv3_session_options options) {
        session = reinterpret_cast<vkmbv3_session*>(uintptr_t{1});
        const vkmbv3_status status = vkmbv3_session_open(path.c_str(), &options, &session);
        EXPECT_EQ(session, nullptr);
        return status;
    };
    const vkmbv3_session_options usual = VKMBV3_SESSION_OPTIONS_INIT;
    EXPECT_EQ(open(file, usual), VKMBV3_FILE_ERROR);
    EXPECT_EQ(open(folder.session(), usual), VKMBV3_REFUSED);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("session.json is damaged"));
    vkmbv3_session_options options = usual;
    options.device = 99;
    EXPECT_EQ(open(folder / "new", options), VKMBV3_NO_VULKAN);
    options.device = -7;
    EXPECT_EQ(open(folder / "new", options), VKMBV3_INVALID_ARGUMENT);
    options = usual;
    options.struct_size = 3;
    EXPECT_EQ(open(folder / "new", options), VKMBV3_INVALID_ARGUMENT);
    EXPECT_EQ(vkmbv3_session_open(nullptr, nullptr, &session), VKMBV3_INVALID_ARGUMENT);
    EXPECT_EQ(vkmbv3_session_open(file.c_str(), nullptr, nullptr), VKMBV3_INVALID_ARGUMENT);
}

TEST(SessionApiTest, RefusesWhatItCannotDo) {
    const SessionFolder folder;
    const OpenSession session(folder);
    const auto refuses = [&](vkmbv3_status status, const char* said) {
        EXPECT_EQ(status, VKMBV3_REFUSED);
        EXPECT_THAT(vkmbv3_last_error(), HasSubstr(said));
    };
    refuses(vkmbv3_session_undo(session), "");
    refuses(vkmbv3_session_resume(session), "no lesson to go on with");
    refuses(vkmbv3_session_start(session, nullptr), "two classes");
    refuses(vkmbv3_session_export(session, (folder / "x.onnx").c_str()), "nothing was taught yet");
    EXPECT_EQ(vkmbv3_session_add_class(session, "a", 0), VKMBV3_OK);
    refuses(vkmbv3_session_add_class(session, "a", 0), "a");
    refuses(vkmbv3_session_rename_class(session, "b", "c"), "b");
    refuses(vkmbv3_session_remove_class(session, "b"), "b");
    refuses(vkmbv3_session_add_file(session, "a", (folder / "missing.png").c_str()), "missing.png");
    const std::vector<uint8_t> rgb = test::picture(8, 6);
    const vkmbv3_image image = test::image_of(VKMBV3_RGB, 8, 6, rgb);
    refuses(vkmbv3_session_add_picture(session, "b", &image), "b");
    EXPECT_EQ(vkmbv3_session_pause(session), VKMBV3_OK) << "there is nothing to pause";
    EXPECT_EQ(session.progress().notices, 9u) << "a person may read them, too";
    EXPECT_EQ(session.progress().phase, VKMBV3_LESSON_NONE);
    EXPECT_TRUE(std::isnan(session.progress().loss));
    size_t count = 1;
    EXPECT_EQ(vkmbv3_session_judgement(session, nullptr, nullptr, 0, &count), VKMBV3_OK);
    EXPECT_EQ(count, 0u);
}

TEST(SessionApiTest, ChecksEveryArgument) {
    const SessionFolder folder;
    const OpenSession session(folder);
    const auto invalid = [](vkmbv3_status status, const char* said) {
        EXPECT_EQ(status, VKMBV3_INVALID_ARGUMENT) << said;
        EXPECT_THAT(vkmbv3_last_error(), HasSubstr(said));
    };
    for (const char* name : {"", " ", ".hidden", "dot.", "a/b", "a\\b", "a:b", "new\nline", "\xff"})
        invalid(vkmbv3_session_add_class(session, name, 0), "");
    invalid(vkmbv3_session_add_class(session, nullptr, 0), "NULL");
    invalid(vkmbv3_session_rename_class(session, nullptr, "a"), "NULL");
    invalid(vkmbv3_session_rename_class(session, "a", nullptr), "NULL");
    invalid(vkmbv3_session_remove_class(session, nullptr), "NULL");
    invalid(vkmbv3_session_add_file(session, "a", nullptr), "path is NULL");
    invalid(vkmbv3_session_add_picture(session, "a", nullptr), "image is NULL");
    invalid(vkmbv3_session_add_frame(session, "a", nullptr), "image is NULL");
    const std::vector<uint8_t> rgb = test::picture(8, 6);
    vkmbv3_image image = test::image_of(VKMBV3_RGB, 8, 6, rgb);
    invalid(vkmbv3_session_add_picture(session, nullptr, &image), "NULL");
    image.rotation = 45;
    invalid(vkmbv3_session_add_picture(session, "a", &image), "rotation is 45");
    invalid(vkmbv3_session_set_weights(session, nullptr), "weights is NULL");
    invalid(vkmbv3_session_export(session, nullptr), "path is NULL");
    invalid(vkmbv3_session_progress(session, nullptr), "NULL");
    vkmbv3_progress progress = VKMBV3_PROGRESS_INIT;
    progress.struct_size = 8;
    invalid(vkmbv3_session_progress(session, &progress), "struct_size is 8");
    size_t count = 0;
    char text[4] = "abc";
    invalid(vkmbv3_session_text(session, 99, text, 4, &count), "no text 99");
    invalid(vkmbv3_session_text(session, VKMBV3_TEXT_DOING, nullptr, 4, &count), "text is NULL");
    invalid(vkmbv3_session_text(session, VKMBV3_TEXT_DOING, text, 4, nullptr), "size");
    invalid(vkmbv3_session_curve(session, 99, nullptr, 0, &count), "no curve 99");
    invalid(vkmbv3_session_curve(session, VKMBV3_CURVE_TRAINING, nullptr, 1, &count), "points is NULL");
    invalid(vkmbv3_session_classes(session, nullptr, 1, &count), "classes is NULL");
    invalid(vkmbv3_session_classes(session, nullptr, 0, nullptr), "count");
    invalid(vkmbv3_session_judgement(session, nullptr, nullptr, 0, nullptr), "count");
    EXPECT_EQ(vkmbv3_session_text(session, VKMBV3_TEXT_WEIGHTS, text, 4, &count), VKMBV3_OK);
    EXPECT_GT(count, 4u);
    EXPECT_STREQ(text, "abc") << "half a text is none";

    struct Case {
        const char* said;
        void (*spoil)(vkmbv3_lesson&);
    };
    const Case cases[] = {
        {"reach is 3", [](vkmbv3_lesson& lesson) { lesson.reach = 3; }},
        {"reach is -1", [](vkmbv3_lesson& lesson) { lesson.reach = -1; }},
        {"epochs is -1", [](vkmbv3_lesson& lesson) { lesson.epochs = -1; }},
        {"use 1000000 at most", [](vkmbv3_lesson& lesson) { lesson.epochs = INT64_MAX; }},
        {"batch_size is -1", [](vkmbv3_lesson& lesson) { lesson.batch_size = -1; }},
        {"learning_rate is", [](vkmbv3_lesson& lesson) { lesson.learning_rate = std::nan(""); }},
        {"learning_rate is", [](vkmbv3_lesson& lesson) { lesson.learning_rate = HUGE_VAL; }},
        {"held_out is -0.5", [](vkmbv3_lesson& lesson) { lesson.held_out = -0.5; }},
        {"held_out is 1", [](vkmbv3_lesson& lesson) { lesson.held_out = 1; }},
        {"struct_size is", [](vkmbv3_lesson& lesson) { lesson.struct_size = 0; }},
    };
    for (const Case& c : cases) {
        vkmbv3_lesson lesson = VKMBV3_LESSON_INIT;
        c.spoil(lesson);
        invalid(vkmbv3_session_start(session, &lesson), c.said);
    }
    EXPECT_THAT(session.classes(), IsEmpty());
}

TEST(SessionApiTest, KnowsSessionsThatAreNotOpen) {
    const SessionFolder folder;
    const test::Files files;
    vkmbv3_classifier* classifier = test::open(files.weights());
    vkmbv3_session* closed = OpenSession(folder).release();
    EXPECT_EQ(vkmbv3_session_close(closed), VKMBV3_OK);
    vkmbv3_progress progress = VKMBV3_PROGRESS_INIT;
    size_t count = 0;
    // A classifier's handle is no session's either.
    for (vkmbv3_session* handle :
         {static_cast<vkmbv3_session*>(nullptr), closed, reinterpret_cast<vkmbv3_session*>(classifier),
          reinterpret_cast<vkmbv3_session*>(uintptr_t{0xdeadbee0})}) {
        const vkmbv3_status statuses[] = {
            vkmbv3_session_add_class(handle, "a", 0),
            vkmbv3_session_rename_class(handle, "a", "b"),
            vkmbv3_session_remove_class(handle, "a"),
            vkmbv3_session_add_picture(handle, "a", nullptr),
            vkmbv3_session_add_frame(handle, "a", nullptr),
            vkmbv3_session_add_file(handle, "a", "b"),
            vkmbv3_session_undo(handle),
            vkmbv3_session_classes(handle, nullptr, 0, &count),
            vkmbv3_session_start(handle, nullptr),
            vkmbv3_session_pause(handle),
            vkmbv3_session_resume(handle),
            vkmbv3_session_wait(handle),
            vkmbv3_session_set_weights(handle, "a"),
            vkmbv3_session_progress(handle, &progress),
            vkmbv3_session_text(handle, VKMBV3_TEXT_DOING, nullptr, 0, &count),
            vkmbv3_session_curve(handle, VKMBV3_CURVE_TRAINING, nullptr, 0, &count),
            vkmbv3_session_judgement(handle, nullptr, nullptr, 0, &count),
            vkmbv3_session_export(handle, "a"),
        };
        for (const vkmbv3_status status : statuses)
            EXPECT_EQ(status, VKMBV3_INVALID_ARGUMENT);
        EXPECT_EQ(vkmbv3_session_close(handle), handle ? VKMBV3_INVALID_ARGUMENT : VKMBV3_OK);
    }
    EXPECT_EQ(vkmbv3_close(classifier), VKMBV3_OK) << "it is still open";
}

// A program that was built with an older header has a smaller struct, and gets no more than fits.
TEST(SessionApiTest, FillsStructsOfOtherHeaders) {
    const SessionFolder folder;
    const OpenSession session(folder);
    struct Newer {
        vkmbv3_progress known;
        int64_t news;
    };
    Newer progress{VKMBV3_PROGRESS_INIT, 77};
    progress.known.struct_size = sizeof(Newer);
    EXPECT_EQ(vkmbv3_session_progress(session, &progress.known), VKMBV3_OK);
    EXPECT_EQ(progress.known.struct_size, sizeof(Newer));
    EXPECT_EQ(progress.news, 77);
}

}  // namespace
}  // namespace vkm::capi
