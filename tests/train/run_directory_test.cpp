#include <train/run_directory.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/limits.h>
#include <support/temporary_folder.h>

#include <graph/weights/error.h>
#include <sys/stat.h>

#include <set>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;
using test::file_content;
using test::message_of;
using test::TemporaryFolder;
using test::write_content;
using testing::HasSubstr;

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        names.insert(entry.path().filename().string());
    return names;
}

std::string refusal(const fs::path& path) {
    return message_of<RunDirectoryError>([&] { RunDirectory::fresh(path, "mobilenet_v2"); });
}

/// Sets where relative paths begin, for a scope.
class WorkingFolder {
  public:
    explicit WorkingFolder(const fs::path& path) : before_(fs::current_path()) { fs::current_path(path); }
    ~WorkingFolder() { fs::current_path(before_); }
    WorkingFolder(const WorkingFolder&) = delete;
    WorkingFolder& operator=(const WorkingFolder&) = delete;

  private:
    fs::path before_;
};

TEST(RunDirectoryTest, AFreshOneIsMadeWithItsParents) {
    const TemporaryFolder folder;
    const RunDirectory run = RunDirectory::fresh(folder / "a/b/run", "mobilenet_v2");
    EXPECT_EQ(run.path(), folder / "a/b/run");
    EXPECT_TRUE(fs::is_directory(run.path()));
    EXPECT_TRUE(names_in(run.path()).empty());
    EXPECT_FALSE(run.has_checkpoint());
}

TEST(RunDirectoryTest, WithoutAPathTheFirstFreeNameIsTaken) {
    const TemporaryFolder folder;
    const WorkingFolder here(folder.path());
    const RunDirectory first = RunDirectory::fresh({}, "mobilenet_v2"),
                       second = RunDirectory::fresh({}, "mobilenet_v2");
    EXPECT_EQ(first.path(), "runs/mobilenet_v2");
    EXPECT_EQ(second.path(), "runs/mobilenet_v2-2");
    write_content("runs/mobilenet_v2-3", "a file is in the way too");
    EXPECT_EQ(RunDirectory::fresh({}, "mobilenet_v2").path(), "runs/mobilenet_v2-4");
    EXPECT_EQ(RunDirectory::fresh({}, "mobilenet_v3_small").path(), "runs/mobilenet_v3_small");
}

TEST(RunDirectoryTest, OneThatNothingWasWrittenIntoGoesWithTheRunThatDidNotBegin) {
    const TemporaryFolder folder;
    { const RunDirectory run = RunDirectory::fresh(folder / "never", "mobilenet_v2"); }
    EXPECT_FALSE(fs::exists(folder / "never"));
    {
        const RunDirectory run = RunDirectory::fresh(folder / "begun", "mobilenet_v2");
        run.write_config("epochs: 3\n");
    }
    EXPECT_TRUE(fs::exists(folder / "begun/config.yaml"));
    { const RunDirectory run = RunDirectory::fresh(folder.path(), "mobilenet_v2"); }
    EXPECT_TRUE(fs::exists(folder.path())) << "it was there before";
}

TEST(RunDirectoryTest, OneHolderAtATimeHasARun) {
    const TemporaryFolder folder;
    const auto has_it = HasSubstr("another process trains in " + folder.path().string());
    {
        const RunDirectory first = RunDirectory::fresh(folder.path(), "mobilenet_v2");
        EXPECT_THAT(refusal(folder.path()), has_it) << "before it has written anything";
        first.write_config("epochs: 3\n");
        write_content(folder / ".metrics.jsonl.1-0.tmp", "half of it");
        EXPECT_THAT(message_of<RunDirectoryError>([&] { RunDirectory::existing(folder.path()); }), has_it);
        EXPECT_TRUE(fs::exists(folder / ".metrics.jsonl.1-0.tmp")) << "a file that the first is writing";
    }
    const RunDirectory second = RunDirectory::existing(folder.path());
    EXPECT_THAT(message_of<RunDirectoryError>([&] { RunDirectory::existing(folder.path()); }), has_it);
}

TEST(RunDirectoryTest, AFolderWithOtherThingsInItIsTakenAndLeftAlone) {
    const TemporaryFolder folder;
    write_content(folder / "notes.txt", "mine");
    RunDirectory::fresh(folder.path(), "mobilenet_v2");
    EXPECT_EQ(file_content(folder / "notes.txt"), "mine");
}

TEST(RunDirectoryTest, OneThatHoldsARunIsRefusedAndSaysHowToGoOnWithIt) {
    for (const char* part : {"config.yaml", "metrics.jsonl", "checkpoint"}) {
        SCOPED_TRACE(part);
        const TemporaryFolder folder;
        write_content(folder / part, "a run's");
        const std::string why = refusal(folder.path());
        EXPECT_THAT(why, HasSubstr("already holds a run"));
        EXPECT_THAT(why, HasSubstr("--resume " + folder.path().string()));
        EXPECT_THAT(why, HasSubstr("--out"));
        EXPECT_EQ(names_in(folder.path()), std::set<std::string>{part});
    }
}

TEST(RunDirectoryTest, AFileInItsPlaceIsRefused) {
    const TemporaryFolder folder;
    write_content(folder / "run", "no folder");
    for (const char* path : {"run", "run/below"}) {
        const std::string why = refusal(folder / path);
        EXPECT_THAT(why, HasSubstr((folder / path).string()));
        EXPECT_THAT(why, HasSubstr("choose another --out"));
    }
    EXPECT_EQ(file_content(folder / "run"), "no folder");
}

TEST(RunDirectoryTest, APathThatCannotBeLookedUpIsRefused) {
    const TemporaryFolder folder;
    fs::create_symlink("loop", folder / "loop");
    for (const std::string& name : {std::string("loop"), std::string(300, 'x'), std::string("loop/run")}) {
        const std::string why = refusal(folder / name);
        EXPECT_THAT(why, HasSubstr("cannot look for a run in " + (folder / name).string()));
        EXPECT_THAT(why, HasSubstr("check the path"));
        EXPECT_EQ(message_of<RunDirectoryError>([&] { RunDirectory::existing(folder / name); }), why);
    }
}

TEST(RunDirectoryTest, AFolderOneMayNotWriteToIsRefused) {
    const TemporaryFolder folder;
    for (const bool exists : {true, false}) {
        const fs::path run = exists ? folder.path() : folder / "run";
        ::chmod(folder.path().c_str(), 0555);
        std::string why;
        {
            const test::Unprivileged user;
            why = refusal(run);
        }
        ::chmod(folder.path().c_str(), 0755);
        EXPECT_THAT(why, HasSubstr(run.string()));
        EXPECT_THAT(why, HasSubstr("choose another --out"));
    }
}

TEST(RunDirectoryTest, OneWithoutARunCannotBeResumed) {
    const TemporaryFolder folder;
    for (const fs::path& path : {folder.path(), folder / "absent"}) {
        const std::string why = message_of<RunDirectoryError>([&] { RunDirectory::existing(path); });
        EXPECT_THAT(why, HasSubstr(path.string() + " holds no run to resume"));
        EXPECT_THAT(why, HasSubstr("--out"));
    }
}

TEST(RunDirectoryTest, ResumingRemovesWhatAKilledRunLeftHalfWrittenAndNothingElse) {
    const TemporaryFolder folder;
    fs::create_directory(folder / "checkpoint");
    for (const char* name :
         {"config.yaml", ".config.yaml.41-0.tmp", ".weights.safetensors.41-3.tmp", ".hidden", "table.tmp",
          "checkpoint/state.safetensors", "checkpoint/.state.safetensors.41-0.tmp"})
        write_content(folder / name, name);
    const RunDirectory run = RunDirectory::existing(folder.path());
    EXPECT_EQ(names_in(folder.path()),
              (std::set<std::string>{"checkpoint", "config.yaml", ".hidden", "table.tmp"}));
    EXPECT_EQ(names_in(run.checkpoint()), std::set<std::string>{"state.safetensors"});
    EXPECT_TRUE(run.has_checkpoint());
}

TEST(RunDirectoryTest, ARunKilledBeforeItsFirstCheckpointHasNone) {
    const TemporaryFolder folder;
    RunDirectory::fresh(folder.path(), "mobilenet_v2").write_config("epochs: 3\n");
    EXPECT_FALSE(RunDirectory::existing(folder.path()).has_checkpoint());
    fs::create_directory(folder / "checkpoint");
    EXPECT_FALSE(RunDirectory::existing(folder.path()).has_checkpoint());
}

TEST(RunDirectoryTest, TheConfigurationIsReplacedWholeOrNotAtAll) {
    const TemporaryFolder folder;
    const RunDirectory run = RunDirectory::fresh(folder.path(), "mobilenet_v2");
    run.write_config("epochs: 3\n");
    {
        const test::FileSizeLimit limit(1000);
        EXPECT_THAT(message_of<FileError>([&] { run.write_config(std::string(5000, '#')); }),
                    HasSubstr("free some space"));
    }
    EXPECT_EQ(file_content(run.config()), "epochs: 3\n");
    EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"config.yaml"});
    run.write_config("epochs: 5\n");
    EXPECT_EQ(file_content(run.config()), "epochs: 5\n");
}

}  // namespace
}  // namespace vkm::train
