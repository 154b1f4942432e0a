#include <base/atomic_file.h>
#include <base/unfinished_files.h>
#include <train/checkpoint.h>
#include <train/run_directory.h>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

bool holds_a_run(const fs::path& path) {
    for (const char* name : {"config.yaml", "metrics.jsonl", "checkpoint"}) {
        std::error_code error;
        if (fs::exists(path / name, error)) return true;
        if (error)
            throw RunDirectoryError("cannot look for a run in {}: {}; check the path and its permissions",
                                    path.string(), error.message());
    }
    return false;
}

void require_made(const fs::path& path, const std::error_code& error) {
    if (error)
        throw RunDirectoryError("cannot make the run directory {}: {}; choose another --out", path.string(),
                                error.message());
}

// Makes the first directory of runs/NAME, runs/NAME-2, … that is not there, nor made by another process meanwhile.
fs::path make_first_free(const std::string& name) {
    const fs::path runs = "runs";
    std::error_code error;
    fs::create_directories(runs, error);
    for (int i = 1;; ++i) {
        const fs::path candidate = runs / (i == 1 ? name : fmt::format("{}-{}", name, i));
        require_made(candidate, error);
        std::error_code unknown;  // then it is taken for free, and making it says what is wrong
        if (!fs::exists(candidate, unknown) && fs::create_directory(candidate, error)) return candidate;
    }
}

[[noreturn]] void refuse_a_second_run(const fs::path& path) {
    throw RunDirectoryError("{} already holds a run: go on with it by --resume {}, or choose another --out",
                            path.string(), path.string());
}

}  // namespace

// Removes a directory that nothing was written into; one that holds something stays.
struct RunDirectory::Made {
    fs::path path;

    explicit Made(fs::path made) : path(std::move(made)) {}
    Made(const Made&) = delete;
    ~Made() {
        std::error_code not_empty;
        fs::remove(path, not_empty);
    }
};

RunDirectory::RunDirectory(fs::path path)
    : path_(std::move(path)), lock_(std::make_shared<FolderLock>(path_)) {
    if (!lock_->held())
        throw RunDirectoryError(
            "another process trains in {}: wait for its end or stop it, or choose another directory with --out",
            path_.string());
}

RunDirectory RunDirectory::fresh(const fs::path& wanted, const std::string& name) {
    const fs::path path = wanted.empty() ? make_first_free(name) : wanted;
    if (holds_a_run(path)) refuse_a_second_run(path);
    std::error_code error;
    const bool made = fs::create_directories(path, error) || wanted.empty();
    require_made(path, error);
    if (!may_write_into(path))
        throw RunDirectoryError("cannot write to the run directory {}; choose another --out", path.string());
    RunDirectory directory(path);
    if (made) directory.made_ = std::make_shared<Made>(path);
    // Another process may have begun one, and ended, in the meantime.
    if (holds_a_run(path)) refuse_a_second_run(path);
    return directory;
}

RunDirectory RunDirectory::existing(const fs::path& path) {
    if (!holds_a_run(path))
        throw RunDirectoryError(
            "{0} holds no run to resume, or one that ended before it had begun: start one with --out {0}",
            path.string());
    const RunDirectory directory(path);
    remove_unfinished_files(path);
    remove_unfinished_files(directory.checkpoint());
    return directory;
}

void RunDirectory::write_config(const std::string& yaml) const {
    AtomicFile file(config());
    file.write(yaml);
    file.commit();
}

bool RunDirectory::has_checkpoint() const {
    return checkpoint_exists(checkpoint());
}

}  // namespace vkm::train
