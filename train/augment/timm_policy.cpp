#include <base/error.h>
#include <graph/normal_distribution.h>
#include <train/augment/policies.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

// timm/data/auto_augment.py
namespace vkm::train {
namespace {

using graph::ops::bit;
using graph::ops::ColourKind;

constexpr double most_level = 10;

/// Holds what an operation is made with, besides its level.
struct Draw {
    double level;
    Random& random;
    const PolicyInput& input;
    Resample resample;

    double share() const { return level / most_level; }
    double signed_(double value) const { return random.uniform() > 0.5 ? -value : value; }
    /// Returns a factor from 1 outwards, both ways.
    double increasing() const { return std::max(0.1, 1 + signed_(share() * 0.9)); }
    double enhancing() const { return share() * 1.8 + 0.1; }
    Operation moved(const std::array<double, 6>& matrix) const {
        return affine(matrix, resample, input.mean);
    }
    double shear() const { return signed_(share() * 0.3); }
    double shift() const { return signed_(share() * 0.45) * input.size; }
};

int cut(double value) {
    return static_cast<int>(value);
}

/// Names an operation, the kinds it may have but for moving, and makes it.
struct Row {
    std::string_view name;
    std::optional<ColourKind> kind;  ///< nothing: it moves the image
    Operation (*make)(const Draw&);
};

using enum ColourKind;
constexpr Row rows[] = {
    {"AutoContrast", statistics, [](const Draw&) { return auto_contrast(); }},
    {"Equalize", statistics, [](const Draw&) { return equalize(); }},
    {"Invert", table, [](const Draw&) { return invert(); }},
    {"Rotate",
     {},
     [](const Draw& d) { return rotate(d.signed_(d.share() * 30), d.input.size, d.resample, d.input.mean); }},
    {"Posterize", table, [](const Draw& d) { return posterize(cut(d.share() * 4)); }},
    {"PosterizeIncreasing", table, [](const Draw& d) { return posterize(4 - cut(d.share() * 4)); }},
    {"PosterizeOriginal", table, [](const Draw& d) { return posterize(cut(d.share() * 4) + 4); }},
    {"Solarize", table, [](const Draw& d) { return solarize(cut(d.share() * 256)); }},
    {"SolarizeIncreasing", table, [](const Draw& d) { return solarize(256 - cut(d.share() * 256)); }},
    {"SolarizeAdd", table, [](const Draw& d) { return solarize_add(cut(d.share() * 110)); }},
    {"Color", saturation, [](const Draw& d) { return train::saturation(d.enhancing()); }},
    {"ColorIncreasing", saturation, [](const Draw& d) { return train::saturation(d.increasing()); }},
    {"Contrast", statistics, [](const Draw& d) { return contrast(d.enhancing()); }},
    {"ContrastIncreasing", statistics, [](const Draw& d) { return contrast(d.increasing()); }},
    {"Brightness", table, [](const Draw& d) { return brightness(d.enhancing()); }},
    {"BrightnessIncreasing", table, [](const Draw& d) { return brightness(d.increasing()); }},
    {"Sharpness", sharpness, [](const Draw& d) { return train::sharpness(d.enhancing()); }},
    {"SharpnessIncreasing", sharpness, [](const Draw& d) { return train::sharpness(d.increasing()); }},
    {"ShearX",
     {},
     [](const Draw& d) {
         return d.moved({1, d.shear(), 0, 0, 1, 0});
     }},
    {"ShearY",
     {},
     [](const Draw& d) {
         return d.moved({1, 0, 0, d.shear(), 1, 0});
     }},
    {"TranslateXRel",
     {},
     [](const Draw& d) {
         return d.moved({1, 0, d.shift(), 0, 1, 0});
     }},
    {"TranslateYRel",
     {},
     [](const Draw& d) {
         return d.moved({1, 0, 0, 0, 1, d.shift()});
     }},
};

const Row& row_of(std::string_view name) {
    const auto* row = std::ranges::find(rows, name, &Row::name);
    if (row == std::end(rows)) throw Error("there is no operation {}", name);
    return *row;
}

/// Says how an operation's level is drawn around what it should be.
struct Magnitude {
    double deviation = 0;  ///< infinite: uniform from 0
    double most = most_level;

    double draw(double level, Random& random) const {
        if (std::isinf(deviation))
            level = random.uniform(0, level);
        else if (deviation > 0)
            level += deviation * normal(random);
        return std::clamp(level, 0.0, most);
    }

  private:
    static double normal(Random& random) {
        const uint64_t a = random.bits(), b = random.bits();
        return graph::box_muller({static_cast<uint32_t>(a >> 32), static_cast<uint32_t>(a),
                                  static_cast<uint32_t>(b >> 32), static_cast<uint32_t>(b)})[0];
    }
};

// timm's "mstd" beyond this means uniform.
constexpr double most_deviation = 100;
double deviation_of(double mstd) {
    return mstd > most_deviation ? std::numeric_limits<double>::infinity() : mstd;
}

/// Holds what both kinds of policy share: operations that are done or not, at levels drawn anew.
class TimmPolicy : public Policy {
  protected:
    TimmPolicy(const Magnitude& magnitude, TrainInterpolation interpolation)
        : magnitude_(magnitude), interpolation_(interpolation) {}

    void add(std::vector<Operation>& operations, const Row& row, double probability, double level,
             Random& random, const PolicyInput& input) const {
        if (probability < 1 && random.uniform() > probability) return;
        level = magnitude_.draw(level, random);
        operations.push_back(row.make({level, random, input, resample_of(interpolation_, random)}));
    }
    uint32_t kinds(const Row& row) const { return row.kind ? bit(*row.kind) : kinds_of(interpolation_); }

  private:
    Magnitude magnitude_;
    TrainInterpolation interpolation_;
};

/// Names an operation that RandAugment draws, the one in its place whose effect grows with the level, and the weight
/// that "w0" gives it.
struct Choice {
    std::string_view name, increasing;
    double weight;
};
constexpr Choice choices[] = {
    {"AutoContrast", "AutoContrast", 0.025},
    {"Equalize", "Equalize", 0.005},
    {"Invert", "Invert", 0},
    {"Rotate", "Rotate", 0.3},
    {"Posterize", "PosterizeIncreasing", 0},
    {"Solarize", "SolarizeIncreasing", 0.005},
    {"SolarizeAdd", "SolarizeAdd", 0.005},
    {"Color", "ColorIncreasing", 0.025},
    {"Contrast", "ContrastIncreasing", 0.005},
    {"Brightness", "BrightnessIncreasing", 0.005},
    {"Sharpness", "SharpnessIncreasing", 0.025},
    {"ShearX", "ShearX", 0.2},
    {"ShearY", "ShearY", 0.2},
    {"TranslateXRel", "TranslateXRel", 0.1},
    {"TranslateYRel", "TranslateYRel", 0.1},
};

class RandAugment final : public TimmPolicy {
  public:
    struct Options {
        double level = most_level, probability = 0.5;
        int64_t count = 2;
        bool increasing = false, weighted = false;
    };
    RandAugment(const Options& options, const Magnitude& magnitude, TrainInterpolation interpolation)
        : TimmPolicy(magnitude, interpolation), options_(options) {
        for (const Choice& choice : choices) {
            rows_.push_back(&row_of(options.increasing ? choice.increasing : choice.name));
            weights_.push_back(choice.weight);
        }
    }

    std::vector<Operation> draw(Random& random, const PolicyInput& input) const override {
        std::vector<Operation> operations;
        for (const size_t i : chosen(random))
            add(operations, *rows_[i], options_.probability, options_.level, random, input);
        return operations;
    }

    ProgramNeeds needs() const override {
        ProgramNeeds needs{options_.count, options_.count, 0};
        for (const Row* row : rows_)
            needs.kinds |= kinds(*row);
        return needs;
    }

  private:
    std::vector<size_t> chosen(Random& random) const {
        std::vector<size_t> result;
        std::vector<double> weights = weights_;
        while (static_cast<int64_t>(result.size()) < options_.count) {
            if (!options_.weighted) {
                result.push_back(random.below(static_cast<uint32_t>(rows_.size())));
                continue;
            }
            // Weighted ones are drawn without replacement.
            double total = 0;
            for (const double weight : weights)
                total += weight;
            double at = random.uniform(0, total);
            size_t i = 0;
            while (i + 1 < weights.size() && (weights[i] == 0 || at >= weights[i]))
                at -= weights[i++];
            while (weights[i] == 0)  // rounding
                --i;
            result.push_back(i);
            weights[i] = 0;
        }
        return result;
    }

    Options options_;
    std::vector<const Row*> rows_;
    std::vector<double> weights_;
};

// Beyond this no image is left of any operation.
constexpr double most_magnitude = 1000;
constexpr int64_t most_operations = 16;

std::shared_ptr<const Policy> make_rand_augment(std::string_view text, TrainInterpolation interpolation) {
    constexpr std::array<std::string_view, 7> known{"m", "n", "mstd", "mmax", "inc", "w", "p"};
    RandAugment::Options options;
    Magnitude magnitude;
    for (const auto& [name, value] : policy_options(text, known)) {
        if ((name == "m" || name == "mmax") && value > most_magnitude)
            throw Error("'{}': {} is {}; it is {} at most", text, name, value, most_magnitude);
        if (name == "p" && value > 1)
            throw Error("'{}': p is {}; give a probability from 0 to 1", text, value);
        if (name == "m") options.level = value;
        if (name == "n") options.count = whole_option(text, {name, value}, 1, most_operations);
        if (name == "mstd") magnitude.deviation = deviation_of(value);
        if (name == "mmax") magnitude.most = value;
        if (name == "inc") options.increasing = value != 0;
        if (name == "w") options.weighted = true;
        if (name == "p") options.probability = value;
        if (name == "w" && value != 0) throw Error("'{}': there is one set of weights, w0", text);
    }
    const auto weighted = std::ranges::count_if(choices, [](const Choice& c) { return c.weight > 0; });
    if (options.weighted && options.count > weighted)
        throw Error("'{}': n is {}; it can be 1 to {}", text, options.count, weighted);
    return std::make_shared<RandAugment>(options, magnitude, interpolation);
}

struct Step {
    std::string_view name;
    double probability, level;
};
using Pair = std::array<Step, 2>;

constexpr Pair original[] = {
    {{{"PosterizeOriginal", 0.4, 8}, {"Rotate", 0.6, 9}}},
    {{{"Solarize", 0.6, 5}, {"AutoContrast", 0.6, 5}}},
    {{{"Equalize", 0.8, 8}, {"Equalize", 0.6, 3}}},
    {{{"PosterizeOriginal", 0.6, 7}, {"PosterizeOriginal", 0.6, 6}}},
    {{{"Equalize", 0.4, 7}, {"Solarize", 0.2, 4}}},
    {{{"Equalize", 0.4, 4}, {"Rotate", 0.8, 8}}},
    {{{"Solarize", 0.6, 3}, {"Equalize", 0.6, 7}}},
    {{{"PosterizeOriginal", 0.8, 5}, {"Equalize", 1.0, 2}}},
    {{{"Rotate", 0.2, 3}, {"Solarize", 0.6, 8}}},
    {{{"Equalize", 0.6, 8}, {"PosterizeOriginal", 0.4, 6}}},
    {{{"Rotate", 0.8, 8}, {"Color", 0.4, 0}}},
    {{{"Rotate", 0.4, 9}, {"Equalize", 0.6, 2}}},
    {{{"Equalize", 0.0, 7}, {"Equalize", 0.8, 8}}},
    {{{"Invert", 0.6, 4}, {"Equalize", 1.0, 8}}},
    {{{"Color", 0.6, 4}, {"Contrast", 1.0, 8}}},
    {{{"Rotate", 0.8, 8}, {"Color", 1.0, 2}}},
    {{{"Color", 0.8, 8}, {"Solarize", 0.8, 7}}},
    {{{"Sharpness", 0.4, 7}, {"Invert", 0.6, 8}}},
    {{{"ShearX", 0.6, 5}, {"Equalize", 1.0, 9}}},
    {{{"Color", 0.4, 0}, {"Equalize", 0.6, 3}}},
    {{{"Equalize", 0.4, 7}, {"Solarize", 0.2, 4}}},
    {{{"Solarize", 0.6, 5}, {"AutoContrast", 0.6, 5}}},
    {{{"Invert", 0.6, 4}, {"Equalize", 1.0, 8}}},
    {{{"Color", 0.6, 4}, {"Contrast", 1.0, 8}}},
    {{{"Equalize", 0.8, 8}, {"Equalize", 0.6, 3}}},
};

constexpr Pair v0[] = {
    {{{"Equalize", 0.8, 1}, {"ShearY", 0.8, 4}}},        {{{"Color", 0.4, 9}, {"Equalize", 0.6, 3}}},
    {{{"Color", 0.4, 1}, {"Rotate", 0.6, 8}}},           {{{"Solarize", 0.8, 3}, {"Equalize", 0.4, 7}}},
    {{{"Solarize", 0.4, 2}, {"Solarize", 0.6, 2}}},      {{{"Color", 0.2, 0}, {"Equalize", 0.8, 8}}},
    {{{"Equalize", 0.4, 8}, {"SolarizeAdd", 0.8, 3}}},   {{{"ShearX", 0.2, 9}, {"Rotate", 0.6, 8}}},
    {{{"Color", 0.6, 1}, {"Equalize", 1.0, 2}}},         {{{"Invert", 0.4, 9}, {"Rotate", 0.6, 0}}},
    {{{"Equalize", 1.0, 9}, {"ShearY", 0.6, 3}}},        {{{"Color", 0.4, 7}, {"Equalize", 0.6, 0}}},
    {{{"Posterize", 0.4, 6}, {"AutoContrast", 0.4, 7}}}, {{{"Solarize", 0.6, 8}, {"Color", 0.6, 9}}},
    {{{"Solarize", 0.2, 4}, {"Rotate", 0.8, 9}}},        {{{"Rotate", 1.0, 7}, {"TranslateYRel", 0.8, 9}}},
    {{{"ShearX", 0.0, 0}, {"Solarize", 0.8, 4}}},        {{{"ShearY", 0.8, 0}, {"Color", 0.6, 4}}},
    {{{"Color", 1.0, 0}, {"Rotate", 0.6, 2}}},           {{{"Equalize", 0.8, 4}, {"Equalize", 0.0, 8}}},
    {{{"Equalize", 1.0, 4}, {"AutoContrast", 0.6, 2}}},  {{{"ShearY", 0.4, 7}, {"SolarizeAdd", 0.6, 7}}},
    {{{"Posterize", 0.8, 2}, {"Solarize", 0.6, 10}}},    {{{"Solarize", 0.6, 8}, {"Equalize", 0.6, 1}}},
    {{{"Color", 0.8, 6}, {"Rotate", 0.4, 5}}},
};

class AutoAugment final : public TimmPolicy {
  public:
    /// `other_posterize`: keeps fewer bits the higher its level is, in the place of the table's.
    AutoAugment(std::span<const Pair> pairs, bool other_posterize, const Magnitude& magnitude,
                TrainInterpolation interpolation)
        : TimmPolicy(magnitude, interpolation), pairs_(pairs), other_posterize_(other_posterize) {}

    std::vector<Operation> draw(Random& random, const PolicyInput& input) const override {
        std::vector<Operation> operations;
        for (const Step& step : pairs_[random.below(static_cast<uint32_t>(pairs_.size()))])
            add(operations, row(step), step.probability, step.level, random, input);
        return operations;
    }

    ProgramNeeds needs() const override {
        ProgramNeeds needs{2, 2, 0};
        for (const Pair& pair : pairs_)
            for (const Step& step : pair)
                needs.kinds |= kinds(row(step));
        return needs;
    }

  private:
    const Row& row(const Step& step) const {
        const bool other = other_posterize_ && step.name.starts_with("Posterize");
        return row_of(other ? "PosterizeIncreasing" : step.name);
    }

    std::span<const Pair> pairs_;
    bool other_posterize_;
};

template <const auto& pairs, bool other_posterize>
std::shared_ptr<const Policy> make_auto_augment(std::string_view text, TrainInterpolation interpolation) {
    constexpr std::array<std::string_view, 1> known{"mstd"};
    Magnitude magnitude;
    for (const auto& [name, value] : policy_options(text, known))
        magnitude.deviation = value;
    return std::make_shared<AutoAugment>(pairs, other_posterize, magnitude, interpolation);
}

constexpr PolicyRow policies[] = {
    {"rand", make_rand_augment},
    {"original", make_auto_augment<original, false>},
    {"originalr", make_auto_augment<original, true>},
    {"v0", make_auto_augment<v0, false>},
    {"v0r", make_auto_augment<v0, true>},
};

}  // namespace

std::span<const PolicyRow> timm_policies() {
    return policies;
}

}  // namespace vkm::train
