#include <bench/batch_memory.h>

#include <algorithm>

namespace vkm::bench {

BatchMemory BatchMemory::through(int64_t batch, double bytes, int64_t larger_batch, double larger_bytes) {
    const double per_image =
        std::max(1.0, (larger_bytes - bytes) / static_cast<double>(larger_batch - batch));
    return {bytes - per_image * static_cast<double>(batch), per_image};
}

int64_t BatchMemory::largest_batch(double bytes) const {
    constexpr int64_t most = int64_t{1} << 20;
    int64_t batch = 0;
    for (int64_t next = 1; next <= most && fixed + per_image * static_cast<double>(next) <= bytes; next *= 2)
        batch = next;
    return batch;
}

int64_t batch_within(double seconds, int64_t fits, int64_t least,
                     const std::function<double(int64_t)>& cost) {
    int64_t batch = fits;
    while (batch / 2 >= least && cost(batch) > seconds)
        batch /= 2;
    return batch;
}

}  // namespace vkm::bench
