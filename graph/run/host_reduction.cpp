#include <graph/run/host_reduction.h>

#include <cstring>

namespace vkm::graph {
namespace {

float load(std::span<const std::byte> from, size_t i) {
    float value;
    std::memcpy(&value, from.data() + i * sizeof(float), sizeof(float));
    return value;
}

void store_all(std::span<const std::span<std::byte>> results, size_t i, double value) {
    const auto rounded = static_cast<float>(value);
    for (const std::span<std::byte> result : results)
        std::memcpy(result.data() + i * sizeof(float), &rounded, sizeof(float));
}

void sum(std::span<const std::span<const std::byte>> parts, std::span<const std::span<std::byte>> results) {
    for (size_t i = 0; i < parts[0].size() / sizeof(float); ++i) {
        double total = 0;
        for (const auto part : parts)
            total += load(part, i);
        store_all(results, i, total);
    }
}

void merge_statistics(std::span<const std::span<const std::byte>> parts,
                      std::span<const std::span<std::byte>> results) {
    const size_t channels = parts[0].size() / sizeof(float) / 3;
    for (size_t c = 0; c < channels; ++c) {
        double mean = 0, m2 = 0, count = 0;
        for (const auto part : parts) {
            const double part_count = load(part, 2 * channels + c);
            if (part_count == 0) continue;
            const double delta = load(part, c) - mean;
            const double total = count + part_count;
            mean += delta * part_count / total;
            m2 += load(part, channels + c) + delta * delta * count * part_count / total;
            count = total;
        }
        store_all(results, c, mean);
        store_all(results, channels + c, m2);
        store_all(results, 2 * channels + c, count);
    }
}

// A device may have written where another one reads (SharedStaging).
void copy(std::span<const std::span<const std::byte>> parts, std::span<const std::span<std::byte>> results) {
    for (const std::span<std::byte> result : results)
        if (result.data() != parts[0].data()) std::memcpy(result.data(), parts[0].data(), result.size());
}

}  // namespace

void reduce_on_host(Reduction reduction, std::span<const std::span<const std::byte>> contributions,
                    std::span<const std::span<std::byte>> results) {
    switch (reduction) {
        case Reduction::sum:
            return sum(contributions, results);
        case Reduction::statistics:
            return merge_statistics(contributions, results);
        case Reduction::copy:
            return copy(contributions, results);
    }
}

}  // namespace vkm::graph
