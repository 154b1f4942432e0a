#pragma once

#include "cli/common_options.h"
#include "cli/matrix_units_option.h"
#include "cli/model_options.h"
#include "commands/training/augment_options.h"
#include "commands/training/average_options.h"
#include "commands/training/data_options.h"
#include "commands/training/gradient_options.h"
#include "commands/training/keeping_options.h"
#include "commands/training/loss_options.h"
#include "commands/training/optimizer_options.h"
#include "commands/training/placement_options.h"
#include "commands/training/schedule_options.h"
#include "commands/training/share_options.h"

#include <train/data/loader_options.h>
#include <train/learning_rate.h>
#include <train/recipe.h>

#include <string>
#include <string_view>

namespace vkm::apps {

/// Stands for a batch size that is to be found: --batch-size auto.
inline constexpr std::string_view automatic = "auto";

/// Holds the options of `train` as they are given.
struct TrainArguments {
    CommonOptions common;
    std::string host = {};  ///< of a process of several
    ModelArguments model;
    std::string data = "synthetic", val_data;
    HoldBackArguments held_back;
    train::Recipe recipe{.epochs = 1};
    std::string batch_size = "128";
    OptimizerArguments optimizer;
    GradientArguments gradients;
    ScheduleArguments schedule;
    LossArguments loss;
    AverageArguments average;
    KeepingArguments kept;
    ShareArguments shares;
    PlacementArguments placement;
    AugmentArguments augment;
    train::LearningRate learning_rate;  // resolved
    train::Keeping keeping;             // resolved
    int64_t max_steps = 0, log_every = 10, save_every = 0, start_epoch = 0, histograms = 0,
            tensorboard_images = 0;
    bool no_shuffle = false, no_fuse = false;
    MatrixUnitsOption matrix_units;
    bool explain = false, profile = false, tune = false;
    int workers = 0;
    int64_t shuffle_window = train::default_shuffle_window;
    std::string init, resume, out, class_order, dump_schedule;
    std::string given_recipe, earlier_recipe;  ///< --recipe; that of a run's config.yaml
    std::string data_dir;                      ///< read where options come from MindCV's file

    void add(CLI::App&);

    /// Puts what other options say into the recipe, for images of this size. Throws UsageError.
    void resolve(int64_t input_size);
};

/// In pixels. Smaller images are those of data sets like CIFAR.
inline constexpr int64_t small_images = 96;

}  // namespace vkm::apps
