#include <train/run_directory.h>

#include <fstream>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

bool holds_a_run(const fs::path& path) {
    return fs::exists(path / "config.yaml") || fs::exists(path / "metrics.jsonl") || fs::exists(path / "checkpoint");
}

fs::path first_free(const std::string& name) {
    const fs::path runs = "runs";
    if (!fs::exists(runs / name)) return runs / name;
    for (int i = 2;; ++i) {
        const fs::path candidate = runs / fmt::format("{}-{}", name, i);
        if (!fs::exists(candidate)) return candidate;
    }
}

}  // namespace

RunDirectory RunDirectory::fresh(const fs::path& wanted, const std::string& name) {
    const fs::path path = wanted.empty() ? first_free(name) : wanted;
    if (holds_a_run(path))
        throw RunDirectoryError("{} already holds a run: go on with it by --resume {}, or choose another --out",
                                path.string(), path.string());
    std::error_code error;
    fs::create_directories(path, error);
    if (error)
        throw RunDirectoryError("cannot make the run directory {}: {}; choose another --out", path.string(),
                                error.message());
    return RunDirectory(path);
}

RunDirectory RunDirectory::existing(const fs::path& path) {
    if (!fs::is_directory(path / "checkpoint"))
        throw RunDirectoryError("{} holds no checkpoint to resume from; start a run with --out", path.string());
    return RunDirectory(path);
}

void RunDirectory::write_config(const std::string& yaml) const {
    std::ofstream file(config());
    file << yaml << std::flush;
    if (!file)
        throw RunDirectoryError("cannot write {}: is the folder writable and the disk not full? Choose another --out",
                                config().string());
}

}  // namespace vkm::train
