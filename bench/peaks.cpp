#include <base/quantile.h>
#include <bench/matrix_peak.h>
#include <bench/peaks.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>
#include <graph/lower/lowering.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

namespace vkm::bench {
namespace {

using engine::Block;
using engine::CommandList;
using engine::MemoryKind;
using engine::Slice;
using graph::PlannedDevice;

constexpr uint64_t largest_tensor = 256u << 20;  // several times the last-level cache of any device known
constexpr uint64_t tensor_alignment = 256;

template <typename Interface>
const engine::Kernel* kernel(PlannedDevice& device, LoadPath load, const Shader& shader = Interface::shader) {
    const typename Interface::Constants constants{.workgroup = device.plan().kernels.workgroup};
    const engine::KernelSpec spec{&shader, Storage::f32, load, constant_words(constants), false};
    return device.device().kernels(std::span(&spec, 1)).front();
}

template <typename Interface>
void dispatch(PlannedDevice& device, CommandList& list, const engine::Kernel* kernel,
              const typename Interface::template Bindings<Slice>& bindings,
              const typename Interface::Push& push, int64_t invocations, double flops = 0) {
    const int64_t workgroups = graph::divide_up(invocations, device.plan().kernels.workgroup);
    std::vector<Slice> slices;
    bindings.each([&](const Slice& slice) { slices.push_back(slice); });
    const std::vector<std::byte> bytes = push_bytes<Interface>(push);
    list.dispatch({kernel, slices, bytes, graph::fold_workgroups(workgroups, device.plan()), "peak", flops});
}

// Measures rates of the memory, with tensors beyond every cache. On a CPU driver a quarter of the
// size is beyond them, too.
class Memory {
  public:
    explicit Memory(PlannedDevice& device)
        : device_(device),
          bytes_(std::min(
                     {largest_tensor, device.plan().device.block_bytes, device.plan().device.window_bytes}) /
                 tensor_alignment * tensor_alignment / (software(device) ? 4 : 1)),
          x_(device.device().allocate(bytes_, MemoryKind::device, "bandwidth")),
          y_(device.device().allocate(bytes_, MemoryKind::device, "bandwidth")) {}

    double copy_gbps() {
        using Copy = shaders::CopyBandwidth;
        const engine::Kernel* copy = kernel<Copy>(device_, device_.plan().device.load_path);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t i) {
            dispatch<Copy>(device_, list, copy,
                           {.x = whole(i % 2 == 0 ? x_ : y_), .y = whole(i % 2 == 0 ? y_ : x_)},
                           {.quads = quads()}, quads());
        });
        return 2 * gigabytes() / us * 1e6;
    }

    double write_gbps() {
        using Write = shaders::WriteBandwidth;
        const engine::Kernel* write = kernel<Write>(device_, LoadPath::buffer);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t i) {
            dispatch<Write>(device_, list, write, {.y = whole(i % 2 == 0 ? x_ : y_)}, {.quads = quads()},
                            quads());
        });
        return gigabytes() / us * 1e6;
    }

    double read_gbps() {
        using Read = shaders::ReadBandwidth;
        const engine::Kernel* read = kernel<Read>(device_, device_.plan().device.load_path);
        const Read::Push push{.stride = quads() / 16, .per_invocation = 16};
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t) {
            dispatch<Read>(device_, list, read, {.x = whole(x_), .y = {&y_, 0, uint64_t{push.stride} * 16}},
                           push, push.stride);
        });
        return gigabytes() * 17 / 16 / us * 1e6;
    }

  private:
    static bool software(const PlannedDevice& device) {
        return device.plan().device.device_class == engine::DeviceClass::software;
    }
    Slice whole(const Block& block) const { return {&block, 0, bytes_}; }
    uint32_t quads() const { return static_cast<uint32_t>(bytes_ / 16); }
    double gigabytes() const { return static_cast<double>(bytes_) * 1e-9; }

    PlannedDevice& device_;
    uint64_t bytes_;
    Block x_, y_;
};

using shaders::MultiplyAdd;
using Work = MultiplyAdd::Push;

double flops_of(const Work& work) {
    return 2.0 * 4 * 8 * work.invocations * work.turns;
}

Work multiply_add(const PlannedDevice& device, uint32_t turns) {
    // Enough invocations for the widest device; a core of a CPU needs no more than it has lanes.
    const bool software = device.plan().device.device_class == engine::DeviceClass::software;
    return {.invocations = software ? 1u << 12 : 1u << 20, .turns = turns, .factor = 0.75f, .term = 0.25f};
}

void record(PlannedDevice& device, CommandList& list, const Shader& shader, const Block& result,
            const Work& work) {
    dispatch<MultiplyAdd>(device, list, kernel<MultiplyAdd>(device, LoadPath::buffer, shader),
                          {.y = {&result, 0, uint64_t{work.invocations} * 16}}, work, work.invocations,
                          flops_of(work));
}

double gflops(PlannedDevice& device, const Shader& shader) {
    const Work work = multiply_add(device, 256);
    const Block result =
        device.device().allocate(uint64_t{work.invocations} * 16, MemoryKind::device, "arithmetic");
    const double us = time_of_one(
        device.device(), 256, [&](CommandList& list, size_t) { record(device, list, shader, result, work); });
    return flops_of(work) / us * 1e-3;
}

constexpr size_t launches = 500;

double launch_us(PlannedDevice& device, bool wait_for_each) {
    const Block result =
        device.device().allocate(launches * tensor_alignment, MemoryKind::device, "launches");
    const engine::Kernel* launch = kernel<shaders::Launch>(device, LoadPath::buffer);
    TimedList list(device.device(), [&](CommandList& commands) {
        for (size_t i = 0; i < launches; ++i) {
            const Slice y{&result, wait_for_each ? 0 : i * tensor_alignment, tensor_alignment};
            dispatch<shaders::Launch>(device, commands, launch, {.y = y}, {.value = static_cast<float>(i)},
                                      1);
        }
    });
    return median_device_us(list.run(peak_samples)) / launches;
}

double submit_us(PlannedDevice& device) {
    const Block result = device.device().allocate(tensor_alignment, MemoryKind::device, "launches");
    const engine::Kernel* launch = kernel<shaders::Launch>(device, LoadPath::buffer);
    TimedList list(device.device(), [&](CommandList& commands) {
        dispatch<shaders::Launch>(device, commands, launch, {.y = {&result, 0, tensor_alignment}},
                                  {.value = 1.0f}, 1);
    });
    return median_host_us(list.run(15 * peak_samples));
}

}  // namespace

std::vector<PeakMeasurement> peak_measurements(PlannedDevice& device) {
    std::vector<PeakMeasurement> list{
        {"copy bandwidth", {"copy"}, [&](Peaks& peaks) { peaks.copy_gbps = Memory(device).copy_gbps(); }},
        {"read bandwidth", {"read"}, [&](Peaks& peaks) { peaks.read_gbps = Memory(device).read_gbps(); }},
        {"write bandwidth", {"write"}, [&](Peaks& peaks) { peaks.write_gbps = Memory(device).write_gbps(); }},
        {"fp32 arithmetic",
         {"fp32"},
         [&](Peaks& peaks) { peaks.fp32_gflops = gflops(device, shaders::multiply_add); }},
        {"matrix units", {"matrix"}, [&](Peaks& peaks) { peaks.matrix = measure_matrix_peak(device); }},
        {"launch latency",
         {"launch", "barrier"},
         [&](Peaks& peaks) {
             const double together = launch_us(device, false), in_turn = launch_us(device, true);
             peaks.launch_us = together;
             peaks.barrier_us = std::max(0.0, in_turn - together);
         }},
        {"submit latency", {"submit"}, [&](Peaks& peaks) { peaks.submit_us = submit_us(device); }}};
    if (device.plan().device.fp16_arithmetic)
        list.insert(list.begin() + 4, {"fp16 arithmetic", {"fp16"}, [&](Peaks& peaks) {
                                           peaks.fp16_gflops = gflops(device, shaders::multiply_add_half);
                                       }});
    return list;
}

NoiseProbe::NoiseProbe(PlannedDevice& device)
    : device_(device),
      result_(device.device().allocate(uint64_t{multiply_add(device, 1).invocations} * 16, MemoryKind::device,
                                       "noise probe")) {
    const auto list_of = [this](uint32_t turns) {
        return std::make_shared<TimedList>(device_.device(), [&](CommandList& list) {
            record(device_, list, shaders::multiply_add, result_, multiply_add(device_, turns));
        });
    };
    const auto short_list = list_of(64);
    short_list->run();
    const double us = std::max(1.0, short_list->run().device_us);
    const auto list = list_of(static_cast<uint32_t>(std::clamp(64 * 5000 / us, 64.0, 1e6)));
    list->run();
    run_ = [list] { return list->run().device_us; };
}

void NoiseProbe::measure() {
    std::vector<double> times;
    for (int i = 0; i < 3; ++i)
        times.push_back(run_());
    times_.push_back(median(std::move(times)));
}

double NoiseProbe::noise() const {
    if (!enough()) return 0;
    const auto middle = times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    const double early = median({times_.begin(), middle}), late = median({middle, times_.end()});
    return std::max(std::abs(early - late), interquartile_range(times_)) / median(times_);
}

}  // namespace vkm::bench
