#include <train/keeping.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kept_names{"top1", "loss", "ema-top1", "ema-loss"};
constexpr std::string_view extension = ".safetensors", best_file = "best.safetensors";

fs::path aside_in(const fs::path& run) {
    return run / "checkpoint" / best_file;
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw Error("cannot make the folder {}: {}; choose another --out", folder.string(), error.message());
}

void remove_file(const fs::path& file) {
    std::error_code unimportant;  // it is in the way of nothing
    fs::remove(file, unimportant);
}

// Returns the weights files whose names are a start, a number and a suffix, the lowest number first. The numbers
// have leading zeros.
std::vector<fs::path> numbered_files(const fs::path& folder, std::string_view start,
                                     std::string_view suffix) {
    std::vector<fs::path> files;
    const std::string end = fmt::format("{}{}", suffix, extension);
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(start) || !name.ends_with(end) || name.size() < start.size() + end.size())
            continue;
        const std::string_view number(name.data() + start.size(), name.size() - start.size() - end.size());
        if (std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; }))
            files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

void keep_among_the_best(Standing& standing, int64_t count, double score, int64_t step,
                         const fs::path& folder, const WriteWeights& write) {
    const std::string file = fmt::format("step-{:06}{}", step, extension);
    std::erase_if(standing.kept, [&](const Standing::Kept& kept) { return kept.file == file; });
    const auto place =
        std::ranges::find_if(standing.kept, [&](const Standing::Kept& kept) { return kept.score < score; });
    if (place - standing.kept.begin() >= count) return;
    make_folder(folder);
    write(folder / file);
    standing.kept.insert(place, {file, score});
    if (static_cast<int64_t>(standing.kept.size()) > count) standing.kept.resize(static_cast<size_t>(count));
    // Those that fell out, and those of a run that ended behind its last checkpoint and goes on from there.
    for (const fs::path& path : numbered_files(folder, "step-", ""))
        if (std::ranges::find(standing.kept, path.filename().string(), &Standing::Kept::file) ==
            standing.kept.end())
            remove_file(path);
}

}  // namespace

std::span<const std::string_view> best_by_names() {
    return kept_names;
}

BestBy parse_best_by(std::string_view name) {
    const auto found = std::ranges::find(kept_names, name);
    if (found == kept_names.end())
        throw Error("--best-by {} is none of {}", name, fmt::join(kept_names, ", "));
    return static_cast<BestBy>(found - kept_names.begin());
}

std::string_view best_by_name(BestBy by) {
    return kept_names[static_cast<size_t>(by)];
}

bool is_of_average(BestBy by) {
    return by == BestBy::ema_top1 || by == BestBy::ema_loss;
}

double score_of(BestBy by, const Evaluation& evaluation) {
    if (is_of_average(by) && !evaluation.ema)
        throw Error("--best-by {} needs a moving average: give --ema-decay", best_by_name(by));
    switch (by) {
        case BestBy::top1:
            return evaluation.top1;
        case BestBy::loss:
            return -evaluation.loss;
        case BestBy::ema_top1:
            return evaluation.ema->top1;
        case BestBy::ema_loss:
            return -evaluation.ema->loss;
    }
    return evaluation.top1;
}

bool out_of_patience(const Keeping& keeping, const std::optional<Standing>& standing) {
    return keeping.patience > 0 && standing && standing->since_best >= keeping.patience;
}

bool rate_validation(Standing& standing, const Keeping& keeping, const Evaluation& evaluation, int64_t step) {
    const std::string_view by = best_by_name(keeping.best_by);
    if (standing.by != by) standing = {.by = std::string(by)};  // other numbers do not compare
    const double score = score_of(keeping.best_by, evaluation);
    const bool best = !standing.score || score > *standing.score;
    if (!best) {
        ++standing.since_best;
        return false;
    }
    standing.score = score;
    standing.step = step;
    standing.since_best = 0;
    return true;
}

void keep_validated(Standing& standing, const Keeping& keeping, bool is_best, const Evaluation& evaluation,
                    int64_t step, const fs::path& run, const WriteWeights& write) {
    if (is_best) write(run / best_file);
    if (keeping.best <= 1) return;
    keep_among_the_best(standing, keeping.best, score_of(keeping.best_by, evaluation), step, run / "best",
                        write);
}

void set_best_aside(const fs::path& run) {
    if (!fs::exists(run / best_file)) return;
    // Half a copy is called what a run that goes on removes.
    const fs::path half = run / "checkpoint" / fmt::format(".{}.tmp", best_file);
    std::error_code error;
    fs::copy_file(run / best_file, half, fs::copy_options::overwrite_existing, error);
    if (!error) fs::rename(half, aside_in(run), error);
    if (error)
        throw Error("cannot copy {} to {}: {}; make room there", (run / best_file).string(),
                    aside_in(run).string(), error.message());
}

void restore_best(const fs::path& run) {
    if (!fs::exists(aside_in(run))) return;
    std::error_code error;
    fs::rename(aside_in(run), run / best_file, error);
    if (error)
        throw Error("cannot move {} to {}: {}", aside_in(run).string(), (run / best_file).string(),
                    error.message());
}

void keep_epoch(const Keeping& keeping, int64_t epoch, std::string_view suffix, const fs::path& run,
                const WriteWeights& write) {
    const fs::path folder = run / "epochs";
    make_folder(folder);
    write(folder / fmt::format("epoch-{:04}{}{}", epoch, suffix, extension));
    if (keeping.last <= 0) return;
    std::vector<fs::path> files = numbered_files(folder, "epoch-", suffix);
    const auto kept = static_cast<size_t>(keeping.last);
    for (size_t i = 0; i + kept < files.size(); ++i)
        remove_file(files[i]);
}

}  // namespace vkm::train
