#include <base/error.h>
#include <train/augment/policies.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

// torchvision/transforms/autoaugment.py
namespace vkm::train {
namespace {

using graph::ops::bit;
using graph::ops::ColourKind;

/// Returns element i of torch.linspace(start, end, count), which is fp32 and computed from both ends.
float linspace(double start, double end, int64_t count, int64_t i) {
    const auto from = static_cast<float>(start), to = static_cast<float>(end);
    if (count == 1) return from;
    const float step = (to - from) / static_cast<float>(count - 1);
    return i < count / 2 ? from + step * static_cast<float>(i)
                         : to - step * static_cast<float>(count - i - 1);
}

/// Holds what an operation is made with.
struct Draw {
    double magnitude;
    const PolicyInput& input;
    Resample resample;

    Operation moved(const std::array<double, 6>& matrix) const { return affine(matrix, resample, {}); }
    /// Returns the tangent as torchvision comes by it: through degrees.
    double shear() const {
        constexpr double degree = 3.14159265358979323846 / 180;
        return std::tan(std::atan(magnitude) / degree * degree);
    }
    double whole() const { return std::trunc(magnitude); }
};

/// Names an operation; says which of the magnitudes' ranges it has (Ranges), whether they may be negative; makes it.
enum class Range : uint8_t { none, shear, translation, angle, factor, bits, threshold };
struct Row {
    std::string_view name;
    std::optional<ColourKind> kind;  ///< nothing: it moves the image, or does nothing
    Range range;
    Operation (*make)(const Draw&);
};

constexpr bool has_sign(Range range) {
    return range >= Range::shear && range <= Range::factor;
}

using enum ColourKind;
constexpr Row rows[] = {
    {"Identity", none, Range::none, nullptr},
    {"ShearX",
     {},
     Range::shear,
     [](const Draw& d) {
         return d.moved({1, d.shear(), 0, 0, 1, 0});
     }},
    {"ShearY",
     {},
     Range::shear,
     [](const Draw& d) {
         return d.moved({1, 0, 0, d.shear(), 1, 0});
     }},
    {"TranslateX",
     {},
     Range::translation,
     [](const Draw& d) {
         return d.moved({1, 0, -d.whole(), 0, 1, 0});
     }},
    {"TranslateY",
     {},
     Range::translation,
     [](const Draw& d) {
         return d.moved({1, 0, 0, 0, 1, -d.whole()});
     }},
    {"Rotate",
     {},
     Range::angle,
     [](const Draw& d) { return rotate(d.magnitude, d.input.size, d.resample, {}); }},
    {"Brightness", table, Range::factor, [](const Draw& d) { return brightness(1 + d.magnitude); }},
    {"Color", saturation, Range::factor, [](const Draw& d) { return train::saturation(1 + d.magnitude); }},
    {"Contrast", statistics, Range::factor, [](const Draw& d) { return contrast(1 + d.magnitude); }},
    {"Sharpness", sharpness, Range::factor, [](const Draw& d) { return train::sharpness(1 + d.magnitude); }},
    {"Posterize", table, Range::bits, [](const Draw& d) { return posterize(static_cast<int>(d.magnitude)); }},
    {"Solarize", table, Range::threshold, [](const Draw& d) { return solarize(d.magnitude); }},
    {"AutoContrast", statistics, Range::none, [](const Draw&) { return auto_contrast(); }},
    {"Equalize", statistics, Range::none, [](const Draw&) { return equalize(); }},
    {"Invert", table, Range::none, [](const Draw&) { return invert(); }},
};
// RandAugment and TrivialAugment draw from all but Invert.
constexpr size_t drawn_rows = std::size(rows) - 1;

const Row& row_of(std::string_view name) {
    const auto* row = std::ranges::find(rows, name, &Row::name);
    if (row == std::end(rows)) throw Error("there is no operation {}", name);
    return *row;
}

/// Says how far magnitudes reach.
struct Ranges {
    double shear, factor, angle;
    std::optional<double> translation;  ///< pixels; nothing: 150 of 331 parts of the size
    double bits;                        ///< that are taken away

    static constexpr double size_parts = 150.0 / 331.0;

    double at(Range range, int64_t bins, int64_t bin, int size) const {
        switch (range) {
            case Range::none:
                return 0;
            case Range::shear:
                return linspace(0, shear, bins, bin);
            case Range::translation:
                return linspace(0, translation.value_or(size_parts * size), bins, bin);
            case Range::angle:
                return linspace(0, angle, bins, bin);
            case Range::factor:
                return linspace(0, factor, bins, bin);
            case Range::bits:
                return 8 - std::nearbyint(static_cast<float>(bin) / static_cast<float>((bins - 1) / bits));
            case Range::threshold:
                return linspace(255, 0, bins, bin);
        }
        return 0;
    }
};
constexpr Ranges narrow{0.3, 0.9, 30, {}, 4}, wide{0.99, 0.99, 135, 32, 6};

class TorchvisionPolicy : public Policy {
  protected:
    TorchvisionPolicy(const Ranges& ranges, int64_t bins, TrainInterpolation interpolation)
        : ranges_(ranges), bins_(bins), interpolation_(interpolation) {}

    void add(std::vector<Operation>& operations, const Row& row, int64_t bin, bool negative, Random& random,
             const PolicyInput& input) const {
        if (row.make == nullptr) return;
        double magnitude = ranges_.at(row.range, bins_, bin, input.size);
        if (has_sign(row.range) && negative) magnitude = -magnitude;
        operations.push_back(row.make({magnitude, input, resample_of(interpolation_, random)}));
    }
    int64_t bins() const { return bins_; }
    uint32_t kinds(const Row& row) const { return row.kind ? bit(*row.kind) : kinds_of(interpolation_); }
    uint32_t drawn_kinds() const {
        uint32_t all = 0;
        for (size_t i = 1; i < drawn_rows; ++i)
            all |= kinds(rows[i]);
        return all;
    }

  private:
    Ranges ranges_;
    int64_t bins_;
    TrainInterpolation interpolation_;
};

class RandAugment final : public TorchvisionPolicy {
  public:
    RandAugment(int64_t count, int64_t bin, int64_t bins, TrainInterpolation interpolation)
        : TorchvisionPolicy(narrow, bins, interpolation), count_(count), bin_(bin) {}

    std::vector<Operation> draw(Random& random, const PolicyInput& input) const override {
        std::vector<Operation> operations;
        for (int64_t i = 0; i < count_; ++i) {
            const Row& row = rows[random.below(drawn_rows)];
            add(operations, row, bin_, random.below(2) == 1, random, input);
        }
        return operations;
    }
    ProgramNeeds needs() const override { return {count_, count_, drawn_kinds()}; }

  private:
    int64_t count_, bin_;
};

class TrivialAugmentWide final : public TorchvisionPolicy {
  public:
    TrivialAugmentWide(int64_t bins, TrainInterpolation interpolation)
        : TorchvisionPolicy(wide, bins, interpolation) {}

    std::vector<Operation> draw(Random& random, const PolicyInput& input) const override {
        std::vector<Operation> operations;
        const Row& row = rows[random.below(drawn_rows)];
        const auto bin = static_cast<int64_t>(random.below(static_cast<uint32_t>(bins())));
        add(operations, row, bin, random.below(2) == 1, random, input);
        return operations;
    }
    ProgramNeeds needs() const override { return {1, 1, drawn_kinds()}; }
};

struct Step {
    std::string_view name;
    double probability;
    int64_t bin = 0;
};
using Pair = std::array<Step, 2>;

constexpr Pair imagenet[] = {
    {{{"Posterize", 0.4, 8}, {"Rotate", 0.6, 9}}}, {{{"Solarize", 0.6, 5}, {"AutoContrast", 0.6}}},
    {{{"Equalize", 0.8}, {"Equalize", 0.6}}},      {{{"Posterize", 0.6, 7}, {"Posterize", 0.6, 6}}},
    {{{"Equalize", 0.4}, {"Solarize", 0.2, 4}}},   {{{"Equalize", 0.4}, {"Rotate", 0.8, 8}}},
    {{{"Solarize", 0.6, 3}, {"Equalize", 0.6}}},   {{{"Posterize", 0.8, 5}, {"Equalize", 1.0}}},
    {{{"Rotate", 0.2, 3}, {"Solarize", 0.6, 8}}},  {{{"Equalize", 0.6}, {"Posterize", 0.4, 6}}},
    {{{"Rotate", 0.8, 8}, {"Color", 0.4, 0}}},     {{{"Rotate", 0.4, 9}, {"Equalize", 0.6}}},
    {{{"Equalize", 0.0}, {"Equalize", 0.8}}},      {{{"Invert", 0.6}, {"Equalize", 1.0}}},
    {{{"Color", 0.6, 4}, {"Contrast", 1.0, 8}}},   {{{"Rotate", 0.8, 8}, {"Color", 1.0, 2}}},
    {{{"Color", 0.8, 8}, {"Solarize", 0.8, 7}}},   {{{"Sharpness", 0.4, 7}, {"Invert", 0.6}}},
    {{{"ShearX", 0.6, 5}, {"Equalize", 1.0}}},     {{{"Color", 0.4, 0}, {"Equalize", 0.6}}},
    {{{"Equalize", 0.4}, {"Solarize", 0.2, 4}}},   {{{"Solarize", 0.6, 5}, {"AutoContrast", 0.6}}},
    {{{"Invert", 0.6}, {"Equalize", 1.0}}},        {{{"Color", 0.6, 4}, {"Contrast", 1.0, 8}}},
    {{{"Equalize", 0.8}, {"Equalize", 0.6}}},
};
constexpr Pair cifar10[] = {
    {{{"Invert", 0.1}, {"Contrast", 0.2, 6}}},         {{{"Rotate", 0.7, 2}, {"TranslateX", 0.3, 9}}},
    {{{"Sharpness", 0.8, 1}, {"Sharpness", 0.9, 3}}},  {{{"ShearY", 0.5, 8}, {"TranslateY", 0.7, 9}}},
    {{{"AutoContrast", 0.5}, {"Equalize", 0.9}}},      {{{"ShearY", 0.2, 7}, {"Posterize", 0.3, 7}}},
    {{{"Color", 0.4, 3}, {"Brightness", 0.6, 7}}},     {{{"Sharpness", 0.3, 9}, {"Brightness", 0.7, 9}}},
    {{{"Equalize", 0.6}, {"Equalize", 0.5}}},          {{{"Contrast", 0.6, 7}, {"Sharpness", 0.6, 5}}},
    {{{"Color", 0.7, 7}, {"TranslateX", 0.5, 8}}},     {{{"Equalize", 0.3}, {"AutoContrast", 0.4}}},
    {{{"TranslateY", 0.4, 3}, {"Sharpness", 0.2, 6}}}, {{{"Brightness", 0.9, 6}, {"Color", 0.2, 8}}},
    {{{"Solarize", 0.5, 2}, {"Invert", 0.0}}},         {{{"Equalize", 0.2}, {"AutoContrast", 0.6}}},
    {{{"Equalize", 0.2}, {"Equalize", 0.6}}},          {{{"Color", 0.9, 9}, {"Equalize", 0.6}}},
    {{{"AutoContrast", 0.8}, {"Solarize", 0.2, 8}}},   {{{"Brightness", 0.1, 3}, {"Color", 0.7, 0}}},
    {{{"Solarize", 0.4, 5}, {"AutoContrast", 0.9}}},   {{{"TranslateY", 0.9, 9}, {"TranslateY", 0.7, 9}}},
    {{{"AutoContrast", 0.9}, {"Solarize", 0.8, 3}}},   {{{"Equalize", 0.8}, {"Invert", 0.1}}},
    {{{"TranslateY", 0.7, 9}, {"AutoContrast", 0.9}}},
};
constexpr Pair svhn[] = {
    {{{"ShearX", 0.9, 4}, {"Invert", 0.2}}},          {{{"ShearY", 0.9, 8}, {"Invert", 0.7}}},
    {{{"Equalize", 0.6}, {"Solarize", 0.6, 6}}},      {{{"Invert", 0.9}, {"Equalize", 0.6}}},
    {{{"Equalize", 0.6}, {"Rotate", 0.9, 3}}},        {{{"ShearX", 0.9, 4}, {"AutoContrast", 0.8}}},
    {{{"ShearY", 0.9, 8}, {"Invert", 0.4}}},          {{{"ShearY", 0.9, 5}, {"Solarize", 0.2, 6}}},
    {{{"Invert", 0.9}, {"AutoContrast", 0.8}}},       {{{"Equalize", 0.6}, {"Rotate", 0.9, 3}}},
    {{{"ShearX", 0.9, 4}, {"Solarize", 0.3, 3}}},     {{{"ShearY", 0.8, 8}, {"Invert", 0.7}}},
    {{{"Equalize", 0.9}, {"TranslateY", 0.6, 6}}},    {{{"Invert", 0.9}, {"Equalize", 0.6}}},
    {{{"Contrast", 0.3, 3}, {"Rotate", 0.8, 4}}},     {{{"Invert", 0.8}, {"TranslateY", 0.0, 2}}},
    {{{"ShearY", 0.7, 6}, {"Solarize", 0.4, 8}}},     {{{"Invert", 0.6}, {"Rotate", 0.8, 4}}},
    {{{"ShearY", 0.3, 7}, {"TranslateX", 0.9, 3}}},   {{{"ShearX", 0.1, 6}, {"Invert", 0.6}}},
    {{{"Solarize", 0.7, 2}, {"TranslateY", 0.6, 7}}}, {{{"ShearY", 0.8, 4}, {"Invert", 0.8}}},
    {{{"ShearX", 0.7, 9}, {"TranslateY", 0.8, 3}}},   {{{"ShearY", 0.8, 5}, {"AutoContrast", 0.7}}},
    {{{"ShearX", 0.7, 2}, {"Invert", 0.1}}},
};

constexpr int64_t auto_augment_bins = 10;

class AutoAugment final : public TorchvisionPolicy {
  public:
    AutoAugment(std::span<const Pair> pairs, TrainInterpolation interpolation)
        : TorchvisionPolicy(narrow, auto_augment_bins, interpolation), pairs_(pairs) {}

    std::vector<Operation> draw(Random& random, const PolicyInput& input) const override {
        std::vector<Operation> operations;
        for (const Step& step : pairs_[random.below(static_cast<uint32_t>(pairs_.size()))]) {
            const bool done = random.uniform() <= step.probability, negative = random.below(2) == 0;
            if (done) add(operations, row_of(step.name), step.bin, negative, random, input);
        }
        return operations;
    }
    ProgramNeeds needs() const override {
        ProgramNeeds needs{2, 2, 0};
        for (const Pair& pair : pairs_)
            for (const Step& step : pair)
                needs.kinds |= kinds(row_of(step.name));
        return needs;
    }

  private:
    std::span<const Pair> pairs_;
};

constexpr int64_t default_bins = 31, least_bins = 2, most_bins = 1000, most_count = 16;

std::shared_ptr<const Policy> make_rand_augment(std::string_view text, TrainInterpolation interpolation) {
    constexpr std::array<std::string_view, 3> known{"m", "n", "bins"};
    int64_t magnitude = 9, count = 2, bins = default_bins;
    for (const PolicyOption& option : policy_options(text, known)) {
        if (option.name == "m") magnitude = whole_option(text, option, 0, most_bins);
        if (option.name == "n") count = whole_option(text, option, 1, most_count);
        if (option.name == "bins") bins = whole_option(text, option, least_bins, most_bins);
    }
    if (magnitude >= bins) throw Error("'{}': a magnitude is one of {} bins, 0 to {}", text, bins, bins - 1);
    return std::make_shared<RandAugment>(count, magnitude, bins, interpolation);
}

std::shared_ptr<const Policy> make_trivial_augment(std::string_view text, TrainInterpolation interpolation) {
    constexpr std::array<std::string_view, 1> known{"bins"};
    int64_t bins = default_bins;
    for (const PolicyOption& option : policy_options(text, known))
        bins = whole_option(text, option, least_bins, most_bins);
    return std::make_shared<TrivialAugmentWide>(bins, interpolation);
}

template <const auto& pairs>
std::shared_ptr<const Policy> make_auto_augment(std::string_view text, TrainInterpolation interpolation) {
    policy_options(text, {});
    return std::make_shared<AutoAugment>(pairs, interpolation);
}

constexpr PolicyRow policies[] = {
    {"ra", make_rand_augment},
    {"ta_wide", make_trivial_augment},
    {"imagenet", make_auto_augment<imagenet>},
    {"cifar10", make_auto_augment<cifar10>},
    {"svhn", make_auto_augment<svhn>},
};

}  // namespace

std::span<const PolicyRow> torchvision_policies() {
    return policies;
}

}  // namespace vkm::train
