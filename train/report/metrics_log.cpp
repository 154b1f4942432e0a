#include <train/report/metrics_log.h>

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace vkm::train {
namespace {

using Json = nlohmann::ordered_json;  // nlohmann writes NaN and infinity as null

struct Kept {
    uint64_t bytes = 0;
    std::optional<uint64_t> validated_step;
    std::optional<double> images_per_second;
    std::vector<int64_t> shares;
};

std::vector<int64_t> integers(const Json& list) {
    std::vector<int64_t> values;
    for (const Json& value : list)
        if (value.is_number_integer()) values.push_back(value);
    return values;
}

/// Returns the longest start of the log that holds nothing later than the step, or than its validation.
Kept lines_up_to(const std::filesystem::path& path, uint64_t resumed_step, bool validated) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) throw ReportError("{}: cannot be read; check the disk", path.string());
    Kept kept;
    for (size_t begin = 0, number = 1;; ++number) {
        const size_t end = text.find('\n', begin);
        if (end == std::string::npos) return kept;  // no line, or one cut short
        const auto line = Json::parse(text.substr(begin, end - begin), nullptr, false);
        const bool whole = line.is_object() && line.contains("step") && line["step"].is_number_unsigned() &&
                           line.contains("kind") && line["kind"].is_string();
        if (!whole)
            throw ReportError("{}: line {} is damaged; repair or remove it, then resume", path.string(),
                              number);
        const uint64_t step = line["step"];
        const bool validation = line["kind"] == "val";
        if (step > resumed_step || (validation && step == resumed_step && !validated)) return kept;
        if (validation) kept.validated_step = step;
        if (line["kind"] == "shares") kept.shares = integers(line.value("shares", Json::array()));
        if (const auto rate = line.find("images_per_second"); rate != line.end() && rate->is_number())
            kept.images_per_second = *rate;
        kept.bytes = begin = end + 1;
    }
}

void append_line(AppendFile& file, const Json& object) {
    const std::string line = object.dump() + '\n';
    file.append(std::as_bytes(std::span(line)));
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& path, std::optional<uint64_t> resumed_step,
                       bool validated)
    : file_(path, resumed_step ? AppendFile::Existing::keep : AppendFile::Existing::refuse) {
    if (!resumed_step) return;
    const Kept kept = lines_up_to(path, *resumed_step, validated);
    file_.truncate(kept.bytes);
    validated_step_ = kept.validated_step;
    images_per_second_ = kept.images_per_second;
    shares_ = kept.shares;
}

void MetricsLog::write(const StepMetrics& metrics) {
    Json line{{"kind", "step"},
              {"step", metrics.step},
              {"epoch", metrics.epoch},
              {"loss", metrics.loss},
              {"lr", metrics.learning_rate},
              {"images_per_second", metrics.images_per_second}};
    if (metrics.top1) line["top1"] = *metrics.top1;
    if (metrics.data_wait) line["data_wait"] = *metrics.data_wait;
    if (metrics.mixed_precision) {
        line["loss_scale"] = metrics.mixed_precision->loss_scale;
        line["skipped_steps"] = metrics.mixed_precision->skipped_steps;
    }
    if (metrics.gradient_norm) line["grad_norm"] = *metrics.gradient_norm;
    append_line(file_, line);
}

void MetricsLog::write(const ValidationMetrics& metrics) {
    if (validated_step_ == metrics.step) return;
    Json line{{"kind", "val"},        {"step", metrics.step}, {"epoch", metrics.epoch},
              {"loss", metrics.loss}, {"top1", metrics.top1}, {"top5", metrics.top5}};
    if (metrics.ema) {
        line["ema_loss"] = metrics.ema->loss;
        line["ema_top1"] = metrics.ema->top1;
        line["ema_top5"] = metrics.ema->top5;
    }
    append_line(file_, line);
    validated_step_ = metrics.step;
}

void MetricsLog::write(const SharesFrom& shares, const std::vector<double>& speeds,
                       const std::vector<std::string>& devices) {
    if (shares.counts == std::exchange(shares_, shares.counts)) return;
    Json line{{"kind", "shares"}, {"step", shares.step}, {"shares", shares.counts}};
    if (devices.size() == shares.counts.size()) line["devices"] = devices;
    if (!speeds.empty()) line["device_images_per_second"] = speeds;
    append_line(file_, line);
}

}  // namespace vkm::train
