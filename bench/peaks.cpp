#include <bench/arithmetic_peaks.h>
#include <bench/host_copies.h>
#include <bench/latency_peaks.h>
#include <bench/memory_peaks.h>
#include <bench/peaks.h>
#include <bench_shaders/catalog.h>

#include <fmt/format.h>

#include <algorithm>

namespace vkm::bench {
namespace {

using graph::PlannedDevice;
using Measure = std::function<void(Peaks&)>;

// Returns a measurement, or what says why there is none.
PeakMeasurement unless(const std::string& absent, std::string what, const std::string& name,
                       Measure measure) {
    if (absent.empty()) return {std::move(what), {name}, std::move(measure)};
    return {std::move(what), {name}, [name, absent](Peaks& peaks) { peaks.absent[name] = absent; }};
}

void add_cached_reads(std::vector<PeakMeasurement>& list, PlannedDevice& device, const Shader& shader) {
    for (const uint64_t bytes : cached_read_bytes)
        list.push_back(
            unless(no_cached_read(device, bytes), "reads of " + size_text(bytes), cached_read_name(bytes),
                   [&device, &shader, bytes](Peaks& peaks) {
                       peaks.cached_reads.push_back({bytes, cached_read_gbps(device, shader, bytes)});
                   }));
}

PeakMeasurement matrices(PlannedDevice& device, const MatrixKind& kind) {
    const std::string name = matrix_name(kind), none = no_matrices(device, kind);
    const bool first = kind.name == matrix_kinds().front().name;
    return {fmt::format("matrix units, {}", kind.label), {name}, [=, &device, &kind](Peaks& peaks) {
                if (none.empty()) measure_matrices(device, kind, peaks.matrices);
                if (first) {
                    peaks.matrix = matrix_peak(device, peaks.matrices);
                    if (!peaks.matrix.gflops) peaks.absent[name] = peaks.matrix.absent;
                } else if (!best_rate(peaks.matrices, kind.name)) {
                    peaks.absent[name] = none.empty() ? wrong_products("all its") : none;
                }
            }};
}

}  // namespace

PeakShaders::PeakShaders()
    : copy(&shaders::copy_bandwidth),
      read(&shaders::read_bandwidth),
      write(&shaders::write_bandwidth),
      strided_read(&shaders::strided_read),
      strided_write(&shaders::strided_write),
      cached_read(&shaders::cached_read),
      shared(&shaders::shared_bandwidth),
      multiply_add(&shaders::multiply_add),
      multiply_add_half(&shaders::multiply_add_half),
      multiply_add_int(&shaders::multiply_add_int),
      multiply_add_dot(&shaders::multiply_add_dot),
      launch(&shaders::launch) {}

std::vector<PeakMeasurement> peak_measurements(PlannedDevice& device, const PeakShaders& with) {
    // Of peaks that every device has: a rate of one kernel each.
    const auto rate = [&device](std::string what, std::string name, double Peaks::*member,
                                double (*measure)(PlannedDevice&, const Shader&), const Shader* shader) {
        return PeakMeasurement{std::move(what), {std::move(name)}, [=, &device](Peaks& peaks) {
                                   peaks.*member = measure(device, *shader);
                               }};
    };
    std::vector<PeakMeasurement> list{
        rate("copy bandwidth", "copy", &Peaks::copy_gbps, copy_gbps, with.copy),
        rate("read bandwidth", "read", &Peaks::read_gbps, read_gbps, with.read),
        rate("write bandwidth", "write", &Peaks::write_gbps, write_gbps, with.write),
        {"copies of the host",
         {"upload", "download"},
         [&device](Peaks& peaks) {
             const WholeCopies rates = whole_copies(device);
             peaks.upload_gbps = rates.upload;
             peaks.download_gbps = rates.download;
         }},
        rate("fp32 arithmetic", "fp32", &Peaks::fp32_gflops, fp32_gflops, with.multiply_add),
        unless(no_fp16(device), "fp16 arithmetic", "fp16",
               [&device, with](Peaks& peaks) {
                   peaks.fp16_gflops = fp16_gflops(device, *with.multiply_add_half);
               }),
        matrices(device, matrix_kinds().front()),
        {"launch latency",
         {"launch", "barrier"},
         [&device, with](Peaks& peaks) {
             const double together = launch_us(device, *with.launch, false);
             const double in_turn = launch_us(device, *with.launch, true);
             peaks.launch_us = together;
             peaks.barrier_us = std::max(0.0, in_turn - together);
         }},
        rate("submit latency", "submit", &Peaks::submit_us, submit_us, with.launch),
        rate("shared memory", "shared", &Peaks::shared_gbps, shared_gbps, with.shared),
        rate("int32 arithmetic", "int32", &Peaks::int32_gops, int32_gops, with.multiply_add_int),
        unless(no_int8_dot(device), "int8 dot products", "int8_dot", [&device, with](Peaks& peaks) {
            peaks.int8_dot_gops = int8_dot_gops(device, *with.multiply_add_dot);
        })};
    for (const MatrixKind& kind : matrix_kinds().subspan(1))
        list.push_back(matrices(device, kind));
    list.push_back(rate("misaligned read bandwidth", "misaligned_read", &Peaks::misaligned_read_gbps,
                        misaligned_read_gbps, with.strided_read));
    list.push_back(rate("misaligned write bandwidth", "misaligned_write", &Peaks::misaligned_write_gbps,
                        misaligned_write_gbps, with.strided_write));
    list.push_back({"halves of the host's copies",
                    {"upload_mapped", "upload_copy", "download_copy", "download_mapped"},
                    [&device](Peaks& peaks) {
                        const CopyHalves rates = copy_halves(device);
                        peaks.upload_mapped_gbps = rates.upload_mapped;
                        peaks.upload_copy_gbps = rates.upload_copy;
                        peaks.download_copy_gbps = rates.download_copy;
                        peaks.download_mapped_gbps = rates.download_mapped;
                    }});
    add_cached_reads(list, device, *with.cached_read);
    return list;
}

std::string size_text(uint64_t bytes) {
    return bytes < 1u << 20 ? fmt::format("{} KiB", bytes >> 10) : fmt::format("{} MiB", bytes >> 20);
}

std::string cached_read_name(uint64_t bytes) {
    std::string name = "cached_read/" + size_text(bytes);
    std::erase(name, ' ');
    return name;
}

std::string matrix_name(const MatrixKind& kind) {
    return kind.name == matrix_kinds().front().name ? "matrix" : fmt::format("matrix_{}", kind.name);
}

}  // namespace vkm::bench
