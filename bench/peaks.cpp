#include <base/quantile.h>
#include <bench/matrix_peak.h>
#include <bench/peaks.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>
#include <graph/lower/lowering.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <tuple>
#include <utility>

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
const engine::Kernel* kernel(PlannedDevice& device, LoadPath load, const Shader& shader) {
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

// Returns quads [first, first + count) of what lies on the device, as floats.
std::vector<float> quads_of(PlannedDevice& device, const Block& block, uint64_t first, uint64_t count) {
    std::vector<float> values(count * 4);
    device.device().read({&block, first * 16, count * 16}, std::as_writable_bytes(std::span(values)));
    return values;
}

void write_quads(PlannedDevice& device, const Block& block, uint64_t first,
                 const std::vector<float>& values) {
    device.device().write({&block, first * 16, values.size() * 4}, std::as_bytes(std::span(values)));
}

// Throws where a lane of a quad is not `expected(quad, lane)`. A rate of what was not computed is none.
void require_quads(const std::string& what, const std::vector<float>& found, uint64_t first,
                   const std::function<double(uint64_t quad, uint64_t lane)>& expected) {
    for (uint64_t i = 0; i < found.size(); ++i) {
        const double right = expected(first + i / 4, i % 4);
        if (std::abs(found[i] - right) > 1e-6 * std::abs(right))
            throw Error("the kernel of the {} computed {} instead of {}: the rate is not counted", what,
                        found[i], right);
    }
}

// Measures rates of the memory, with tensors beyond every cache. On a CPU driver a quarter of the
// size is beyond them, too.
class Memory {
  public:
    Memory(PlannedDevice& device, const PeakShaders& shaders)
        : device_(device),
          shaders_(shaders),
          bytes_(std::min(
                     {largest_tensor, device.plan().device.block_bytes, device.plan().device.window_bytes}) /
                 tensor_alignment * tensor_alignment / (software(device) ? 4 : 1)),
          x_(device.device().allocate(bytes_, MemoryKind::device, "bandwidth")),
          y_(device.device().allocate(bytes_, MemoryKind::device, "bandwidth")) {}

    double copy_gbps() {
        using Copy = shaders::CopyBandwidth;
        const engine::Kernel* copy = kernel<Copy>(device_, device_.plan().device.load_path, *shaders_.copy);
        number(x_);
        for (const uint64_t place : places())
            write_quads(device_, y_, place, std::vector<float>(4 * piece, -1));
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t i) {
            dispatch<Copy>(device_, list, copy,
                           {.x = whole(i % 2 == 0 ? x_ : y_), .y = whole(i % 2 == 0 ? y_ : x_)},
                           {.quads = quads()}, quads());
        });
        require_numbers("copy bandwidth", y_);
        return 2 * gigabytes() / us * 1e6;
    }

    double write_gbps() {
        using Write = shaders::WriteBandwidth;
        const engine::Kernel* write = kernel<Write>(device_, LoadPath::buffer, *shaders_.write);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t i) {
            dispatch<Write>(device_, list, write, {.y = whole(i % 2 == 0 ? x_ : y_)}, {.quads = quads()},
                            quads());
        });
        require_numbers("write bandwidth", x_);
        return gigabytes() / us * 1e6;
    }

    double read_gbps() {
        using Read = shaders::ReadBandwidth;
        const engine::Kernel* read = kernel<Read>(device_, device_.plan().device.load_path, *shaders_.read);
        constexpr uint32_t rows = 16;
        const Read::Push push{.stride = quads() / rows, .per_invocation = rows};
        number(x_);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t) {
            dispatch<Read>(device_, list, read, {.x = whole(x_), .y = {&y_, 0, uint64_t{push.stride} * 16}},
                           push, push.stride);
        });
        const uint64_t last = push.stride - piece;
        for (const uint64_t place : {uint64_t{0}, last})
            require_quads(
                "read bandwidth", quads_of(device_, y_, place, piece), place, [&](uint64_t quad, uint64_t) {
                    return static_cast<double>(rows * quad + rows * (rows - 1) / 2 * uint64_t{push.stride});
                });
        return gigabytes() * (rows + 1) / rows / us * 1e6;
    }

    // Copies as programs do: through the engine, from and to pages of the process.
    std::pair<double, double> host_gbps() {
        std::vector<float> values(bytes_ / 4), back(bytes_ / 4);
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i % 65521);
        std::vector<double> up, down;
        const auto seconds = [](const auto& work) {
            const auto start = std::chrono::steady_clock::now();
            work();
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        };
        for (size_t i = 0; i < 4; ++i) {
            up.push_back(
                seconds([&] { device_.device().write(whole(x_), std::as_bytes(std::span(values))); }));
            down.push_back(
                seconds([&] { device_.device().read(whole(x_), std::as_writable_bytes(std::span(back))); }));
        }
        if (back != values) throw Error("what was copied to the device and back is not what it was");
        // The first faults memory in.
        up.erase(up.begin());
        down.erase(down.begin());
        return {gigabytes() / median(up), gigabytes() / median(down)};
    }

  private:
    static constexpr uint64_t piece = 1024;  // quads that are looked at, at each place

    static bool software(const PlannedDevice& device) {
        return device.plan().device.device_class == engine::DeviceClass::software;
    }
    Slice whole(const Block& block) const { return {&block, 0, bytes_}; }
    uint32_t quads() const { return static_cast<uint32_t>(bytes_ / 16); }
    double gigabytes() const { return static_cast<double>(bytes_) * 1e-9; }
    std::vector<uint64_t> places() const { return {0, quads() / 2, quads() - piece}; }

    // Gives every quad its number: as floats they are exact, there are no more than 2^24.
    void number(const Block& block) {
        std::vector<float> values(bytes_ / 4);
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(i / 4);
        write_quads(device_, block, 0, values);
    }
    void require_numbers(const std::string& what, const Block& block) {
        for (const uint64_t place : places())
            require_quads(what, quads_of(device_, block, place, piece), place,
                          [](uint64_t quad, uint64_t) { return static_cast<double>(quad); });
    }

    PlannedDevice& device_;
    const PeakShaders& shaders_;
    uint64_t bytes_;
    Block x_, y_;
};

using shaders::MultiplyAdd;
using Work = MultiplyAdd::Push;

constexpr uint64_t chains = 8;  // as in bench/shaders/multiply_add.comp

double flops_of(const Work& work) {
    return 2.0 * 4 * chains * work.invocations * work.turns;
}

Work multiply_add(const PlannedDevice& device, uint32_t turns) {
    // Enough invocations for the widest device; a core of a CPU needs no more than it has lanes.
    const bool software = device.plan().device.device_class == engine::DeviceClass::software;
    // Chains then count their turns, exactly: a turn that is left out is seen.
    return {.invocations = software ? 1u << 12 : 1u << 20, .turns = turns, .factor = 1, .term = 1};
}

void record(PlannedDevice& device, CommandList& list, const Shader& shader, const Block& result,
            const Work& work) {
    dispatch<MultiplyAdd>(device, list, kernel<MultiplyAdd>(device, LoadPath::buffer, shader),
                          {.y = {&result, 0, uint64_t{work.invocations} * 16}}, work, work.invocations,
                          flops_of(work));
}

double gflops(PlannedDevice& device, const std::string& what, const Shader& shader,
              const std::function<double(uint64_t invocation, uint64_t lane, uint64_t chain)>& start) {
    const Work work = multiply_add(device, 256);
    const Block result =
        device.device().allocate(uint64_t{work.invocations} * 16, MemoryKind::device, "arithmetic");
    const double us = time_of_one(
        device.device(), 256, [&](CommandList& list, size_t) { record(device, list, shader, result, work); });
    require_quads(what, quads_of(device, result, 0, work.invocations), 0,
                  [&](uint64_t invocation, uint64_t lane) {
                      double sum = 0;
                      for (uint64_t chain = 0; chain < chains; ++chain)
                          sum += start(invocation, lane, chain) + work.turns;
                      return sum;
                  });
    return flops_of(work) / us * 1e-3;
}

constexpr size_t launches = 500;

double launch_us(PlannedDevice& device, const Shader& shader, bool wait_for_each) {
    const Block result =
        device.device().allocate(launches * tensor_alignment, MemoryKind::device, "launches");
    const engine::Kernel* launch = kernel<shaders::Launch>(device, LoadPath::buffer, shader);
    TimedList list(device.device(), [&](CommandList& commands) {
        for (size_t i = 0; i < launches; ++i) {
            const Slice y{&result, wait_for_each ? 0 : i * tensor_alignment, tensor_alignment};
            dispatch<shaders::Launch>(device, commands, launch, {.y = y}, {.value = static_cast<float>(i)},
                                      1);
        }
    });
    const double us = median_device_us(list.run(peak_samples)) / launches;
    for (size_t i = wait_for_each ? launches - 1 : 0; i < launches; ++i)
        require_quads("launch latency",
                      quads_of(device, result, wait_for_each ? 0 : i * tensor_alignment / 16, 1), 0,
                      [i](uint64_t, uint64_t) { return static_cast<double>(i); });
    return us;
}

double submit_us(PlannedDevice& device, const Shader& shader) {
    const Block result = device.device().allocate(tensor_alignment, MemoryKind::device, "launches");
    const engine::Kernel* launch = kernel<shaders::Launch>(device, LoadPath::buffer, shader);
    TimedList list(device.device(), [&](CommandList& commands) {
        dispatch<shaders::Launch>(device, commands, launch, {.y = {&result, 0, tensor_alignment}},
                                  {.value = 1.0f}, 1);
    });
    const double us = median_host_us(list.run(15 * peak_samples));
    require_quads("submit latency", quads_of(device, result, 0, 1), 0,
                  [](uint64_t, uint64_t) { return 1.0; });
    return us;
}

}  // namespace

PeakShaders::PeakShaders()
    : copy(&shaders::CopyBandwidth::shader),
      read(&shaders::ReadBandwidth::shader),
      write(&shaders::WriteBandwidth::shader),
      multiply_add(&shaders::multiply_add),
      multiply_add_half(&shaders::multiply_add_half),
      launch(&shaders::Launch::shader) {}

std::vector<PeakMeasurement> peak_measurements(PlannedDevice& device, const PeakShaders& with) {
    std::vector<PeakMeasurement> list{
        {"copy bandwidth",
         {"copy"},
         [&device, with](Peaks& peaks) { peaks.copy_gbps = Memory(device, with).copy_gbps(); }},
        {"read bandwidth",
         {"read"},
         [&device, with](Peaks& peaks) { peaks.read_gbps = Memory(device, with).read_gbps(); }},
        {"write bandwidth",
         {"write"},
         [&device, with](Peaks& peaks) { peaks.write_gbps = Memory(device, with).write_gbps(); }},
        {"copies of the host",
         {"upload", "download"},
         [&device, with](Peaks& peaks) {
             std::tie(peaks.upload_gbps, peaks.download_gbps) = Memory(device, with).host_gbps();
         }},
        {"fp32 arithmetic",
         {"fp32"},
         [&device, with](Peaks& peaks) {
             peaks.fp32_gflops = gflops(device, "fp32 arithmetic", *with.multiply_add,
                                        [](uint64_t i, uint64_t lane, uint64_t chain) {
                                            const std::array<uint64_t, 4> start{i, chain, i + chain, 1};
                                            return static_cast<double>(start.at(lane));
                                        });
         }},
        {"matrix units", {"matrix"}, [&device](Peaks& peaks) { peaks.matrix = measure_matrix_peak(device); }},
        {"launch latency",
         {"launch", "barrier"},
         [&device, with](Peaks& peaks) {
             const double together = launch_us(device, *with.launch, false);
             const double in_turn = launch_us(device, *with.launch, true);
             peaks.launch_us = together;
             peaks.barrier_us = std::max(0.0, in_turn - together);
         }},
        {"submit latency", {"submit"}, [&device, with](Peaks& peaks) {
             peaks.submit_us = submit_us(device, *with.launch);
         }}};
    if (device.plan().device.fp16_arithmetic)
        list.insert(list.begin() + 5, {"fp16 arithmetic", {"fp16"}, [&device, with](Peaks& peaks) {
                                           peaks.fp16_gflops = gflops(
                                               device, "fp16 arithmetic", *with.multiply_add_half,
                                               [](uint64_t i, uint64_t lane, uint64_t chain) {
                                                   const std::array<uint64_t, 4> start{i & 7u, chain, 1, 2};
                                                   return static_cast<double>(start.at(lane));
                                               });
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
