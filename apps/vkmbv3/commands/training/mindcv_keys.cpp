#include "commands/training/mindcv_keys.h"

#include <algorithm>
#include <array>

namespace vkm::apps {
namespace {

using enum MindcvMeaning;

constexpr auto keys = std::to_array<MindcvKey>({
    {"mode", "0", no_effect},
    {"distribute", "False", no_effect},
    {"val_while_train", "False", part},
    {"val_interval", "1", part},
    {"log_interval", "100", option, "log-every"},
    {"seed", "42", option, "seed"},
    {"device_target", "Ascend", no_effect},

    {"dataset", "imagenet", part},
    {"data_dir", "./", part},
    {"train_split", "train", part},
    {"val_split", "val", part},
    {"dataset_download", "False", no_effect},
    {"num_parallel_workers", "8", option, "workers"},
    {"shuffle", "True", part},
    {"num_samples", "", only, "name fewer images with --data list:FILE, or stop early with --max-steps"},
    {"batch_size", "128", part},
    {"drop_remainder", "True", only,
     "an epoch's last batch is left out here where it is incomplete: set it to True"},

    {"image_resize", "224", option, "input-size"},
    {"scale", "0.08,1.0", part},
    {"ratio", "0.75,1.333", part},
    {"hflip", "0.5", part},
    {"vflip", "0.0", part},
    {"color_jitter", "0.4", part},
    {"interpolation", "bilinear", part},
    {"auto_augment", "", part},
    {"aug_splits", "0", only, "leave it out: AugMix's splits are not there"},
    {"re_prob", "0.0", part},
    {"re_scale", "0.02,0.33", only, "leave it out: erased parts have 2 to 33 % of the image"},
    {"re_ratio", "0.3,3.3", only, "leave it out: erased parts are 0.3 to 3.3 times as wide as high"},
    {"re_value", "0", part},
    {"re_max_attempts", "10", no_effect},
    {"mean", "123.675,116.28,103.53", part},
    {"std", "58.395,57.12,57.375", part},
    {"crop_pct", "0.875", part},
    {"mixup", "0.0", part},
    {"cutmix", "0.0", part},
    {"cutmix_prob", "1.0", part},
    {"aug_repeats", "0", part},

    {"model", "mobilenet_v2_035_224", option, "model"},
    {"num_classes", "", option, "num-classes"},
    {"in_channels", "3", only, "leave it out: images have three channels"},
    {"drop_rate", "", option, "dropout"},
    {"drop_path_rate", "", option, "drop-path"},
    {"pretrained", "False", part},
    {"ckpt_path", "", part},
    {"resume_opt", "False", only,
     "set it to False: MindSpore's optimizer state is not read; --resume goes on with a run of this program"},
    {"keep_checkpoint_max", "10", part},
    {"ckpt_save_dir", "./ckpt", part},
    {"ckpt_save_interval", "1", no_effect},
    {"ckpt_save_policy", "latest_k", part},
    {"epoch_size", "90", option, "epochs"},
    {"dataset_sink_mode", "True", no_effect},
    {"ema", "False", part},
    {"ema_decay", "0.9999", part},
    {"clip_grad", "False", part},
    {"clip_value", "15.0", part},
    {"layer_decay", "", only, "leave it out: all layers have one learning rate"},
    {"gradient_accumulation_steps", "1", option, "grad-accum"},

    {"opt", "adam", part},
    {"momentum", "0.9", part},
    {"weight_decay", "1e-6", part},
    {"use_nesterov", "False", part},
    {"weight_decay_filter", "disable", part},
    {"eps", "1e-10", part},

    {"scheduler", "cosine_decay", part},
    {"lr", "0.001", option, "lr"},
    {"min_lr", "1e-6", part},
    {"warmup_epochs", "3", part},
    {"warmup_factor", "0.0", part},
    {"decay_epochs", "100", part},
    {"decay_rate", "0.9", part},
    {"multi_step_decay_milestones", "30,60,90", part},
    {"lr_epoch_stair", "False", part},
    {"num_cycles", "1", only, "set it to 1: the learning rate falls once"},
    {"cycle_decay", "1.0", only, "set it to 1: the learning rate falls once"},

    {"loss", "CE", part},
    {"label_smoothing", "0.0", option, "label-smoothing"},
    {"aux_factor", "0.0", no_effect},  // these networks have one output
    {"reduction", "mean", only, "set it to mean"},

    {"amp_level", "O0", part},
    {"val_amp_level", "O0", no_effect},  // validation is in fp32
    {"amp_cast_list", "", no_effect},
    {"loss_scale_type", "fixed", part},
    {"loss_scale", "1.0", part},
    {"drop_overflow_update", "False", no_effect},  // an update that overflows is never made
    {"eval_shuffle", "False", no_effect},
});

}  // namespace

std::span<const MindcvKey> mindcv_keys() {
    return keys;
}

const MindcvKey* find_mindcv_key(std::string_view name) {
    const auto found = std::ranges::find(keys, name, &MindcvKey::name);
    return found == keys.end() ? nullptr : &*found;
}

}  // namespace vkm::apps
