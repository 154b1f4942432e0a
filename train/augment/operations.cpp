#include <base/error.h>
#include <train/augment/operations.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace vkm::train {
namespace {

using graph::ops::ColourKind;
using graph::ops::ColourProgram;
using graph::ops::ColourStatistics;

Operation of_kind(ColourKind kind) {
    Operation operation;
    operation.words[0] = static_cast<int32_t>(kind);
    return operation;
}

int32_t fp32_word(double number) {
    return std::bit_cast<int32_t>(static_cast<float>(number));
}

Operation with_factor(ColourKind kind, double factor) {
    Operation operation = of_kind(kind);
    operation.words[1] = fp32_word(factor);
    return operation;
}

Operation from_statistics(ColourStatistics what, double factor = 0) {
    Operation operation = of_kind(ColourKind::statistics);
    operation.words[1] = static_cast<int32_t>(what);
    operation.words[2] = fp32_word(factor);
    return operation;
}

/// Returns a look-up of what `becomes` makes of each byte.
template <typename Becomes>
Operation table(const Becomes& becomes) {
    Operation operation = of_kind(ColourKind::table);
    for (int v = 0; v < 256; ++v) {
        const auto byte = static_cast<uint32_t>(std::clamp(static_cast<int>(becomes(v)), 0, 255));
        int32_t& word = operation.words[static_cast<size_t>(ColourProgram::table_at + v / 4)];
        word = static_cast<int32_t>(static_cast<uint32_t>(word) | byte << (v % 4 * 8));
    }
    return operation;
}

/// Rounds as Python's round(value, 15).
double rounded_to_15_digits(double value) {
    return std::nearbyint(value * 1e15) / 1e15;
}

/// Returns a number in units of 2^-32.
int64_t fixed(double value) {
    return static_cast<int64_t>(std::nearbyint(std::ldexp(value, 32)));
}

/// Returns what Pillow's 16.16 numbers hold of it, in units of 2^-32.
int64_t coarse(double value) {
    return static_cast<int64_t>(std::floor(value * 65536 + 0.5)) * 65536;
}

constexpr bool first_of_a_pass(ColourKind kind, bool pass_wants_statistics) {
    return graph::ops::looks_around(kind) || (kind == ColourKind::statistics && pass_wants_statistics);
}

/// Names operations [begin, end) of a pass, of which one may want statistics.
struct Pass {
    int32_t begin = 0, end = 0, statistics = -1;
};

std::vector<Pass> in_passes(std::span<const ColourKind> kinds) {
    std::vector<Pass> passes;
    for (int32_t i = 0; i < static_cast<int32_t>(kinds.size()); ++i) {
        const ColourKind kind = kinds[static_cast<size_t>(i)];
        if (passes.empty() || first_of_a_pass(kind, passes.back().statistics >= 0)) passes.push_back({i, i});
        passes.back().end = i + 1;
        if (kind == ColourKind::statistics) passes.back().statistics = i;
    }
    return passes;
}

}  // namespace

Operation brightness(double factor) {
    const auto share = static_cast<float>(factor);
    return table([&](int v) { return std::clamp(share * static_cast<float>(v), 0.0f, 255.0f); });
}

Operation contrast(double factor) {
    return from_statistics(ColourStatistics::contrast, factor);
}
Operation auto_contrast() {
    return from_statistics(ColourStatistics::auto_contrast);
}
Operation equalize() {
    return from_statistics(ColourStatistics::equalize);
}
Operation saturation(double factor) {
    return with_factor(ColourKind::saturation, factor);
}
Operation sharpness(double factor) {
    return with_factor(ColourKind::sharpness, factor);
}

Operation hue(double shift) {
    Operation operation = of_kind(ColourKind::hue);
    operation.words[1] = static_cast<int32_t>(shift * 255) & 0xff;
    return operation;
}

Operation posterize(int bits) {
    return table([&](int v) { return v & ~((1 << (8 - std::clamp(bits, 0, 8))) - 1); });
}
Operation solarize(double threshold) {
    return table([&](int v) { return v < threshold ? v : 255 - v; });
}
Operation solarize_add(int added, int threshold) {
    return table([&](int v) { return v < threshold ? v + added : v; });
}
Operation invert() {
    return table([](int v) { return 255 - v; });
}

Operation affine(const std::array<double, 6>& matrix, Resample resample, Rgb outside) {
    constexpr std::array kinds{ColourKind::nearest, ColourKind::bilinear, ColourKind::bicubic};
    Operation operation = of_kind(kinds[static_cast<size_t>(resample)]);
    operation.words[1] = outside[0] | outside[1] << 8 | outside[2] << 16;
    const auto& [a, b, c, d, e, f] = matrix;
    // A pixel is where its middle is. Without interpolation Pillow turns images with numbers of 16 bits behind the
    // point; images that are not turned have others.
    const bool turned = resample == Resample::nearest && (b != 0 || d != 0);
    const auto number = [&](double value) { return turned ? coarse(value) : fixed(value); };
    const std::array numbers{number(a), number(b), number(c + a * 0.5 + b * 0.5),
                             number(d), number(e), number(f + d * 0.5 + e * 0.5)};
    for (size_t i = 0; i < numbers.size(); ++i) {
        operation.words[2 + 2 * i] = static_cast<int32_t>(numbers[i] >> 32);
        operation.words[3 + 2 * i] = static_cast<int32_t>(static_cast<uint32_t>(numbers[i] & 0xffffffff));
    }
    return operation;
}

Operation rotate(double degrees, int size, Resample resample, Rgb outside) {
    double turn = std::fmod(degrees, 360.0);
    if (turn < 0) turn += 360;  // as Python's %
    const double angle = -(turn * (std::numbers::pi / 180));
    const double cosine = rounded_to_15_digits(std::cos(angle)), sine = rounded_to_15_digits(std::sin(angle));
    const double middle = size / 2.0;
    return affine({cosine, sine, cosine * -middle + sine * -middle + middle, -sine, cosine,
                   -sine * -middle + cosine * -middle + middle},
                  resample, outside);
}

int64_t passes_of(std::span<const ColourKind> kinds) {
    return static_cast<int64_t>(in_passes(kinds).size());
}

void write_program(const ColourProgram& layout, std::span<const Operation> operations,
                   std::span<const Erasure> erasures, std::span<int32_t> words) {
    std::vector<ColourKind> kinds;
    for (const Operation& operation : operations)
        kinds.push_back(operation.kind());
    const std::vector<Pass> passes = in_passes(kinds);
    if (static_cast<int64_t>(passes.size()) > layout.passes ||
        static_cast<int64_t>(operations.size()) > layout.operations ||
        static_cast<int64_t>(erasures.size()) > layout.erasures ||
        static_cast<int64_t>(words.size()) != layout.words())
        throw Error("an image's program has {} operations and {} erasures, more than was planned for",
                    operations.size(), erasures.size());
    std::ranges::fill(words, 0);
    // The last pass is the last one that does something; those before it that have nothing to do come first.
    const size_t idle = static_cast<size_t>(layout.passes) - passes.size();
    for (size_t i = 0; i < static_cast<size_t>(layout.passes); ++i) {
        const Pass pass = i < idle ? Pass{} : passes[i - idle];
        const std::array<int32_t, ColourProgram::pass_words> entry{pass.begin, pass.end, i > idle ? 1 : 0,
                                                                   pass.statistics};
        std::ranges::copy(entry, words.begin() + static_cast<ptrdiff_t>(i * entry.size()));
    }
    auto at = words.begin() + layout.operations_at();
    for (const Operation& operation : operations)
        at = std::ranges::copy(operation.words, at).out;
    at = words.begin() + layout.erasures_at();
    for (const Erasure& e : erasures) {
        const std::array<int32_t, 6> entry{
            e.top, e.left, e.height, e.width, static_cast<int32_t>(e.key[0]), static_cast<int32_t>(e.key[1])};
        std::ranges::copy(entry, at);
        at += ColourProgram::erasure_words;
    }
}

}  // namespace vkm::train
