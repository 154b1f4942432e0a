#include "commands/training/augment_options.h"

#include "cli/common_options.h"
#include "cli/usage_error.h"

#include <base/error.h>
#include <base/text.h>
#include <train/augment/policy.h>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace vkm::apps {
namespace {

using train::Augmentation;
using train::Crop;

template <typename T>
struct Named {
    std::string_view name;
    T value;
};
constexpr std::array interpolations{Named{"bilinear", train::TrainInterpolation::bilinear},
                                    Named{"bicubic", train::TrainInterpolation::bicubic},
                                    Named{"random", train::TrainInterpolation::random}};
constexpr std::array erase_modes{Named{"const", train::EraseMode::zero},
                                 Named{"rand", train::EraseMode::colour},
                                 Named{"pixel", train::EraseMode::noise}};

template <typename Rows>
auto value_of(const Rows& rows, const std::string& option, std::string_view name) {
    using Row = typename Rows::value_type;
    if (const auto row = std::ranges::find(rows, name, &Row::name); row != rows.end()) return row->value;
    std::vector<std::string_view> names;
    for (const Row& row : rows)
        names.push_back(row.name);
    throw UsageError(
        fmt::format("{} {}: use {}{}", option, name, listed(names, "or"), did_you_mean(name, names)));
}

std::vector<std::string_view> augmentation_names() {
    std::vector<std::string_view> names;
    for (const train::NamedAugmentation& row : train::augmentations())
        names.push_back(row.name);
    return names;
}

CLI::Validator known_augmentation() {
    return {[](std::string& name) -> std::string {
                const std::vector<std::string_view> names = augmentation_names();
                if (std::ranges::find(names, name) != names.end()) return {};
                return fmt::format("'{}' is no augmentation{}: use {}", name, did_you_mean(name, names),
                                   listed(names, "or"));
            },
            ""};
}

/// Parses "0.4" as timm does, for brightness, contrast and saturation, and "0.4,0.4,0.4" or "0.4,0.4,0.4,0.1".
std::array<double, 4> parse_jitter(const std::string& text) {
    std::array<double, 4> jitter{};
    if (text.empty()) return jitter;
    std::vector<double> numbers = parse_numbers(text, "--color-jitter");
    if (numbers.size() == 1) numbers.assign(3, numbers.front());
    if (numbers.size() < 3 || numbers.size() > 4)
        throw UsageError(fmt::format(
            "--color-jitter {}: give one number, or three of brightness, contrast and saturation, or hue as a fourth",
            text));
    std::ranges::copy(numbers, jitter.begin());
    if (std::ranges::any_of(jitter, [](double v) { return !(v >= 0); }))
        throw UsageError(fmt::format("--color-jitter {}: numbers are 0 or more", text));
    if (jitter[3] > 0.5) throw UsageError(fmt::format("--color-jitter {}: hue is at most 0.5", text));
    return jitter;
}

std::array<double, 2> parse_range(const std::vector<double>& given, const std::string& option, double least,
                                  double most) {
    if (!(given[0] > least && given[0] <= given[1] && given[1] <= most))
        throw UsageError(fmt::format("{} {} {}: give two numbers above {}{}, the smaller one first", option,
                                     given[0], given[1], least,
                                     most < 1e6 ? fmt::format(" and up to {}", most) : ""));
    return {given[0], given[1]};
}

}  // namespace

void AugmentArguments::add(CLI::App& app, const std::string& group) {
    app_ = &app;
    app.add_option("--augment", name_,
                   "crop-pad4, random-resized-crop or none (default: crop-pad4 below 96 px)")
        ->check(known_augmentation())
        ->group(group);
    app.add_flag("--no-augment", none_, "the same as --augment none")->group(group);
    app.add_option("--scale", scale_, "shares of the image's area that random-resized-crop takes: 0.08,1")
        ->expected(2)
        ->delimiter(',')
        ->group(group);
    app.add_option("--ratio", ratio_, "widths by heights that it takes: 0.75,1.3333")
        ->expected(2)
        ->delimiter(',')
        ->group(group);
    app.add_option("--train-interpolation", interpolation_,
                   "bilinear, bicubic or random: how training scales and turns images")
        ->group(group);
    app.add_option("--hflip", flip_, "probability of a mirror image (default: 0.5, with none 0)")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    app.add_option("--vflip", vertical_flip_, "probability of one upside down")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    app.add_option(
           "--color-jitter", jitter_,
           "by how much brightness, contrast and saturation vary: 0.4, or 0.4,0.4,0.4, or with hue 0.4,0.4,0.4,0.1")
        ->group(group);
    app.add_option(
           "--aa,--auto-augment", policy_,
           "RandAugment, AutoAugment or TrivialAugment: timm's rand-m9-mstd0.5-inc1, original or v0, torchvision's "
           "ra, ta_wide, imagenet, cifar10 or svhn")
        ->group(group);
    app.add_option("--reprob", erase_, "probability of erasing parts of an image")
        ->check(CLI::Range(0.0, 1.0))
        ->group(group);
    app.add_option("--remode", erase_mode_, "what they become: const (0), rand (a colour) or pixel (noise)")
        ->group(group);
    app.add_option("--recount", erase_count_, "how many parts at most")
        ->check(CLI::Range(1, 64))
        ->group(group);
    app.add_option("--repeated-aug,--aug-repeats", repeats_,
                   "how often an image comes in an epoch, each time augmented anew; others do not come")
        ->check(CLI::Range(1, 64))
        ->group(group);
}

bool AugmentArguments::given(const char* option) const {
    return app_ != nullptr && app_->get_option(option)->count() > 0;
}

Augmentation AugmentArguments::resolve(int64_t input_size, int64_t small) {
    if (name_.empty()) name_ = input_size < small ? "crop-pad4" : "random-resized-crop";
    if (none_ && given("--augment") && name_ != "none")
        throw UsageError(
            fmt::format("--no-augment does not augment and --augment {} does: give one of them", name_));
    if (none_) name_ = "none";
    Augmentation augmentation = train::parse_augmentation(name_);
    refuse_without(augmentation);
    if (given("--hflip")) augmentation.flip = flip_;
    augmentation.vertical_flip = vertical_flip_;
    augmentation.scale = parse_range(scale_, "--scale", 0, 1);
    augmentation.ratio = parse_range(ratio_, "--ratio", 0, 1e6);
    augmentation.interpolation = value_of(interpolations, "--train-interpolation", interpolation_);
    augmentation.jitter = parse_jitter(jitter_);
    augmentation.policy = policy_ == "none" ? "" : policy_;
    augmentation.erase = erase_;
    augmentation.erase_mode = value_of(erase_modes, "--remode", erase_mode_);
    augmentation.erase_count = erase_count_;
    augmentation.repeats = repeats_;
    if (!augmentation.policy.empty()) try {
            train::parse_policy(augmentation.policy, augmentation.interpolation);
        } catch (const Error& error) {
            throw UsageError(fmt::format("--aa {}", error.what()));
        }
    note(augmentation);
    return augmentation;
}

// Throws UsageError for options that the chosen augmentation leaves without a meaning.
void AugmentArguments::refuse_without(const Augmentation& augmentation) const {
    if (augmentation.crop != Crop::random_resized)
        for (const char* option : {"--scale", "--ratio"})
            if (given(option))
                throw UsageError(fmt::format(
                    "{} says what random-resized-crop takes: use it with --augment random-resized-crop",
                    option));
    if (erase_ == 0)
        for (const char* option : {"--remode", "--recount"})
            if (given(option))
                throw UsageError(fmt::format("{} says how --reprob erases: give --reprob, too", option));
    if (name_ != "none") return;
    if (given("--train-interpolation") && interpolation_ != "bilinear")
        throw UsageError(
            "--train-interpolation is of augmented images, and --augment none scales as evaluation does: use "
            "--interpolation");
    if (const std::vector<std::string> drawn = given_draws(); !drawn.empty())
        throw UsageError(fmt::format(
            "{} augments and --augment none does not: leave one of them away, or use --augment crop-pad4",
            drawn.front()));
}

std::vector<std::string> AugmentArguments::given_draws() const {
    const std::array<std::pair<const char*, bool>, 6> all{
        {{"--hflip", flip_ > 0},
         {"--vflip", vertical_flip_ > 0},
         {"--color-jitter", parse_jitter(jitter_) != std::array<double, 4>{}},
         {"--aa", policy_ != "none"},
         {"--reprob", erase_ > 0},
         {"--repeated-aug", repeats_ > 1}}};
    std::vector<std::string> names;
    for (const auto& [option, draws] : all)
        if (given(option) && draws) names.emplace_back(option);
    return names;
}

void AugmentArguments::note_tensors() {
    std::vector<std::string> names = given_draws();
    std::erase(names, "--repeated-aug");  // what is repeated is the tensor
    if (given("--augment") && name_ != "none") names.insert(names.begin(), "--augment");
    if (!names.empty())
        without_effect_.push_back(
            fmt::format("tensors are never augmented: no effect have {}", fmt::join(names, ", ")));
}

// Remembers what config.yaml is to hold: what has an effect.
void AugmentArguments::note(const Augmentation& augmentation) {
    in_force_["augment"] = name_;
    const auto put = [&](const char* option, bool used, const std::string& value) {
        in_force_[option] = used ? value : "";
    };
    const bool some = name_ != "none", crops = augmentation.crop == Crop::random_resized;
    put("scale", crops, fmt::format("{},{}", augmentation.scale[0], augmentation.scale[1]));
    put("ratio", crops, fmt::format("{},{}", augmentation.ratio[0], augmentation.ratio[1]));
    put("train-interpolation", some, interpolation_);
    put("hflip", some, fmt::format("{}", augmentation.flip));
    put("vflip", augmentation.vertical_flip > 0, fmt::format("{}", augmentation.vertical_flip));
    put("color-jitter", !jitter_.empty(), jitter_);
    put("aa", !augmentation.policy.empty(), augmentation.policy);
    put("reprob", augmentation.erase > 0, fmt::format("{}", augmentation.erase));
    put("remode", augmentation.erase > 0, erase_mode_);
    put("recount", augmentation.erase > 0, std::to_string(augmentation.erase_count));
    put("repeated-aug", augmentation.repeats > 1, std::to_string(augmentation.repeats));
    if (!augmentation.policy.empty() && !jitter_.empty())
        without_effect_.push_back(
            fmt::format("--color-jitter has no effect beside --aa {}, as in timm", policy_));
}

}  // namespace vkm::apps
