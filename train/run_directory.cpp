#include <base/atomic_file.h>
#include <base/folder.h>
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

fs::path first_free(const std::string& name) {
    const fs::path runs = "runs";
    std::error_code unknown;  // then it is taken for free, and making it says what is wrong
    if (!fs::exists(runs / name, unknown)) return runs / name;
    for (int i = 2;; ++i) {
        const fs::path candidate = runs / fmt::format("{}-{}", name, i);
        if (!fs::exists(candidate, unknown)) return candidate;
    }
}

// Removes what AtomicFile had not renamed yet when its process was killed.
void remove_unfinished_files(const fs::path& folder) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with('.') && name.ends_with(".tmp")) fs::remove(entry.path(), ignored);
    }
}

}  // namespace

RunDirectory RunDirectory::fresh(const fs::path& wanted, const std::string& name) {
    const fs::path path = wanted.empty() ? first_free(name) : wanted;
    if (holds_a_run(path))
        throw RunDirectoryError(
            "{} already holds a run: go on with it by --resume {}, or choose another --out", path.string(),
            path.string());
    std::error_code error;
    fs::create_directories(path, error);
    if (error)
        throw RunDirectoryError("cannot make the run directory {}: {}; choose another --out", path.string(),
                                error.message());
    if (!may_write_into(path))
        throw RunDirectoryError("cannot write to the run directory {}; choose another --out", path.string());
    return RunDirectory(path);
}

RunDirectory RunDirectory::existing(const fs::path& path) {
    if (!holds_a_run(path))
        throw RunDirectoryError("{} holds no run to resume; start one with --out", path.string());
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
