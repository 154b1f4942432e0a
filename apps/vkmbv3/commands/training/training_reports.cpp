#include "commands/training/training_reports.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace vkm::apps {

TrainingReports::TrainingReports(const train::RunDirectory& directory, bool resumed, std::string config,
                                 std::vector<std::string> changes, const train::TrainerOptions& options,
                                 const CommonOptions& common)
    : directory_(directory),
      resumed_(resumed),
      config_(std::move(config)),
      changes_(std::move(changes)),
      options_(options),
      common_(common),
      compile_(common.quiet),
      data_wait_(options.workers) {}

// Prints a line of its own, above the bar.
void TrainingReports::say(const std::string& line) {
    if (common_.quiet) return;
    if (bar_) bar_->clear();
    std::fputs((line + '\n').c_str(), stderr);  // never throws: a reader that went away must not end a run
}

void TrainingReports::on_start(const train::Position& position, double learning_rate) {
    std::optional<uint64_t> resumed_step;
    if (resumed_) resumed_step = static_cast<uint64_t>(position.step);
    // A run validates where that is due, then saves; where it is stopped in between, it saves, then validates.
    const bool validated = position.validation && position.validation->step == position.step;
    log_.emplace(directory_.metrics(), resumed_step, validated);  // refuses another run that began meanwhile
    directory_.write_config(config_);
    board_.emplace(directory_.path(), resumed_step);
    if (resumed_) say_how_it_goes_on(position, learning_rate);
    if (!nothing_to_do_ && position.batch == 0) show_epoch(position.epoch, position.step);
}

void TrainingReports::show_epoch(int64_t epoch, int64_t step) {
    if (!seen_ || epoch >= options_.recipe.epochs) return;
    int number = 0;
    for (const image::Image& image : seen_(epoch))
        board_->write(static_cast<uint64_t>(step), fmt::format("images/{}", number++), image);
}

// Nothing runs on the device between an epoch's last step and the next, which a checkpoint stands between.
void TrainingReports::on_checkpoint(int64_t step) {
    if (next_epoch_ >= 0) show_epoch(next_epoch_, step);
    next_epoch_ = -1;
}

void TrainingReports::say_how_it_goes_on(const train::Position& position, double learning_rate) {
    if (!changes_.empty()) say(fmt::format("changed: {}", fmt::join(changes_, ", ")));
    const bool impatient = train::out_of_patience(options_.keeping, position.standing);
    const bool over = impatient || position.epoch >= options_.recipe.epochs;
    if (impatient)
        say(fmt::format(
            "nothing left to do: {} validations were no better; give a larger --patience to train on",
            position.standing->since_best));
    else if (over)
        say(fmt::format("nothing left to do: the run has its {} epochs; give more --epochs to train on",
                        position.epoch));
    else
        say(fmt::format("going on after step {} (epoch {}, batch {})", position.step, position.epoch + 1,
                        position.batch));
    const bool stopped = !over && options_.max_steps && position.step >= *options_.max_steps;
    if (stopped)
        say(fmt::format("--max-steps {} is reached already: give a larger one to train on",
                        *options_.max_steps));
    nothing_to_do_ = over || stopped;
    if (!nothing_to_do_) say_the_learning_rate(position, learning_rate);
}

// Says what became of the schedule where the user changed it, or the epochs that it may span.
void TrainingReports::say_the_learning_rate(const train::Position& position, double now) {
    const std::optional<double> before = position.next_learning_rate;
    const int64_t epochs = options_.recipe.epochs;
    const std::string_view scheduler = train::decay_name(options_.learning_rate.decay);
    if (before && *before != now)
        say(fmt::format(
            "the learning rate of step {} is {:.6g} now and was to be {:.6g}: --scheduler {}{}; for a "
            "schedule from its start, start a new run with --init {}",
            position.step + 1, now, *before, scheduler,
            position.epochs != epochs ? fmt::format(" over {} epochs instead of {}", epochs, position.epochs)
                                      : " with other options",
            (directory_.path() / "weights.safetensors").string()));
    else if (before && position.epochs != epochs)
        say(fmt::format(
            "the learning rate of step {} is {:.6g} as it was to be: --scheduler {} {}", position.step + 1,
            now, scheduler,
            options_.learning_rate.spans_the_run()
                ? fmt::format("falls over {} epochs instead of {} from now on", epochs, position.epochs)
                : "does not depend on --epochs"));
}

// Returns how long the run will take from here, validations included; nothing where it ends with the epoch,
// whose time the bar shows.
std::string TrainingReports::time_left(const Step& step) {
    const auto now = std::chrono::steady_clock::now();
    if (first_step_ == 0) {
        first_step_ = step.step;
        first_step_time_ = now;
    }
    int64_t steps = (options_.recipe.epochs - step.epoch) * step.batches_per_epoch - step.batch - 1;
    if (options_.max_steps) steps = std::min(steps, *options_.max_steps - step.step);
    if (step.step == first_step_ || steps <= step.batches_per_epoch - step.batch - 1) return "";
    const double seconds = std::chrono::duration<double>(now - first_step_time_).count();
    const std::string text =
        duration_text(seconds / static_cast<double>(step.step - first_step_) * static_cast<double>(steps));
    return text.empty() ? "" : fmt::format("run {} left", text);
}

void TrainingReports::on_step(const Step& step) {
    if (step.images_per_second > 0) {  // that of a step that is logged
        images_per_second_ = step.images_per_second;
        waited_ = step.data_wait;
    }
    if (bar_epoch_ != step.epoch) {
        bar_.reset();
        bar_.emplace(fmt::format("epoch {}/{}", step.epoch + 1, options_.recipe.epochs),
                     static_cast<uint64_t>(step.batches_per_epoch),
                     ProgressBar::Options{.quiet = common_.quiet});
        bar_epoch_ = step.epoch;
        loss_sum_ = top1_sum_ = 0;
        summed_ = 0;
    }
    loss_sum_ += step.loss;
    top1_sum_ += step.top1;
    ++summed_;
    const std::string waited = waited_ < 0.005 ? "" : fmt::format("  data-wait {:.0f} %", 100 * waited_);
    bar_->update(
        static_cast<uint64_t>(step.batch + 1),
        fmt::format("loss {:.3f}  top-1 {:.1f} %  {:.0f} img/s{}", loss_sum_ / static_cast<double>(summed_),
                    100 * top1_sum_ / static_cast<double>(summed_), images_per_second_, waited),
        time_left(step));
    next_epoch_ = step.batch + 1 == step.batches_per_epoch ? step.epoch + 1 : -1;
    if (step.loss_scaling && step.loss_scaling->skipped)
        say(fmt::format("step {} is skipped: its gradients overflow fp16 with a loss scale of {}", step.step,
                        step.loss_scaling->scale));
    if (step.step % options_.log_every != 0) return;
    train::StepMetrics row{.step = static_cast<uint64_t>(step.step),
                           .epoch = static_cast<uint64_t>(step.epoch),
                           .loss = step.loss,
                           .learning_rate = step.learning_rate,
                           .images_per_second = step.images_per_second,
                           .top1 = step.top1,
                           .mixed_precision = {},
                           .gradient_norm = step.gradient_norm,
                           .data_wait = step.data_wait};
    if (step.loss_scaling)
        row.mixed_precision = {step.loss_scaling->scale,
                               static_cast<uint64_t>(step.loss_scaling->skipped_steps)};
    log_->write(row);
    const std::array<train::Scalar, 5> scalars{{{"train/loss", step.loss},
                                                {"train/top1", step.top1},
                                                {"train/lr", step.learning_rate},
                                                {"train/images_per_second", step.images_per_second},
                                                {"train/data_wait", step.data_wait}}};
    if (const auto advice = data_wait_.after(step.data_wait)) {
        if (bar_) bar_->clear();
        spdlog::warn("{}", *advice);
    }
    board_->write(static_cast<uint64_t>(step.step), scalars);
    if (!on_terminal())
        say(fmt::format("epoch {}/{}  step {}  loss {:.4f}  lr {:.5f}  {:.0f} img/s", step.epoch + 1,
                        options_.recipe.epochs, step.step, step.loss, step.learning_rate,
                        step.images_per_second));
}

void TrainingReports::on_tensors(int64_t step, const NamedTensors& weights, const NamedTensors& gradients) {
    const auto write = [&](const char* kind, const NamedTensors& tensors) {
        for (const auto& [name, tensor] : tensors) {
            train::Histogram histogram;
            for (const double value : tensor.values)
                histogram.add(value);
            board_->write(static_cast<uint64_t>(step), fmt::format("{}/{}", kind, name), histogram);
        }
    };
    write("weights", weights);
    write("gradients", gradients);
}

void TrainingReports::on_validation(int64_t epoch, int64_t step, const train::Evaluation& result) {
    bar_.reset();
    bar_epoch_ = -1;
    log_->write(train::ValidationMetrics{static_cast<uint64_t>(step), static_cast<uint64_t>(epoch),
                                         result.loss, result.top1, result.top5, result.ema});
    const std::array<train::Scalar, 3> scalars{
        {{"val/loss", result.loss}, {"val/top1", result.top1}, {"val/top5", result.top5}}};
    board_->write(static_cast<uint64_t>(step), scalars);
    const std::string rate =
        images_per_second_ > 0 ? fmt::format("  ({:.0f} img/s training)", images_per_second_) : "";
    say(fmt::format("epoch {}/{}  validation: loss {:.4f}, top-1 {:.2f} %, top-5 {:.2f} %{}", epoch,
                    options_.recipe.epochs, result.loss, 100 * result.top1, 100 * result.top5, rate));
    if (!result.ema) return;
    const std::array<train::Scalar, 3> averages{{{"val/ema_loss", result.ema->loss},
                                                 {"val/ema_top1", result.ema->top1},
                                                 {"val/ema_top5", result.ema->top5}}};
    board_->write(static_cast<uint64_t>(step), averages);
    say(fmt::format("epoch {}/{}  moving average: loss {:.4f}, top-1 {:.2f} %, top-5 {:.2f} %", epoch,
                    options_.recipe.epochs, result.ema->loss, 100 * result.ema->top1,
                    100 * result.ema->top5));
}

void TrainingReports::on_shares(const train::SharesFrom& shares, const std::vector<double>& speeds) {
    log_->write(shares, speeds, devices_);
    if (speeds.empty()) return;  // as the user knows them
    say(fmt::format("from step {} on the devices take {} images of a batch: they made {:.0f} images/s",
                    shares.step + 1, fmt::join(shares.counts, " + "), fmt::join(speeds, " and ")));
}

void TrainingReports::finish(const train::TrainingResult& result) {
    bar_.reset();
    const std::string path = directory_.path().string();
    if (result.unreadable_images > 0)
        spdlog::warn("{} images could not be read and were left out or replaced by others",
                     result.unreadable_images);
    if (result.interrupted)
        say(fmt::format("stopped after step {}; go on with: vkmbv3 train --resume {}", result.steps, path));
    // The run's last number, where this process has none.
    const double rate = nothing_to_do_ ? log_->images_per_second().value_or(0) : result.images_per_second;
    if (!common_.json) {
        const std::string skipped =
            result.skipped_steps > 0
                ? fmt::format(", {} of them skipped because gradients overflowed", result.skipped_steps)
                : "";
        say(fmt::format("{} steps at {:.0f} img/s{}; weights in {}", result.steps, rate, skipped,
                        (directory_.path() / "weights.safetensors").string()));
        return;
    }
    nlohmann::json json{{"steps", result.steps},
                        {"epochs", result.epochs},
                        {"loss", result.loss},
                        {"val_top1", nullptr},
                        {"val_top5", nullptr},
                        {"images_per_second", rate},
                        {"skipped_steps", result.skipped_steps},
                        {"unreadable_images", result.unreadable_images}};
    if (result.validation) {
        json["val_top1"] = result.validation->top1;
        json["val_top5"] = result.validation->top5;
        if (result.validation->ema) {
            json["ema_top1"] = result.validation->ema->top1;
            json["ema_top5"] = result.validation->ema->top5;
        }
    }
    fmt::print("{}\n", json.dump());
}

}  // namespace vkm::apps
