#include <bench/arithmetic_peaks.h>
#include <bench/peak_kernels.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>

#include <map>

namespace vkm::bench {
namespace {

using engine::Block;
using engine::CommandList;
using engine::MemoryKind;
using graph::PlannedDevice;

constexpr uint64_t lanes = 4, chains = 8;  // as in bench/shaders/multiply_add.comp

// Says with what the chains of an invocation begin; chain and lane are added.
using Start = uint64_t (*)(uint64_t invocation);

uint64_t wide(uint64_t invocation) {
    return invocation;
}
// For numbers of few digits.
uint64_t narrow(uint64_t invocation) {
    return invocation % 8;
}

// Returns how many turns a chain makes, a multiple of what the kernels make at once. A processor takes as long to begin a
// dispatch as to make some thousand turns; fp16 counts no further than 2048.
uint32_t turns_of(const PlannedDevice& device, Start start) {
    return is_software(device) && start == wide ? 8192 : 256;
}

// Returns the rate of chains of which each lane makes so many operations in a turn.
template <typename Interface>
double chain_rate(PlannedDevice& device, const std::string& what, const Shader& shader,
                  const typename Interface::Push& push, double operations, Start start,
                  const std::function<double(uint64_t start)>& end) {
    const double work = operations * lanes * chains * push.invocations * push.turns;
    const Block result = unwritten(device, uint64_t{push.invocations} * 16, "arithmetic");
    const engine::Kernel* kernel = peak_kernel<Interface>(device, LoadPath::buffer, shader);
    const double us = time_of_one(device.device(), 256, [&](CommandList& list, size_t) {
        dispatch_peak<Interface>(device, list, kernel, {.y = {&result, 0, uint64_t{push.invocations} * 16}},
                                 push, push.invocations, work);
    });
    require_quads(what, quads_of(device, result, 0, push.invocations), 0, [&](uint64_t i, uint64_t lane) {
        double sum = 0;
        for (uint64_t chain = 0; chain < chains; ++chain)
            sum += end(start(i) + lanes * chain + lane);
        return sum;
    });
    return work / us * 1e-3;
}

// Chains count their turns, exactly: a turn that is left out is seen.
double counting_rate(PlannedDevice& device, const std::string& what, const Shader& shader, Start start) {
    const uint32_t turns = turns_of(device, start);
    return chain_rate<shaders::MultiplyAdd>(
        device, what, shader,
        {.invocations = filling_invocations(device), .turns = turns, .factor = 1, .term = 1}, 2, start,
        [turns](uint64_t first) { return static_cast<double>(first + turns); });
}

int32_t packed_dot(uint32_t x, uint32_t y) {
    int32_t sum = 0;
    for (uint32_t j = 0; j < 4; ++j)
        sum += static_cast<int8_t>(x >> 8 * j) * static_cast<int8_t>(y >> 8 * j);
    return sum;
}

}  // namespace

double fp32_gflops(PlannedDevice& device, const Shader& shader) {
    return counting_rate(device, "fp32 arithmetic", shader, wide);
}
double fp16_gflops(PlannedDevice& device, const Shader& shader) {
    return counting_rate(device, "fp16 arithmetic", shader, narrow);
}
double int32_gops(PlannedDevice& device, const Shader& shader) {
    return counting_rate(device, "int32 arithmetic", shader, wide);
}

double int8_dot_gops(PlannedDevice& device, const Shader& shader) {
    using Dot = shaders::MultiplyAddDot;
    const uint32_t turns = turns_of(device, narrow);
    // Bytes of all four places and both signs take part in what follows.
    const Dot::Push push{
        .invocations = filling_invocations(device), .turns = turns, .factor = 0x03fd05feu, .term = 77};
    std::map<uint64_t, double> known;
    return chain_rate<Dot>(device, "int8 dot products", shader, push, 8, narrow, [&](uint64_t first) {
        const auto [end, fresh] = known.try_emplace(first);
        if (fresh) {
            auto x = static_cast<int32_t>(first);
            for (uint32_t t = 0; t < turns; ++t)
                x = push.term + packed_dot(static_cast<uint32_t>(x), push.factor);
            end->second = x;
        }
        return end->second;
    });
}

std::string no_fp16(const PlannedDevice& device) {
    return device.plan().device.fp16_arithmetic
               ? ""
               : "this device does no arithmetic in fp16, or none that is used";
}

std::string no_int8_dot(const PlannedDevice& device) {
    if (!device.plan().device.integer_dot_product) return "the driver has no shaderIntegerDotProduct";
    return device.snapshot().features.signed_dot_product
               ? ""
               : "this device has no instruction for dot products of bytes";
}

}  // namespace vkm::bench
