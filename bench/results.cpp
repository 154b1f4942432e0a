#include <base/atomic_file.h>
#include <base/checksum.h>
#include <base/host.h>
#include <base/process.h>
#include <base/quantile.h>
#include <base/version.h>
#include <bench/peak_figures.h>
#include <bench/results.h>
#include <bench/timed_list.h>
#include <engine/cache/cache_file.h>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <span>
#include <sstream>
#include <thread>

namespace vkm::bench {
namespace {

using nlohmann::json;

json host() {
    json host{{"cores", std::thread::hardware_concurrency()}, {"cpu", host_processor()}};
    if (const std::string system = host_system(); !system.empty()) host["system"] = system;
    if (const std::optional<double> load = host_load()) host["load"] = *load;
    if (const std::string power = host_power(); !power.empty()) host["power"] = power;
    if (const std::string governor = host_governor(); !governor.empty()) host["governor"] = governor;
    return host;
}

std::string hex(std::span<const uint8_t> bytes) {
    std::string text;
    for (const uint8_t byte : bytes)
        text += fmt::format("{:02x}", byte);
    return text;
}

// Says which build of the program it is, by what nobody can forget to change: the checksums of its file and of its kernels.
json read_program() {
    json program{{"version", vkm::version()}, {"kernels", fmt::format("{:016x}", engine::shader_build())}};
    try {
        program["build"] = fmt::format("{:08x}", crc32c(read_file(program_file())));
    } catch (const FileError&) {  // a system that does not say which it is
    }
    return program;
}

std::string version(uint32_t v) {
    return fmt::format("{}.{}.{}", v >> 22 & 0x7f, v >> 12 & 0x3ff, v & 0xfff);
}

json device_json(const graph::PlannedDevice& device) {
    const engine::DeviceSnapshot& s = device.snapshot();
    const json full = s;
    return {{"name", s.name},
            {"type", full.at("type")},
            {"driver_name", s.driver_name},
            {"driver_info", s.driver_info},
            {"vendor_id", s.vendor_id},
            {"device_id", s.device_id},
            {"api_version", version(s.api_version)},
            {"driver_version", s.driver_version},
            // What a driver keeps its compiled kernels by: another one for every build of it.
            {"driver_build", hex(s.pipeline_cache_uuid)},
            {"subgroup_size", device.plan().device.subgroup_size},
            {"memory_bytes", std::accumulate(s.memory_heaps.begin(), s.memory_heaps.end(), uint64_t{0})}};
}

json peaks_json(const Peaks& p) {
    json peaks = json::object();
    for (const PeakFigure& figure : peak_figures())
        if (const std::optional<double> value = figure.value(p); value && !figure.member.empty())
            peaks[figure.member] = *value;
    if (!p.matrix.shape.empty()) peaks["matrix_shape"] = p.matrix.shape;
    for (const auto& [name, why] : p.absent) {
        // Which has a member of its own since before there were others.
        if (name == "matrix")
            peaks["matrix_absent"] = why;
        else
            peaks["absent"].push_back({{"name", name}, {"why", why}});
    }
    for (const CachedRead& read : p.cached_reads)
        peaks["cached_reads"].push_back({{"bytes", read.bytes}, {"gbps", read.gbps}});
    for (const MatrixRate& rate : p.matrices) {
        json entry{{"kind", rate.kind}, {"shape", rate.shape}};
        if (rate.gops)
            entry["gops"] = *rate.gops;
        else
            entry["absent"] = wrong_products(rate.shape);
        peaks["matrices"].push_back(std::move(entry));
    }
    return peaks;
}

json work_json(const graph::Traffic& work) {
    json row{{"flops", work.flops},
             {"bytes", work.bytes},
             {"least_bytes", work.least_bytes},
             {"dispatches", work.dispatches}};
    if (work.matrix_flops > 0) row["matrix_flops"] = work.matrix_flops;
    return row;
}

void add_standing(json& row, double us, const graph::Traffic& work, const std::optional<Peaks>& peaks,
                  bool half) {
    if (!peaks || !peaks->roofs() || us <= 0) return;
    const Standing s = standing(us, work, *peaks, half);
    row.update({{"gbps", s.gbps},
                {"gflops", s.gflops},
                {"share_bandwidth", s.share_bandwidth},
                {"share_compute", s.share_compute},
                {"roof", s.roof}});
}

json in_six_digits(json value) {
    if (value.is_number_float())
        return std::strtod(fmt::format("{:.6g}", value.get<double>()).c_str(), nullptr);
    if (value.is_structured())
        for (json& member : value)
            member = in_six_digits(std::move(member));
    return value;
}

json words(const std::string& text) {
    json list = json::array();
    std::istringstream stream(text);
    for (std::string word; stream >> word;)
        list.push_back(word);
    return list;
}

json kernel_json(const KernelResult& k, const std::optional<Peaks>& peaks) {
    json row = work_json(k.work);
    row.update({{"name", k.name},
                {"model", k.model},
                {"batch", k.batch},
                {"precision", k.precision},
                {"layer", k.layer},
                {"operator", k.op},
                {"shapes", k.shapes},
                {"kernels", words(k.kernels)},
                {"times_us", k.times_us},
                {"median_us", median(k.times_us)},
                {"host_us", k.host_us},
                {"checked", k.checked}});
    if (k.max_error) row["max_error"] = *k.max_error;
    if (!k.failure.empty()) row["failure"] = k.failure;
    if (!k.skipped.empty()) row["skipped"] = k.skipped;
    add_standing(row, median(k.times_us), k.work, peaks, k.precision == "fp16");
    return row;
}

json model_json(const ModelResult& m, const std::optional<Peaks>& peaks) {
    json layers = json::array();
    for (const graph::NodeTraffic& layer : m.layers) {
        json row = work_json(layer.traffic);
        row.update({{"layer", layer.layer},
                    {"operator", layer.operation},
                    {"us", layer.microseconds},
                    {"share", m.kernels_us > 0 ? layer.microseconds / m.kernels_us : 0}});
        add_standing(row, layer.microseconds, layer.traffic, peaks, m.precision == "fp16");
        layers.push_back(std::move(row));
    }
    const double wall = median(m.wall_us);
    json row{{"name", m.name},
             {"model", m.model},
             {"batch", m.batch},
             {"precision", m.precision},
             {"mode", m.mode},
             {"input_size", m.input_size},
             {"wall_us", m.wall_us},
             {"median_wall_us", wall},
             {"device_us", m.device_us},
             {"kernels_us", m.kernels_us},
             {"images_per_second", wall > 0 ? static_cast<double>(m.batch) / wall * 1e6 : 0},
             {"layers", std::move(layers)}};
    if (!m.failure.empty()) row["failure"] = m.failure;
    if (!m.skipped.empty()) row["skipped"] = m.skipped;
    return row;
}

}  // namespace

std::string to_text(const json& document) {
    std::string text = "{";
    const char* separator = "\n";
    for (const auto& [name, value] : document.items()) {
        text += fmt::format("{}{}: ", separator, json(name).dump());
        separator = ",\n";
        if (!value.is_array() || value.empty()) {
            text += in_six_digits(value).dump();
            continue;
        }
        const char* before = "[\n ";
        for (const json& row : value) {
            text += before + in_six_digits(row).dump();
            before = ",\n ";
        }
        text += "\n]";
    }
    return text + "\n}";
}

json to_json(const Results& results, const graph::PlannedDevice& device) {
    static const json program = read_program();
    json kernels = json::array(), models = json::array();
    for (const KernelResult& kernel : results.kernels)
        kernels.push_back(kernel_json(kernel, results.peaks));
    for (const ModelResult& model : results.models)
        models.push_back(model_json(model, results.peaks));
    json document{{"format", 1},
                  {"program", program},
                  {"device", device_json(device)},
                  {"host", host()},
                  {"noise", results.noise},
                  {"noisy", results.noise > most_noise},
                  {"unfinished", results.unfinished},
                  {"failures", results.failures},
                  {"kernels", std::move(kernels)},
                  {"models", std::move(models)}};
    if (results.state) document.update(to_json(*results.state));
    if (results.peaks) document["peaks"] = peaks_json(*results.peaks);
    return document;
}

}  // namespace vkm::bench
