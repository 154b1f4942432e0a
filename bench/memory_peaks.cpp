#include <bench/memory_peaks.h>
#include <bench/peak_kernels.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>

#include <algorithm>

namespace vkm::bench {
namespace {

using engine::Block;
using engine::CommandList;
using engine::MemoryKind;
using engine::Slice;
using graph::PlannedDevice;

constexpr uint64_t largest_tensor = 256u << 20;  // several times the last-level cache of any device known
constexpr uint64_t piece = 1024;                 // quads that are looked at, at each place
constexpr uint32_t run = 16;                     // numbers of an invocation that has a run of its own

uint64_t most_bytes(const PlannedDevice& device) {
    return std::min({largest_tensor, device.plan().device.block_bytes, device.plan().device.window_bytes}) /
           peak_alignment * peak_alignment;
}

// Sums of some hundred of these are exact.
double remainder(uint64_t quad, uint64_t lane) {
    return static_cast<double>((quad + lane) % 8191);
}

// Holds two tensors beyond every cache. On a CPU driver a quarter of the size is beyond them, too.
class Memory {
  public:
    explicit Memory(PlannedDevice& device)
        : device_(device),
          bytes_(most_bytes(device) / (is_software(device) ? 4 : 1) / peak_alignment * peak_alignment),
          x_(unwritten(device, bytes_, "bandwidth")),
          y_(unwritten(device, bytes_, "bandwidth")) {}

    double copy_gbps(const Shader& shader) {
        using Copy = shaders::CopyBandwidth;
        const engine::Kernel* copy = peak_kernel<Copy>(device_, device_.plan().device.load_path, shader);
        number(x_);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t i) {
            dispatch_peak<Copy>(device_, list, copy,
                                {.x = whole(i % 2 == 0 ? x_ : y_), .y = whole(i % 2 == 0 ? y_ : x_)},
                                {.quads = quads()}, quads());
        });
        require_numbers("copy bandwidth", y_);
        return 2 * gigabytes() / us * 1e6;
    }

    double write_gbps(const Shader& shader) {
        using Write = shaders::WriteBandwidth;
        const engine::Kernel* write = peak_kernel<Write>(device_, LoadPath::buffer, shader);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t i) {
            dispatch_peak<Write>(device_, list, write, {.y = whole(i % 2 == 0 ? x_ : y_)}, {.quads = quads()},
                                 quads());
        });
        require_numbers("write bandwidth", x_);
        return gigabytes() / us * 1e6;
    }

    double read_gbps(const Shader& shader) {
        using Read = shaders::ReadBandwidth;
        const engine::Kernel* read = peak_kernel<Read>(device_, device_.plan().device.load_path, shader);
        constexpr uint32_t rows = 16;
        const Read::Push push{.stride = quads() / rows, .per_invocation = rows};
        number(x_);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t) {
            dispatch_peak<Read>(device_, list, read,
                                {.x = whole(x_), .y = {&y_, 0, uint64_t{push.stride} * 16}}, push,
                                push.stride);
        });
        const uint64_t last = push.stride - piece;
        for (const uint64_t place : {uint64_t{0}, last})
            require_quads(
                "read bandwidth", quads_of(device_, y_, place, piece), place, [&](uint64_t quad, uint64_t) {
                    return static_cast<double>(rows * quad + rows * (rows - 1) / 2 * uint64_t{push.stride});
                });
        return gigabytes() * (rows + 1) / rows / us * 1e6;
    }

    double misaligned_read_gbps(const Shader& shader) {
        using Read = shaders::StridedRead;
        const engine::Kernel* read = peak_kernel<Read>(device_, LoadPath::buffer, shader);
        const Read::Push push{.invocations = quads() * 4 / run, .run = run, .next = 1};
        write_quads(device_, x_, 0, quads(), remainder);
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t) {
            dispatch_peak<Read>(device_, list, read,
                                {.x = whole(x_), .y = {&y_, 0, uint64_t{push.invocations} * 4}}, push,
                                push.invocations);
        });
        const uint64_t last = push.invocations / 4 - piece;
        for (const uint64_t place : {uint64_t{0}, last})
            require_quads("misaligned read bandwidth", quads_of(device_, y_, place, piece), place,
                          [&](uint64_t quad, uint64_t lane) {
                              double sum = 0;
                              for (uint64_t i = (quad * 4 + lane) * run, end = i + run; i < end; ++i)
                                  sum += remainder(i / 4, i % 4);
                              return sum;
                          });
        return gigabytes() * (run + 1) / run / us * 1e6;
    }

    double misaligned_write_gbps(const Shader& shader) {
        using Write = shaders::StridedWrite;
        const engine::Kernel* write = peak_kernel<Write>(device_, LoadPath::buffer, shader);
        const Write::Push push{.invocations = quads() * 4 / run, .run = run, .next = 1};
        const double us = time_of_one(device_.device(), 64, [&](CommandList& list, size_t i) {
            dispatch_peak<Write>(device_, list, write, {.y = whole(i % 2 == 0 ? x_ : y_)}, push,
                                 push.invocations);
        });
        for (const uint64_t place : places())
            require_quads("misaligned write bandwidth", quads_of(device_, x_, place, piece), place,
                          [](uint64_t quad, uint64_t lane) {
                              const uint64_t i = quad * 4 + lane;
                              return static_cast<double>(i / run + i % run);
                          });
        return gigabytes() / us * 1e6;
    }

  private:
    Slice whole(const Block& block) const { return {&block, 0, bytes_}; }
    uint32_t quads() const { return static_cast<uint32_t>(bytes_ / 16); }
    double gigabytes() const { return static_cast<double>(bytes_) * 1e-9; }
    std::vector<uint64_t> places() const { return {0, quads() / 2, quads() - piece}; }

    // Gives every quad its number: as floats they are exact, there are no more than 2^24.
    void number(const Block& block) {
        write_quads(device_, block, 0, quads(),
                    [](uint64_t quad, uint64_t) { return static_cast<double>(quad); });
    }
    void require_numbers(const std::string& what, const Block& block) {
        for (const uint64_t place : places())
            require_quads(what, quads_of(device_, block, place, piece), place,
                          [](uint64_t quad, uint64_t) { return static_cast<double>(quad); });
    }

    PlannedDevice& device_;
    uint64_t bytes_;
    Block x_, y_;
};

// Says how much one dispatch reads: on a fast device as much as makes its end not count.
struct Walk {
    uint64_t bytes;
    uint32_t per_invocation;
};
Walk walk_of(const PlannedDevice& device) {
    if (is_software(device)) return {16u << 20, 64};
    if (device.plan().device.device_class == engine::DeviceClass::wide_gpu) return {4ull << 30, 256};
    return {256u << 20, 64};
}

}  // namespace

double copy_gbps(PlannedDevice& device, const Shader& shader) {
    return Memory(device).copy_gbps(shader);
}
double read_gbps(PlannedDevice& device, const Shader& shader) {
    return Memory(device).read_gbps(shader);
}
double write_gbps(PlannedDevice& device, const Shader& shader) {
    return Memory(device).write_gbps(shader);
}
double misaligned_read_gbps(PlannedDevice& device, const Shader& shader) {
    return Memory(device).misaligned_read_gbps(shader);
}
double misaligned_write_gbps(PlannedDevice& device, const Shader& shader) {
    return Memory(device).misaligned_write_gbps(shader);
}

std::string no_cached_read(const PlannedDevice& device, uint64_t bytes) {
    if (bytes <= most_bytes(device)) return "";
    return fmt::format("a kernel here binds no more than {} MiB", most_bytes(device) >> 20);
}

double cached_read_gbps(PlannedDevice& device, const Shader& shader, uint64_t bytes) {
    using Read = shaders::CachedRead;
    const engine::Kernel* read = peak_kernel<Read>(device, device.plan().device.load_path, shader);
    const auto [least, per_invocation] = walk_of(device);
    const auto quads = static_cast<uint32_t>(bytes / 16);
    const uint64_t invocations = std::max(least, bytes) / 16 / per_invocation;
    const Block x = device.device().allocate(bytes, MemoryKind::device, "cached reads");
    const Block y = unwritten(device, invocations * 16, "cached reads");
    write_quads(device, x, 0, quads, remainder);
    const double us = time_of_one(device.device(), 64, [&](CommandList& list, size_t) {
        dispatch_peak<Read>(device, list, read, {.x = {&x, 0, bytes}, .y = {&y, 0, invocations * 16}},
                            {.mask = quads - 1, .per_invocation = per_invocation},
                            static_cast<int64_t>(invocations));
    });
    const uint64_t workgroup = device.plan().kernels.workgroup;
    for (const uint64_t place : {uint64_t{0}, invocations / 2, invocations - piece})
        require_quads("cached reads", quads_of(device, y, place, piece), place,
                      [&](uint64_t i, uint64_t lane) {
                          double sum = 0;
                          for (uint64_t k = 0; k < per_invocation; ++k) {
                              const uint64_t row = i / workgroup * per_invocation + k;
                              sum += remainder((row * workgroup + i % workgroup) & (quads - 1), lane);
                          }
                          return sum;
                      });
    return static_cast<double>(invocations) * 16 * per_invocation / us * 1e-3;
}

double shared_gbps(PlannedDevice& device, const Shader& shader) {
    using Shared = shaders::SharedBandwidth;
    const engine::Kernel* shared = peak_kernel<Shared>(device, LoadPath::buffer, shader);
    const uint32_t invocations = filling_invocations(device);
    const uint64_t workgroup = device.plan().kernels.workgroup;
    // No multiple of a workgroup: every invocation then has a sum of its own.
    const Shared::Push push{.turns = 1032, .shift = 1};
    const Block y = unwritten(device, uint64_t{invocations} * 16, "shared memory");
    const double us = time_of_one(device.device(), 64, [&](CommandList& list, size_t) {
        dispatch_peak<Shared>(device, list, shared, {.y = {&y, 0, uint64_t{invocations} * 16}}, push,
                              invocations, 4.0 * push.turns * invocations);
    });
    std::vector<double> sums(workgroup);
    for (uint64_t i = 0; i < workgroup; ++i)
        for (uint64_t t = 0; t < push.turns; ++t)
            sums[i] += static_cast<double>((i + t) % workgroup + push.shift);
    require_quads("shared memory", quads_of(device, y, 0, invocations), 0, [&](uint64_t i, uint64_t lane) {
        const double sum = sums[i % workgroup];
        return lane == 3 ? sum + push.turns : sum * static_cast<double>(lane + 1);
    });
    return 16.0 * push.turns * invocations / us * 1e-3;
}

}  // namespace vkm::bench
