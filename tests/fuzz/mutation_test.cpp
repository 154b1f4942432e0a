// Runs a fuzz target on its seeds and on thousands of mutations of them, the same ones every time. Run it
// with the sanitizers (preset `asan`); for coverage-guided fuzzing see the preset `fuzz`.

#include <fuzz/fuzz_target.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <random>

namespace vkm::test {
namespace {

class Mutator {
  public:
    explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

    std::string next() {
        std::string input = seeds_[below(seeds_.size())];
        for (size_t count = 1 + below(4); count > 0; --count)
            mutate(input);
        return input;
    }

  private:
    /// Returns a number below the bound, 0 for a bound of 0. std::uniform_int_distribution's
    /// differ between libraries.
    size_t below(size_t bound) { return bound ? static_cast<size_t>(random_() % bound) : 0; }

    void mutate(std::string& input) {
        const size_t at = below(input.size()), length = std::min(below(32), input.size() - at);
        switch (below(9)) {
            case 0:
                if (!input.empty()) input[at] ^= static_cast<char>(1 << below(8));
                break;
            case 1:
                if (!input.empty()) input[at] = static_cast<char>(random_());
                break;
            case 2:
                overwrite_integer(input, at);
                break;
            case 3:
                input.insert(at, input.substr(at, length));
                break;
            case 4:
                input.erase(at, length);
                break;
            case 5:
                input.resize(at);
                break;
            case 6:
                input.insert(at, length, static_cast<char>(random_()));
                break;
            case 7:
                splice(input, at);
                break;
            case 8:
                change_digit(input, at);
                break;
        }
    }

    /// Overwrites a little-endian integer by one around 0, the input's size or the limits of its type: sizes
    /// and offsets are where readers go wrong.
    void overwrite_integer(std::string& input, size_t at) {
        const std::array<uint64_t, 8> interesting{
            0,        input.size(), at, uint64_t{1} << 31, uint64_t{1} << 32, uint64_t{1} << 63, ~uint64_t{0},
            random_()};
        const uint64_t value = interesting[below(interesting.size())] + below(3) - 1;
        const size_t width = std::min(size_t{1} << below(4), input.size() - at);
        std::memcpy(input.data() + at, &value, width);
    }

    void splice(std::string& input, size_t at) {
        const std::string& other = seeds_[below(seeds_.size())];
        const size_t from = below(other.size());
        input.replace(at, below(64), other.substr(from, below(64)));
    }

    /// Changes a digit, for numbers in text.
    void change_digit(std::string& input, size_t at) {
        const auto digit = std::find_if(input.begin() + static_cast<ptrdiff_t>(at), input.end(),
                                        [](unsigned char c) { return std::isdigit(c); });
        if (digit == input.end()) return;
        *digit = static_cast<char>('0' + below(10));
        if (below(4) == 0) input.insert(digit, below(20), '9');
    }

    std::vector<std::string> seeds_;
    std::mt19937_64 random_{2024};
};

int run(const std::string& input) {
    // A copy of the exact size, so that AddressSanitizer sees a read past the end.
    const std::vector<uint8_t> exact(input.begin(), input.end());
    return LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

TEST(FuzzTest, AcceptsItsSeeds) {
    const std::vector<std::string> seeds = fuzz_seeds();
    ASSERT_FALSE(seeds.empty());
    for (size_t i = 0; i < seeds.size(); ++i)
        EXPECT_EQ(run(seeds[i]), 0) << "seed " << i;
}

/// VKMBV3_FUZZ_INPUTS asks for more inputs than the usual.
TEST(FuzzTest, SurvivesMutations) {
    const char* asked = std::getenv("VKMBV3_FUZZ_INPUTS");
    const long inputs = asked ? std::atol(asked) : 5'000;
    Mutator mutator(fuzz_seeds());
    for (long i = 0; i < inputs; ++i) {
        const std::string input = mutator.next();
        try {
            run(input);
        } catch (const std::exception& error) {
            FAIL() << "mutation " << i << " (" << input.size() << " bytes): " << error.what();
        }
    }
}

}  // namespace
}  // namespace vkm::test
