#include <base/align.h>
#include <graph/kernels/spatial.h>

#include <algorithm>

namespace vkm::graph {

SlidingAxis slide(int64_t input, int64_t kernel, int64_t stride, Padding padding) {
    if (padding == Padding::same) {
        const int64_t output = divide_up(input, stride);
        const int64_t total = std::max<int64_t>((output - 1) * stride + kernel - input, 0);
        return {input, output, kernel, stride, total / 2};
    }
    const int64_t pad = (kernel - 1) / 2;
    const int64_t span = input + 2 * pad - kernel;
    if (span < 0) throw ShapeError("an input of {} pixels is too small for a window of {}", input, kernel);
    return {input, span / stride + 1, kernel, stride, pad};
}

}  // namespace vkm::graph
