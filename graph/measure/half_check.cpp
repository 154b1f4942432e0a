#include <base/half.h>
#include <graph/measure/half_check.h>
#include <graph/ops/cast.h>
#include <graph/run/executor.h>

#include <cmath>
#include <cstring>

namespace vkm::graph {

std::vector<float> hard_to_round() {
    constexpr uint16_t largest = 0x7bff;
    constexpr uint16_t stride = 37;  // odd: even and odd halves, in every binade
    std::vector<float> values;
    for (uint16_t half = 0; half < largest; half = static_cast<uint16_t>(half + stride)) {
        const float below = from_half(half), above = from_half(static_cast<uint16_t>(half + 1));
        const float halfway = below + (above - below) / 2;  // exact: 12 bits
        for (const float value :
             {below, std::nextafter(halfway, below), halfway, std::nextafter(halfway, above)}) {
            values.push_back(value);
            values.push_back(-value);
        }
    }
    for (const float value : {65504.0f, std::nextafter(65520.0f, 0.0f), 65520.0f, 1e30f}) {
        values.push_back(value);
        values.push_back(-value);
    }
    return values;
}

KernelCheck check_half_stores(PlannedDevice& device) {
    KernelCheck result{
        .kernel = "cast", .variant = "fp16 rounding", .max_error = {}, .ok = false, .message = {}};
    try {
        const std::vector<float> values = hard_to_round();
        Graph graph;
        const ValueId x = graph.input("x", {DType::f32, {1, 1, 1, static_cast<int64_t>(values.size())}});
        const ValueId y = graph.add1("rounding", ops::cast(DType::f16), {x});
        DeviceState state(device);
        Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true});
        const Executor::Slot slot = executor.begin();
        std::memcpy(executor.input(slot, 0, x).data(), values.data(), values.size() * sizeof(float));
        executor.submit(slot);
        const HostTensor got = executor.read(0, y);
        size_t wrong = 0;
        for (size_t i = 0; i < values.size(); ++i) {
            if (got.values[i] == from_half(to_half(values[i]))) continue;
            if (wrong++ == 0)
                result.message =
                    fmt::format("fp16 stores do not round to the nearest: {} becomes {} and not {}",
                                values[i], got.values[i], from_half(to_half(values[i])));
        }
        result.max_error = static_cast<double>(wrong) / static_cast<double>(values.size());
        result.ok = wrong == 0;
    } catch (const Error& error) {
        result.message = error.what();
    }
    return result;
}

}  // namespace vkm::graph
