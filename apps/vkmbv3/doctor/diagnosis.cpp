#include "doctor/diagnosis.h"

#include <base/version.h>
#include <graph/weights/formats.h>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::apps {
namespace {

/// Is one text to read, and to paste into a report of a fault.
class Report {
  public:
    void line(std::string_view title, const std::string& text) {
        lines_ += fmt::format("{:<12}{}\n", title, text);
    }
    void lines(std::string_view title, const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
            line(&text == &texts.front() ? title : "", text);
    }
    const std::string& text() const { return lines_; }

  private:
    std::string lines_;
};

std::vector<std::string> gpus_in_words(const Machine& machine) {
    std::vector<std::string> words;
    for (const Gpu& gpu : machine.gpus)
        words.push_back(fmt::format("{} {:04x}:{:04x}, kernel driver {}", gpu.card, gpu.vendor, gpu.device,
                                    gpu.driver.empty() ? "none" : gpu.driver));
    for (const RenderNode& node : machine.render_nodes)
        if (!node.opens) words.push_back(node.path + " cannot be opened");
    if (words.empty()) words.emplace_back("none that the kernel shows");
    return words;
}

std::vector<std::string> in_words(const DeviceState& state) {
    std::vector<std::string> words;
    if (!state.problem.empty()) words.push_back("cannot be used: " + state.problem);
    words.insert(words.end(), state.notices.begin(), state.notices.end());
    if (!state.kernels) return words;
    words.push_back(fmt::format("{} kernels checked in {:.1f} s, {} failed", state.kernels->checked,
                                state.kernels->seconds, state.kernels->failed.size()));
    words.insert(words.end(), state.kernels->failed.begin(), state.kernels->failed.end());
    return words;
}

}  // namespace

bool Diagnosis::is_well() const {
    return used && std::ranges::all_of(devices, [](const DeviceState& device) {
               return !device.kernels || device.kernels->failed.empty();
           });
}

std::string Diagnosis::text() const {
    Report report;
    report.line("vkmbv3", fmt::format("{}, reads {}", version(), graph::weight_format_names("and")));
    report.line("system", machine.system);
    report.line("processor", fmt::format("{}{}{} threads, {:.0f} GiB", machine.processor,
                                         machine.processor.empty() ? "" : ", ", machine.cores,
                                         static_cast<double>(machine.memory_bytes) / (1 << 30)));
    report.lines("GPUs", gpus_in_words(machine));
    report.line("drivers", machine.manifests.empty() ? "no Vulkan driver is installed"
                                                     : fmt::format("{}", fmt::join(machine.manifests, ", ")));
    for (const auto& [name, value] : machine.variables)
        report.line("", fmt::format("{}={}", name, value));
    if (!loader_problem.empty()) report.line("Vulkan", loader_problem);
    for (const DeviceState& device : devices) {
        report.line(fmt::format("device {}", device.index), device.description);
        report.lines("", in_words(device));
    }
    report.line("used",
                used ? fmt::format("device {}, unless --device says otherwise", *used) : unused_because);
    report.lines("to do", advice.empty() ? std::vector<std::string>{"nothing"} : advice);
    return report.text();
}

nlohmann::json Diagnosis::json() const {
    nlohmann::json all{{"version", version()},
                       {"system", machine.system},
                       {"processor", machine.processor},
                       {"cores", machine.cores},
                       {"memory_bytes", machine.memory_bytes},
                       {"gpus", gpus_in_words(machine)},
                       {"drivers", machine.manifests},
                       {"devices", nlohmann::json::array()},
                       {"used", used ? nlohmann::json(*used) : nlohmann::json()},
                       {"ok", is_well()},
                       {"advice", advice}};
    for (const DeviceState& device : devices) {
        nlohmann::json one{{"index", device.index}, {"name", device.name}, {"notices", device.notices}};
        if (!device.problem.empty()) one["problem"] = device.problem;
        if (device.kernels)
            one["kernels"] = {{"checked", device.kernels->checked}, {"failed", device.kernels->failed}};
        all["devices"].push_back(std::move(one));
    }
    return all;
}

}  // namespace vkm::apps
