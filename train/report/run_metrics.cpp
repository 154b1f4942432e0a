#include <train/report/run_metrics.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

namespace vkm::train {
namespace {

using OrderedJson = nlohmann::json;

void collect(const OrderedJson& object, const std::string& prefix, std::map<std::string, double>& values) {
    for (const auto& [name, value] : object.items()) {
        if (value.is_number()) values[prefix + name] = value;
        if (value.is_null()) values[prefix + name] = std::numeric_limits<double>::quiet_NaN();
        if (value.is_object() && prefix.empty()) collect(value, name + "_", values);
    }
}

std::optional<uint64_t> count(const OrderedJson& line, const char* name) {
    const auto value = line.find(name);
    if (value == line.end() || !value->is_number_unsigned()) return {};
    return value->get<uint64_t>();
}

// Takes the rows that a run makes again away.
void drop_from(std::vector<MetricRow>& rows, uint64_t step) {
    while (!rows.empty() && rows.back().step >= step)
        rows.pop_back();
}

bool take(RunMetrics& run, const OrderedJson& line) {
    if (!line.is_object()) return false;
    const auto kind = line.find("kind");
    if (kind == line.end() || !kind->is_string()) return false;
    const uint64_t last = run.steps.empty() ? 0 : run.steps.back().step;
    MetricRow row{.epoch = count(line, "epoch").value_or(0), .values = {}};
    collect(line, "", row.values);
    row.values.erase("step");
    row.values.erase("epoch");
    if (*kind == "step") {
        const std::optional<uint64_t> step = count(line, "step");
        if (!step) return false;
        row.step = *step;
        drop_from(run.steps, row.step);
        drop_from(run.validations, row.step);
        run.steps.push_back(std::move(row));
    } else if (*kind == "val") {
        row.step = count(line, "step").value_or(last);
        drop_from(run.steps, row.step + 1);
        drop_from(run.validations, row.step);
        run.validations.push_back(std::move(row));
    }
    return true;  // kinds of later versions are passed over
}

}  // namespace

double RunMetrics::steps_per_epoch() const {
    const uint64_t first = steps.empty() ? 0 : steps.front().epoch;
    double least = std::numeric_limits<double>::infinity();
    // A validation says how many epochs are whole: in the middle of one that is less than what was trained.
    for (const MetricRow& row : validations)
        if (row.epoch > first)
            least = std::min(least, static_cast<double>(row.step) / static_cast<double>(row.epoch - first));
    if (std::isfinite(least)) return least;
    for (const MetricRow& row : steps)
        if (row.epoch > first)
            least = std::min(least, static_cast<double>(row.step) / static_cast<double>(row.epoch - first));
    return std::isfinite(least) ? least : 0;
}

RunMetrics read_run_metrics(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw ReportError("{}: there is no such log; name the directory of a run", path.string());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) throw ReportError("{}: cannot be read; check the disk", path.string());
    RunMetrics run;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        const auto line = OrderedJson::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                             text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
        const bool blank = text.find_first_not_of(" \t\r", begin) >= end;
        if (!blank && !take(run, line) && end < text.size()) ++run.damaged_lines;
        begin = end + 1;
    }
    if (run.damaged_lines > 0 && run.steps.empty() && run.validations.empty())
        throw ReportError("{}: none of its lines is one of a run's log; name the directory of a run",
                          path.string());
    return run;
}

}  // namespace vkm::train
