#include <teach/judgement_file.h>
#include <teach/lesson_run.h>
#include <train/report/run_metrics.h>

#include <algorithm>

namespace vkm::teach {
namespace {

/// Ends the compilation of a lesson that is not wanted any more.
struct Stopped {};

double number(const train::MetricRow& row, const char* name) {
    const auto value = row.values.find(name);
    return value == row.values.end() ? 0 : value->second;
}

}  // namespace

std::pair<std::string, std::string> held_out_setting(const train::HeldBack& data) {
    return {"validation images",
            fmt::format("{} held back ({})", data.validation->size(), data.fingerprint())};
}

Curves curves_of(const std::filesystem::path& run) {
    Curves curves;
    const std::filesystem::path file = run / "metrics.jsonl";
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown)) return curves;
    const train::RunMetrics metrics = train::read_run_metrics(file);
    for (const train::MetricRow& row : metrics.steps)
        curves.steps.push_back({static_cast<int64_t>(row.step), number(row, "loss"), number(row, "top1")});
    for (const train::MetricRow& row : metrics.validations)
        curves.validations.push_back(
            {static_cast<int64_t>(row.step), number(row, "loss"), number(row, "top1")});
    return curves;
}

LessonRun::LessonRun(const LessonSubject& subject, Progress before, Tell tell)
    : subject_(subject),
      progress_(std::move(before)),
      tell_(std::move(tell)),
      judge_(subject.data.validation, subject.origin.pictures) {
    progress_.lesson = subject.lesson;
    progress_.epochs = subject.lesson.epochs;
    progress_.folder = subject.folder.string();
}

train::TrainerOptions LessonRun::options() {
    train::TrainerOptions options;
    options.model = subject_.model;
    apply(subject_.lesson, subject_.model, options);
    options.out = subject_.folder;
    options.resume = resumes_;
    options.validation_data = "imagefolder:" + subject_.origin.pictures.string();
    options.fixed_settings = {held_out_setting(subject_.data)};
    options.on_validation_logits = [this](const train::Batch& batch, const graph::HostTensor& logits) {
        judge_.take(batch, logits);
    };
    options.initial = [this](const graph::Graph& network) {
        return train::start_from(subject_.initial, subject_.origin.weights.string(), network,
                                 subject_.data.training->class_names(), subject_.lesson.seed);
    };
    return options;
}

bool LessonRun::run(graph::PlannedDevice& device, const std::atomic<bool>& stop) {
    stop_ = &stop;
    begun_ = std::chrono::steady_clock::now();
    first_step_ = 0;
    progress_.phase = Phase::preparing;
    progress_.device = device.description();
    progress_.doing = "reading the pictures";
    progress_.seconds_left.reset();
    tell_(progress_);
    std::error_code unknown;
    directory_.reset();  // it keeps its folder
    directory_.emplace(std::filesystem::exists(subject_.folder / "config.yaml", unknown)
                           ? train::RunDirectory::existing(subject_.folder)
                           : train::RunDirectory::fresh(subject_.folder, "lesson"));
    resumes_ = directory_->has_checkpoint();
    curves_ = resumes_ ? curves_of(subject_.folder) : Curves{};
    log_.reset();
    options_ = options();
    train::ModelOnDevices model({&device});
    train::TrainingResult result;
    try {
        result = train::train(options_, model, subject_.data.training, subject_.data.validation, *this, stop);
    } catch (const Stopped&) {
        progress_.phase = Phase::paused;
        tell_(progress_);
        return false;
    }
    progress_.phase = result.interrupted ? Phase::paused : Phase::finished;
    progress_.doing.clear();
    progress_.seconds_left.reset();
    if (!result.interrupted) progress_.share = 1;
    tell_(progress_);
    return !result.interrupted;
}

void LessonRun::on_compile(size_t done, size_t total) {
    if (stop_->load()) throw Stopped{};
    progress_.doing = fmt::format("compiling {} of {} kernels", done, total);
    tell_(progress_);
}

void LessonRun::on_features(int64_t done, int64_t total) {
    progress_.doing = fmt::format("looking at pictures: {} of {}", done, total);
    tell_(progress_);
}

void LessonRun::on_start(const train::Position& position, double) {
    begin_log(position);
    std::erase_if(curves_.steps, [&](const Curves::Step& s) { return s.step > position.step; });
    std::erase_if(curves_.validations, [&](const Curves::Validation& v) { return v.step > position.step; });
    progress_.curves = std::make_shared<Curves>(curves_);
    progress_.step = position.step;
    progress_.epoch = position.epoch;
    progress_.phase = Phase::training;
    progress_.doing = "training";
    tell_(progress_);
}

// Opens the log as `vkmbv3 train` does. A run that was killed before its first checkpoint begins again.
void LessonRun::begin_log(const train::Position& position) {
    if (!resumes_) {
        std::error_code ignored;
        std::filesystem::remove(directory_->metrics(), ignored);
    }
    std::optional<uint64_t> resumed_step;
    if (resumes_) resumed_step = static_cast<uint64_t>(position.step);
    log_.emplace(directory_->metrics(), resumed_step, position.batch == 0);
    directory_->write_config(run_config(options_, subject_.lesson, subject_.origin));
}

void LessonRun::on_step(const Step& step) {
    const auto count = static_cast<uint64_t>(step.step);
    log_->write(train::StepMetrics{.step = count,
                                   .epoch = static_cast<uint64_t>(step.epoch),
                                   .loss = step.loss,
                                   .learning_rate = step.learning_rate,
                                   .images_per_second = step.images_per_second,
                                   .top1 = step.top1,
                                   .mixed_precision = {},
                                   .gradient_norm = step.gradient_norm,
                                   .data_wait = step.data_wait});
    curves_.steps.push_back({step.step, step.loss, step.top1});
    progress_.curves = std::make_shared<Curves>(curves_);
    progress_.epoch = step.epoch;
    progress_.step = step.step;
    progress_.steps = step.batches_per_epoch * progress_.epochs;
    progress_.share = static_cast<double>(step.step) / static_cast<double>(progress_.steps);
    if (step.images_per_second > 0) progress_.images_per_second = step.images_per_second;
    progress_.phase = stop_->load() ? Phase::pausing : Phase::training;
    estimate_time();
    tell_(progress_);
}

void LessonRun::estimate_time() {
    const auto now = std::chrono::steady_clock::now();
    progress_.seconds = std::chrono::duration<double>(now - begun_).count();
    if (first_step_ == 0) {
        first_step_ = progress_.step;
        first_step_time_ = now;
        return;
    }
    const double elapsed = std::chrono::duration<double>(now - first_step_time_).count();
    progress_.seconds_left = elapsed / static_cast<double>(progress_.step - first_step_) *
                             static_cast<double>(progress_.steps - progress_.step);
}

void LessonRun::on_validation(int64_t epoch, int64_t step, const train::Evaluation& result) {
    log_->write(train::ValidationMetrics{static_cast<uint64_t>(step), static_cast<uint64_t>(epoch),
                                         result.loss, result.top1, result.top5, result.ema});
    const bool best = std::ranges::all_of(curves_.validations,
                                          [&](const Curves::Validation& v) { return result.loss < v.loss; });
    curves_.validations.push_back({step, result.loss, result.top1});
    progress_.curves = std::make_shared<Curves>(curves_);
    progress_.judgement = judge_.judgement();
    write_judgement(subject_.folder, *progress_.judgement);
    if (best) progress_.best_top1 = result.top1;
    tell_(progress_);
}

}  // namespace vkm::teach
