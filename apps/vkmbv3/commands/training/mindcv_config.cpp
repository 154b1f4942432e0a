#include "commands/training/mindcv_config.h"

#include "cli/common_options.h"
#include "cli/usage_error.h"
#include "commands/training/mindcv_keys.h"
#include "commands/training/mindcv_values.h"

#include <train/learning_rate.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

namespace vkm::apps {
namespace {

/// Says what one of MindCV's words is here, and which of its keys are then which options.
struct Word {
    std::string_view theirs, ours;
    std::vector<std::pair<const char*, const char*>> options = {};  ///< ours, theirs
};

const std::vector<Word> schedules{
    {"constant", "constant"},
    {"cosine_decay", "cosine", {{"decay-epochs", "decay_epochs"}, {"min-lr", "min_lr"}}},
    {"warmup_cosine_decay", "cosine", {{"decay-epochs", "decay_epochs"}, {"min-lr", "min_lr"}}},
    {"exponential_decay", "exponential", {{"gamma", "decay_rate"}}},
    {"polynomial_decay", "polynomial", {{"power", "decay_rate"}}},
    {"step_decay", "step", {{"step-size", "decay_epochs"}, {"gamma", "decay_rate"}}},
    {"multi_step_decay", "multistep", {{"gamma", "decay_rate"}}},
    {"one_cycle", "one-cycle"},
};

// MindSpore's RMSProp is TensorFlow's. Its LAMB is not timm's, and so not ours.
const std::vector<Word> optimizers{
    {"momentum", "sgd", {{"momentum", "momentum"}}},
    {"nesterov", "sgd", {{"momentum", "momentum"}}},
    {"sgd", "sgd", {{"momentum", "momentum"}}},
    {"rmsprop", "rmsprop_tf", {{"momentum", "momentum"}, {"eps", "eps"}}},
    {"adam", "adam"},
    {"adamw", "adamw"},
    {"lion", "lion"},
};

const std::vector<Word> weight_decay_filters{
    {"disable", "none"}, {"auto", "norm"}, {"norm_and_bias", "norm-and-bias"}};

const std::vector<Word> precisions{{"o0", "fp32"}, {"o1", "amp"}, {"o2", "amp"}, {"o3", "amp"}};

const std::vector<Word> mindcv_losses{{"ce", ""}, {"bce", "bce-loss"}};

const std::vector<Word> mindcv_interpolations{{"bilinear", "bilinear"}, {"bicubic", "bicubic"}};

// The policies whose program MindCV's follows: timm's, and torchvision's.
const std::vector<Word> policies{
    {"randaug", "rand"}, {"autoaug", "original"}, {"autoaugr", "originalr"}, {"trivialaugwide", "ta_wide"}};

/// Turns one file into options, a function for each group of keys that are read together.
class Translation {
  public:
    Translation(const MindcvValues& theirs, const GivenOptions& given) : theirs_(theirs), given_(given) {}

    OptionValues options() {
        for (const MindcvKey& key : mindcv_keys())
            if (key.meaning == MindcvMeaning::option && !theirs_.none(key.name))
                put(key.what, theirs_.text(key.name));
        data();
        augmentation();
        weights();
        optimizer();
        schedule();
        precision();
        if (const std::string_view loss = word(mindcv_losses, "loss").ours; !loss.empty()) put(loss, "true");
        return std::move(options_);
    }

  private:
    void put(std::string_view option, std::string text) {
        options_.emplace_back(std::string(option), std::move(text));
    }
    void put(std::string_view option, double n) { put(option, fmt::format("{}", n)); }
    void put(const Word& word) {
        for (const auto& [ours, theirs] : word.options)
            put(ours, theirs_.text(theirs));
    }

    // Returns the row of a key's value. Refuses others, naming those that there are.
    const Word& word(const std::vector<Word>& words, std::string_view key,
                     std::string_view otherwise = "") const {
        const auto found = std::ranges::find(words, theirs_.lower(key), &Word::theirs);
        if (found != words.end()) return *found;
        std::vector<std::string_view> known;
        for (const Word& row : words)
            known.push_back(row.theirs);
        theirs_.refuse(key, fmt::format("it can be {}{}", fmt::join(known, ", "), otherwise));
    }

    bool of_cifar() const { return theirs_.lower("dataset").starts_with("cifar"); }

    void data() {
        const std::string devices = given_.value("device").value_or("");
        const size_t count =
            devices == "all" ? parse_devices(devices, engine::Instance()).size() : split_list(devices).size();
        put("batch-size", theirs_.number("batch_size") * static_cast<double>(count));
        if (!theirs_.truth("shuffle")) put("no-shuffle", "true");
        put("val-every", theirs_.number(theirs_.truth("val_while_train") ? "val_interval" : "epoch_size"));
        if (!given_.has("data")) images();
    }

    // Names the images: class folders in a folder a part, or CIFAR's files.
    void images() {
        const std::string kind = theirs_.lower("dataset");
        if (!kind.empty() && kind != "imagenet" && kind != "cifar10" && kind != "cifar100")
            theirs_.refuse("dataset", "name the images with --data");
        const std::string folder = given_.value("data-dir").value_or(theirs_.text("data_dir"));
        if (!given_.has("data-dir") && !std::filesystem::is_directory(folder))
            theirs_.refuse("data_dir", "there is no such folder; name the images with --data-dir DIR");
        const std::string training = theirs_.text("train_split"), validation = theirs_.text("val_split");
        if (of_cifar()) {
            put("data", kind + ":" + folder);
        } else if (training.empty() || (training == "train" && validation == "val")) {
            put("data", "imagefolder:" + folder);
        } else {
            put("data", fmt::format("imagefolder:{}/{}", folder, training));
            if (!validation.empty()) put("val-data", fmt::format("imagefolder:{}/{}", folder, validation));
        }
    }

    void augmentation() {
        if (of_cifar()) {  // the only preparation that MindCV has for it
            put("augment", "crop-pad4");
            put("mean", "0.4914,0.4822,0.4465");
            put("std", "0.2023,0.1994,0.2010");
            put("crop-pct", "1");
        } else {
            of_photographs();
        }
        for (const char* mixing : {"mixup", "cutmix"})
            if (theirs_.number(mixing) > 0) put(mixing, theirs_.text(mixing));
        if (theirs_.number("mixup") + theirs_.number("cutmix") > 0)
            put("mixup-prob", theirs_.text("cutmix_prob"));
        if (theirs_.number("aug_repeats") > 1) put("repeated-aug", theirs_.text("aug_repeats"));
    }

    void of_photographs() {
        put("augment", "random-resized-crop");
        for (const char* name : {"scale", "ratio", "hflip", "vflip"})
            put(name, theirs_.text(name));
        put("crop-pct", theirs_.text("crop_pct"));
        normalisation("mean");
        normalisation("std");
        const std::string_view interpolation = word(mindcv_interpolations, "interpolation").ours;
        put("train-interpolation", std::string(interpolation));
        put("interpolation", std::string(interpolation));
        if (!theirs_.none("auto_augment"))
            put("aa", policy());
        else if (!theirs_.none("color_jitter"))
            put("color-jitter", theirs_.text("color_jitter"));
        if (theirs_.number("re_prob") > 0) erasing();
    }

    // Theirs is in levels of 8 bits.
    void normalisation(const char* key) {
        std::vector<std::string> channels;
        for (const double level :
             parse_numbers(theirs_.text(key), fmt::format("{}: {}:", theirs_.path(), key)))
            channels.push_back(fmt::format("{:.9g}", level / 255));
        put(key, fmt::format("{}", fmt::join(channels, ",")));
    }

    // Returns it under our name, with theirs' numbers: randaug-m9-mstd0.5.
    std::string policy() const {
        const std::string text = theirs_.text("auto_augment"), name = text.substr(0, text.find('-'));
        const auto found = std::ranges::find(policies, name, &Word::theirs);
        if (found == policies.end() || (found->ours == "ta_wide" && name != text))
            theirs_.refuse("auto_augment", "it can be randaug-…, autoaug, autoaugr or trivialaugwide");
        return std::string(found->ours) + text.substr(name.size());
    }

    void erasing() {
        const bool noise = theirs_.lower("re_value") == "random";
        if (!noise && theirs_.number("re_value") != 0) theirs_.refuse("re_value", "it can be 0 or random");
        put("reprob", theirs_.text("re_prob"));
        put("remode", noise ? "pixel" : "const");
    }

    void weights() {
        if (theirs_.truth("pretrained") && !given_.has("init") && theirs_.none("ckpt_path"))
            theirs_.refuse("pretrained", "nothing is downloaded; give the weights with --init FILE");
        if (!theirs_.none("ckpt_path")) put("init", theirs_.text("ckpt_path"));
        if (theirs_.in_file("ckpt_save_dir") && !given_.has("resume"))
            put("out", theirs_.text("ckpt_save_dir"));
        if (theirs_.truth("ema")) {
            put("ema-decay", theirs_.text("ema_decay"));
            put("ema-warmup", "exponential");
        }
        const std::string kept = theirs_.text("keep_checkpoint_max"),
                          policy = theirs_.lower("ckpt_save_policy");
        if (policy == "top_k" && !theirs_.truth("val_while_train"))
            theirs_.contradict("ckpt_save_policy", "val_while_train",
                               "what is best is not known without validation");
        if (theirs_.none("ckpt_save_policy"))
            put("save-epochs", "true");
        else if (policy == "latest_k" || policy == "top_k")
            put(policy == "top_k" ? "best" : "keep", kept);
        else
            theirs_.refuse("ckpt_save_policy", "it can be latest_k, top_k or None");
    }

    void optimizer() {
        put("no-weight-decay", std::string(word(weight_decay_filters, "weight_decay_filter").ours));
        if (theirs_.truth("clip_grad")) put("clip-grad-norm", theirs_.text("clip_value"));
        if (given_.has("optimizer")) return;
        const Word& chosen = word(optimizers, "opt", ", or say --optimizer");
        if (theirs_.truth("use_nesterov")) {
            if (chosen.ours != "sgd")
                theirs_.contradict("use_nesterov", "opt", "it goes with momentum and sgd");
            put("nesterov", "true");
        }
        put("optimizer", std::string(chosen.ours));
        put("weight-decay", theirs_.text("weight_decay"));
        put(chosen);
    }

    void schedule() {
        const bool warms_up = theirs_.number("warmup_epochs") > 0;
        if (warms_up) {
            put("warmup-epochs", theirs_.text("warmup_epochs"));
            put("warmup-factor", theirs_.text("warmup_factor"));
        }
        if (theirs_.truth("lr_epoch_stair")) put("lr-per", "epoch");
        if (given_.has("scheduler")) return;
        const Word& chosen = word(schedules, "scheduler", ", or say --scheduler");
        put("scheduler", std::string(chosen.ours));
        put(chosen);
        if (chosen.ours == "multistep") put("milestones", milestones());
        if (chosen.ours != "one-cycle") return;
        if (warms_up)
            theirs_.contradict("scheduler", "warmup_epochs", "the cycle begins low itself: set them to 0");
        if (theirs_.number("min_lr") == 0) theirs_.refuse("min_lr", "one_cycle ends above 0");
        put("final-div-factor",
            theirs_.number("lr") / train::OneCycle{}.div_factor / theirs_.number("min_lr"));
    }

    // Theirs count from the warm-up's end.
    std::string milestones() const {
        constexpr const char* key = "multi_step_decay_milestones";
        std::vector<double> epochs =
            parse_numbers(theirs_.text(key), fmt::format("{}: {}:", theirs_.path(), key));
        for (double& epoch : epochs)
            epoch += theirs_.number("warmup_epochs");
        return fmt::format("{}", fmt::join(epochs, ","));
    }

    void precision() {
        const std::string own(word(precisions, "amp_level").ours);
        put("precision", own);
        if (given_.value("precision").value_or(own) != "amp") return;
        const std::string kind = theirs_.lower("loss_scale_type");
        if (kind != "fixed" && kind != "dynamic" && kind != "auto")
            theirs_.refuse("loss_scale_type", "it can be fixed, dynamic or auto");
        put("loss-scale", kind == "fixed" ? fmt::format("{}", theirs_.number("loss_scale")) : "dynamic");
    }

    const MindcvValues& theirs_;
    const GivenOptions& given_;
    OptionValues options_;
};

void say_what_has_no_effect(const MindcvValues& theirs) {
    std::vector<std::string_view> names;
    for (const MindcvKey& key : mindcv_keys())
        if (key.meaning == MindcvMeaning::no_effect && theirs.in_file(key.name)) names.push_back(key.name);
    if (!names.empty())
        spdlog::info("{} is MindCV's; without effect here: {}", theirs.path(), fmt::join(names, ", "));
}

}  // namespace

bool is_mindcv_config(const OptionValues& values, const CLI::App& command) {
    constexpr int enough = 3;
    int theirs = 0, ours = 0;
    for (const auto& [name, value] : values) {
        const bool is_ours = command.get_option_no_throw("--" + name) != nullptr;
        if (is_ours == (find_mindcv_key(name) != nullptr)) continue;
        ++(is_ours ? ours : theirs);
    }
    return theirs >= enough && theirs > ours;
}

OptionValues from_mindcv(const OptionValues& values, const std::string& path, const GivenOptions& given) {
    const MindcvValues theirs(values, path);
    if (!given.has("quiet")) say_what_has_no_effect(theirs);
    return Translation(theirs, given).options();
}

}  // namespace vkm::apps
