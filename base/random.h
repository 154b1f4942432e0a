#pragma once

#include <cstdint>
#include <initializer_list>

namespace vkm {

/// Names what a random number is for. It is part of every key, so that no two uses share a sequence.
enum class RandomStream : uint64_t {
    shuffle = 1,
    random_resized_crop = 2,
    synthetic = 3,
    validation_split = 4,
    mixing = 5,
    interpolation = 6,
    colours = 7,
    erasing = 8,
    shuffle_windows = 9,
    packing = 10
};

/// Draws random numbers by SplitMix64, started from a key. They depend on what they are for (seed, epoch,
/// sample index), never on which worker draws them or when. The standard library's distributions differ
/// between implementations, so none is used.
class Random {
  public:
    Random(RandomStream stream, std::initializer_list<uint64_t> key)
        : state_(mix(static_cast<uint64_t>(stream))) {
        for (const uint64_t word : key)
            state_ = mix(state_ ^ mix(word + golden));
    }

    uint64_t bits() { return mix(state_ += golden); }

    /// Returns a number uniform in [0, 1), a multiple of 2^-53.
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }

    /// Returns an integer exactly uniform in 0 .. n - 1 (Lemire's multiply-and-reject). n > 0.
    uint32_t below(uint32_t n) {
        const uint32_t threshold = -n % n;  // 2^32 mod n: with so many rejected, n divides the rest
        for (;;) {
            const uint64_t product = (bits() >> 32) * n;
            if (static_cast<uint32_t>(product) >= threshold) return static_cast<uint32_t>(product >> 32);
        }
    }

  private:
    static constexpr uint64_t golden = 0x9e3779b97f4a7c15;

    static uint64_t mix(uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    uint64_t state_;
};

}  // namespace vkm
