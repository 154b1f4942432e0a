#include <base/text.h>
#include <bench/overview_box.h>
#include <bench/published_figures.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace vkm::bench {
namespace {

constexpr size_t width = 94, label_width = 20, cell_width = 18;

// Counts characters and not bytes.
size_t columns_of(std::string_view utf8) {
    return static_cast<size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string shortened(std::string_view utf8, size_t columns) {
    if (columns_of(utf8) <= columns) return std::string(utf8);
    std::string text;
    for (size_t i = 0, seen = 0; i < utf8.size(); ++i) {
        if ((static_cast<unsigned char>(utf8[i]) & 0xc0) != 0x80 && ++seen == columns) break;
        text += utf8[i];
    }
    return text + "…";
}

std::string padded(std::string_view utf8, size_t columns) {
    std::string text = shortened(utf8, columns);
    return text.append(columns - columns_of(text), ' ');
}

// Returns three digits, or all before the point.
std::string digits(double value) {
    const int after = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
    return fmt::format("{:.{}f}", value, after);
}

std::string model_label(const std::string& model) {
    static const std::map<std::string, std::string> names{
        {"mobilenet_v3_large", "V3-Large"}, {"mobilenet_v3_small", "V3-Small"}, {"mobilenet_v2", "V2"}};
    const auto known = names.find(model);
    return known == names.end() ? model : known->second;
}

std::string peak_label(std::string name) {
    std::ranges::replace(name, '_', ' ');
    return name;
}

/// Collects why rows have no value, under one letter where the reason is the same.
class Notes {
  public:
    std::string mark(const Row& row) {
        const std::string why = reason(row);
        const auto known = std::ranges::find(reasons_, why);
        const auto index = known - reasons_.begin();
        if (known == reasons_.end()) reasons_.push_back(why);
        // Letters are enough: there are few kinds, and failures of a driver repeat.
        return fmt::format("({})", static_cast<char>('a' + std::min<std::ptrdiff_t>(index, 25)));
    }
    const std::vector<std::string>& reasons() const { return reasons_; }

  private:
    // Figures that differ from row to row would make a note each; --format markdown has them.
    static std::string reason(const Row& row) {
        switch (row.missing) {
            case Missing::time:
                return "not measured: there was not enough time (--time)";
            case Missing::memory:
                return "not measured: it does not fit the device's memory";
            case Missing::nothing:
            case Missing::support:
                return "not measured: " + row.why;
            case Missing::failure:
                return "failed: " + row.why;
        }
        return row.why;
    }
    std::vector<std::string> reasons_;
};

class Box {
  public:
    Box(const Overview& overview, const nlohmann::json& document) : o_(overview), d_(document) {}

    std::string text() {
        facts();
        peaks();
        throughput();
        one_image();
        photographs();
        published();
        notes();
        return text_ + rule("");
    }

  private:
    static std::string rule(std::string_view title) {
        const std::string head = title.empty() ? "" : fmt::format(" {} ", title);
        std::string line = "+-" + head;
        return line.append(width + 3 - columns_of(line), '-') + "+\n";
    }
    void section(std::string_view title) {
        text_ += rule(title);
        ++lines_;
    }
    void line(std::string_view content) {
        text_ += "| " + padded(content, width) + " |\n";
        ++lines_;
    }

    std::string text_of(const char* object, const char* member) const {
        const auto found = d_.find(object);
        if (found == d_.end() || !found->contains(member)) return "";
        const nlohmann::json& value = found->at(member);
        return value.is_string() ? printable(value.get<std::string>()) : value.dump();
    }

    void facts() {
        section("vkmbv3-bench " + text_of("program", "version"));
        line(fmt::format("device   {} ({}), {:.1f} GiB", text_of("device", "name"), text_of("device", "type"),
                         d_.at("device").value("memory_bytes", 0.0) / (1u << 30)));
        line(fmt::format("driver   {} {}, Vulkan {}", text_of("device", "driver_name"),
                         text_of("device", "driver_info"), text_of("device", "api_version")));
        line(fmt::format("host     {}, {} cores, load {:.1f}, {}", text_of("host", "cpu"),
                         text_of("host", "cores"), d_.at("host").value("load", 0.0),
                         text_of("host", "system")));
        line("clocks   " + clocks());
        if (const std::string power = text_of("host", "power"); !power.empty()) line("power    " + power);
        line("noise    " + noise());
        if (const std::string text = disturbed(); !text.empty()) line("         " + text);
    }

    std::string noise() const {
        if (!o_.results.noise_known) return "not measured: the run was too short";
        return fmt::format("the same work took {:.1f} % more or less time during the run{}",
                           100 * o_.results.noise, o_.results.noise > most_noise ? ": noisy" : "");
    }

    // Says how many values are to be doubted, and what was seen at worst beside one of them.
    std::string disturbed() const {
        size_t rows = 0;
        Disturbance worst;
        for (const Row& row : o_.rows) {
            if (!row.value || !row.disturbed) continue;
            ++rows;
            worst = {std::max(worst.slower, row.disturbed->slower),
                     std::max(worst.others, row.disturbed->others),
                     std::max(worst.stolen, row.disturbed->stolen)};
        }
        if (rows == 0) return "";
        return fmt::format("{} values disturbed (?), up to {}", rows, in_words(worst));
    }

    std::string clocks() const {
        if (!o_.results.state) return "not measured: nothing on this system tells them";
        const bool processors = d_.at("device").value("type", "") == "cpu";
        return (processors ? "the processor's, " : "") + in_words(*o_.results.state);
    }

    // Returns "12.3 GB/s", beside the vendor's figure "12.3 of 15.0 GB/s", or the letter of why not.
    std::string value_of(const std::string& name) {
        const Row* row = find_row(o_.rows, name);
        if (!row) return "-";
        if (!row->value) return notes_.mark(*row);
        const bool large =
            row->unit.starts_with("G") && std::max(*row->value, row->vendor.value_or(0)) >= 1e4;
        const double scale = large ? 1e-3 : 1;
        return fmt::format("{}{}{} {}{}", digits(*row->value * scale), row->disturbed ? "?" : "",
                           row->vendor ? " of " + digits(*row->vendor * scale) : "",
                           large ? "T" + row->unit.substr(1) : row->unit,
                           row->remark.empty() ? "" : fmt::format(" ({})", row->remark));
    }

    bool any(std::string_view prefix) const {
        return std::ranges::any_of(o_.rows, [&](const Row& row) { return row.name.starts_with(prefix); });
    }

    void peaks() {
        if (!any("peaks/")) return;
        section("peaks");
        // Three cells a line; matrices say their shape, and take two.
        constexpr size_t cell = width / 3;
        const auto row = [&](std::vector<std::pair<std::string, size_t>> cells) {
            std::string text;
            for (const auto& [name, count] : cells)
                text += padded(fmt::format("{:<8} {}", peak_label(name), value_of("peaks/" + name)),
                               count * cell);
            line(text);
        };
        row({{"copy", 1}, {"read", 1}, {"write", 1}});
        row({{"upload", 1}, {"download", 1}, {"shared", 1}});
        row({{"fp32", 1}, {"fp16", 1}, {"int32", 1}});
        row({{"matrix", 2}, {"int8_dot", 1}});
        row({{"launch", 1}, {"barrier", 1}, {"submit", 1}});
    }

    std::string rate_of(const std::string& name, bool with_batch) {
        const Row* row = find_row(o_.rows, name);
        if (!row) return "-";
        if (!row->value) return notes_.mark(*row);
        std::string text = digits(*row->value);
        if (row->disturbed) text += "?";
        if (row->noise) text += fmt::format(" ±{:.0f}%", std::max(1.0, 100 * *row->noise));
        if (with_batch) text += fmt::format(" ({})", row->batch);
        return text;
    }

    void throughput() {
        std::vector<std::string> models;
        for (const Row& row : o_.rows)
            if (row.unit == "images/s") {
                const std::string model = row.name.substr(0, row.name.find('/'));
                if (std::ranges::find(models, model) == models.end()) models.push_back(model);
            }
        if (models.empty()) return;
        section(fmt::format("images a second, {} px", input_size()));
        line(padded("", label_width) + padded("training fp32", cell_width) +
             padded("training amp", cell_width) + padded("inference fp32", cell_width) +
             padded("inference fp16", cell_width));
        // What follows takes no more lines: one image 4, photographs 1, others' figures 3, reasons 3, the end 1.
        size_t room = most_box_lines - lines_ - 12;
        size_t shown = 0;
        for (const std::string& model : models) {
            const std::vector<std::string> rows = rates_of_model(model);
            const bool last = shown + 1 == models.size();
            if (rows.size() + (last ? 0 : 1) > room) break;
            room -= rows.size();
            ++shown;
            for (const std::string& row : rows)
                line(row);
        }
        if (shown < models.size())
            line(fmt::format("and {} more networks: --format markdown has all", models.size() - shown));
    }

    // Returns a line a batch size. A name that leaves no room for the batch size has a line of its own.
    std::vector<std::string> rates_of_model(const std::string& model) {
        const std::string name = model_label(model);
        const bool apart = columns_of(name + " batch 32 ") > label_width;
        std::vector<std::string> lines;
        if (apart) lines.push_back(name);
        for (const char* batch : {"b1", "b32", "largest"}) {
            const bool largest = std::string_view(batch) == "largest";
            std::string text = padded(fmt::format("{} {}", apart ? " " : name,
                                                  largest ? "largest" : std::string("batch ") + (batch + 1)),
                                      label_width);
            for (const char* mode : {"training", "inference"})
                for (const char* precision : {"fp32", "fp16"})
                    text +=
                        padded(rate_of(fmt::format("{}/{}/{}/{}", model, batch, precision, mode), largest),
                               cell_width);
            lines.push_back(std::move(text));
        }
        return lines;
    }

    // Of the networks that were measured; they differ only where somebody asked for it.
    std::string input_size() const {
        for (const ModelResult& model : o_.results.models)
            return fmt::format("{}", model.input_size);
        return "no";
    }

    std::string milliseconds(const std::string& name) {
        const Row* row = find_row(o_.rows, name);
        if (!row) return "-";
        if (!row->value) return notes_.mark(*row);
        std::string text = digits(*row->value) + (row->disturbed ? "? ms" : " ms");
        if (row->noise) text += fmt::format(" ±{:.0f}%", std::max(1.0, 100 * *row->noise));
        return text;
    }

    void one_image() {
        if (!any("one_image/")) return;
        section("one image at a time, from host memory to host memory");
        const std::string minimalistic = "one_image/mobilenet_v3_large_minimalistic/";
        std::string text = "V3-Large minimalistic, median (score):";
        for (const char* precision : {"fp32", "fp16"}) {
            text += fmt::format("  {} {}", precision, milliseconds(minimalistic + precision + "/median"));
            const Row* score = find_row(o_.rows, minimalistic + precision + "/score");
            if (score && score->value) text += fmt::format(" ({:.0f})", *score->value);
        }
        line(text);
        for (const char* model : {"mobilenet_v3_large", "mobilenet_v2"}) {
            std::string least = fmt::format("{}, least:", model_label(model));
            for (const char* precision : {"fp32", "fp16"})
                least += fmt::format("  {} {}", precision,
                                     milliseconds(fmt::format("one_image/{}/{}/least", model, precision)));
            line(least);
        }
    }

    void photographs() {
        for (const Row& row : o_.rows)
            if (row.name.starts_with("photographs/"))
                line("first class in fp16 as in fp32, V3-Small: " +
                     (row.value ? fmt::format("{:.0f} {} photographs", *row.value, row.remark)
                                : notes_.mark(row)));
    }

    void published() {
        const std::vector<PublishedFigure> figures = figures_of(d_.at("device").value("name", ""));
        if (figures.empty()) return;
        section("published of this device");
        // By who published, and of what.
        std::vector<std::pair<std::string, std::string>> lists;
        for (const PublishedFigure& figure : figures) {
            const std::string who = fmt::format(
                "{}, {}", figure.who, figure.unit == "ms" ? "one image, least" : "training fp32, images/s");
            if (lists.empty() ||
                std::ranges::find(lists, who, &std::pair<std::string, std::string>::first) == lists.end())
                lists.emplace_back(who, "");
            std::ranges::find(lists, who, &std::pair<std::string, std::string>::first)->second +=
                fmt::format("  {} {}{}", model_label(std::string(figure.model)), digits(figure.value),
                            figure.unit == "ms" ? " ms" : "");
        }
        for (const auto& [who, list] : lists)
            line(fmt::format("{}:{}", who, list));
    }

    void notes() {
        const std::vector<std::string>& reasons = notes_.reasons();
        if (reasons.empty()) return;
        section("");
        const size_t room = most_box_lines - lines_ - 1;
        const bool all = reasons.size() <= room;
        const size_t shown = all ? reasons.size() : room - 1;
        for (size_t i = 0; i < shown; ++i)
            line(fmt::format("({}) {}", static_cast<char>('a' + std::min<size_t>(i, 25)), reasons[i]));
        if (!all) line(fmt::format("and {} more reasons: --format markdown has all", reasons.size() - shown));
    }

    const Overview& o_;
    const nlohmann::json& d_;
    std::string text_;
    size_t lines_ = 0;
    Notes notes_;
};

}  // namespace

std::string box_text(const Overview& overview, const nlohmann::json& document) {
    return Box(overview, document).text();
}

}  // namespace vkm::bench
