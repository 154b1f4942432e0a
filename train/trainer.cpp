#include <train/data/batch_sequence.h>
#include <train/feature_extractor.h>
#include <train/first_position.h>
#include <train/landed_steps.h>
#include <train/named_tensors.h>
#include <train/one_job.h>
#include <train/resumed_position.h>
#include <train/run_files.h>
#include <train/run_identity.h>
#include <train/run_loading.h>
#include <train/run_schedule.h>
#include <train/run_statistics.h>
#include <train/shares.h>
#include <train/together.h>
#include <train/trained_weights.h>
#include <train/trainer.h>
#include <train/training_rates.h>
#include <train/training_steps.h>
#include <train/validator.h>

namespace vkm::train {
namespace {

// Returns where a run goes on from; nothing where it begins.
std::optional<Position> position_before(const TrainerOptions& options) {
    if (!options.resume) return {};
    return read_position(options.out / "checkpoint");
}

class Trainer {
  public:
    Trainer(const TrainerOptions& options, ModelOnDevices& replicas, std::shared_ptr<const Dataset> training,
            std::shared_ptr<const Dataset> validation, TrainingObserver& observer,
            const std::atomic<bool>& stop)
        : options_(options),
          replicas_(replicas),
          training_(std::move(training)),
          stopped_(stop),
          observer_(observer),
          steps_(make_training_steps(options, replicas, pixel_type(*training_, options.recipe),
                                     position_before(options), stop, compiling(),
                                     {.land = [this](const StepPipeline::Flight& flight) { land(flight); },
                                      .say = [this](const std::string& line) { observer_.on_message(line); },
                                      .split = [this](int64_t step) { split_otherwise(step); }})),
          landed_(options, replicas, *steps_),
          weights_(replicas, graph()),
          schedule_(options, BatchSequence(*training_, resolved(loader_options())).per_epoch()),
          statistics_(
              options, replicas, graph(), training_, compiling(),
              {.loading = [this] { return loader_options(); },
               .params = [this](const Batch& batch) { return schedule_.step_params(position_, batch); }}),
          files_(options, replicas, graph(), schedule_) {
        const std::map<std::string, std::string> run = run_identity(options, *training_, steps_->shares());
        require_one_job(options, world(), *training_, validation.get(), run);
        if (options.resume)
            resume(run);
        else
            begin(run);
        position_.processes = world().size();
        require_one_beginning(options, replicas, graph(), position_.step);
        steps_->executor().derive_weights();
        fed_ = training_;
        const bool validates = validation && !schedule_.is_validated(position_);
        if (options.recipe.feature_draws > 0) {
            extract_features(validates ? &validation : nullptr, stop);
            wished_ = any_of_all(world(), stop);
        }
        loader_.emplace(fed_, loader_options());
        if (validates) {
            validation_ = std::move(validation);
            make_validator();
        }
        if (options.recalibrate_batches > 0) {
            statistics_.make_estimator();
            weights_.estimate_statistics([this](ParameterValues& values) {
                statistics_.estimate(values, options_.recalibrate_batches);
            });
        }
        observer.on_start(position_, schedule_.learning_rate(position_));
        if (replicas.count_of_all() > 1 && steps_->shares_batches()) tell_shares(position_.step);
        position_.epochs = options.recipe.epochs;
        position_.class_names = training_->class_names();
    }

    /// Trains. What a failed device throws names the last checkpoint, too.
    TrainingResult run() try { return make_steps(); } catch (const DeviceLost& error) {
        throw DeviceLost("{}{}", error.what(), mention_of_checkpoint(options_.out));
    } catch (const DeviceTimeout& error) {
        throw DeviceTimeout("{}{}", error.what(), mention_of_checkpoint(options_.out));
    } catch (const OutOfDeviceMemory& error) {
        throw OutOfDeviceMemory("{}{}", error.what(), mention_of_checkpoint(options_.out));
    }

  private:
    TrainingResult make_steps() {
        rates_.restart();
        bool saved = false;
        result_.interrupted = is_to_stop();
        bool more = !result_.interrupted && !schedule_.is_over(position_);
        while (more) {
            const Loader::Lease batch = next_batch();
            if (!batch) break;
            step(batch);
            steps_->balance(position_.step);
            if (options_.show_tensors_every > 0 && position_.step % options_.show_tensors_every == 0)
                show_tensors();
            const bool epoch_done = position_.batch == 0;
            result_.interrupted = is_to_stop();
            if (schedule_.validation_is_due(position_)) validate_or_save();
            more = !result_.interrupted && !schedule_.is_over(position_);
            saved =
                epoch_done || !more || (options_.save_every > 0 && position_.step % options_.save_every == 0);
            if (saved) save();
            if (epoch_done && options_.keeping.every_epoch) files_.keep_epoch(weights_, position_);
        }
        steps_->land_all();
        if (!saved) save();
        if (schedule_.is_validated(position_))
            result_.validation = evaluation_of(*position_.validation);
        else if (validated_step_ != position_.step && !result_.interrupted)
            validate();
        result_.unreadable_images = static_cast<int64_t>(gather_sets(world(), unreadable_->names()).size());
        result_.steps = position_.step - schedule_.first_step();
        result_.epochs = position_.epoch;
        result_.skipped_steps = position_.skipped_steps;
        result_.loss = position_.last_loss;
        result_.images_per_second = rates_.median();
        return result_;
    }

    graph::World& world() const { return replicas_.world(); }
    bool has_others() const { return replicas_.job().has_others(); }

    // Returns whether this process was told to stop or, where there are others, one of them, all in the same step.
    bool is_to_stop() const { return has_others() ? wished_ : stopped_.load(); }

    void resume(const std::map<std::string, std::string>& run) {
        for_all(world(), [&] { restore_best(options_.out); });
        position_ = resumed_position(options_, replicas_, graph(), run, training_->class_names());
        const std::string before = position_.run[split_setting], now = run.at(split_setting);
        if (before != now)
            observer_.on_message(fmt::format(
                "a batch was split over the devices as {} and is split as {} from here on: the run goes on, with "
                "other bits than it would have had",
                before, now));
        position_.run[split_setting] = now;
    }

    void begin(const std::map<std::string, std::string>& run) {
        position_ = first_position(options_, replicas_, graph(), schedule_.first_step());
        position_.run = run;
    }

    // Makes anew what goes by the shares of a batch, and lets devices have the same part of what is validated as of what is
    // trained on.
    void split_otherwise(int64_t step) {
        weights_.forget();
        if (validator_) make_validator();
        statistics_.split_otherwise();
        position_.run = run_identity(options_, *training_, steps_->shares());
        if (steps_->shares_batches()) tell_shares(step);
        if (has_others()) loader_.emplace(fed_, loader_options());  // it has other rows to read
        rates_.restart();
    }

    void tell_shares(int64_t step) {
        const std::vector<int64_t> counts = counts_of(steps_->shares());
        const bool measured = options_.shares.kind == SharePolicy::Kind::measured;
        if (measured || has_others()) position_.shares = counts;  // else the run's settings say
        observer_.on_shares({step, counts}, steps_->speeds());
    }

    // Puts features in place of the images to train on, and of those to validate on, where there are any.
    void extract_features(std::shared_ptr<const Dataset>* validation, const std::atomic<bool>& stop) {
        FeatureExtractor extractor(replicas_, options_.model, steps_->executor().step().features, graph(),
                                   weights_.snapshot().values());
        const auto extract = [&](const std::shared_ptr<const Dataset>& images, LoaderOptions loading,
                                 int64_t draws) {
            loading.unreadable = unreadable_;
            return extractor.extract(
                images, loading, draws, compiling(),
                [&](int64_t done, int64_t total) { observer_.on_features(done, total); }, stop);
        };
        fed_ = extract(training_, loader_options(), options_.recipe.feature_draws);
        if (validation)
            *validation =
                extract(*validation,
                        evaluation_loading(options_.model, options_.recipe.batch_size, options_.workers), 1);
    }

    StepExecutor::Progress compiling() {
        return [this](size_t done, size_t total) { observer_.on_compile(done, total); };
    }

    const graph::Graph& graph() const { return steps_->executor().step().graph; }

    LoaderOptions loader_options() const {
        return run_loading(options_, replicas_, *steps_, position_, unreadable_);
    }

    Loader::Lease next_batch() {
        return rates_.during([&] { return loader_->next(); });
    }

    // Makes a step: one update, by this batch and, with accumulation, those after it in its epoch.
    void step(Loader::Lease batch) {
        const int64_t batches = schedule_.batches_of_step(batch->number);
        weights_.forget();
        for (int64_t i = 0; i + 1 < batches; ++i) {
            steps_->launch_before_last(batch, schedule_.step_params(position_, *batch, i, batches));
            batch = next_batch();
        }
        steps_->launch(batch, schedule_.step_params(position_, *batch, batches - 1, batches));
        schedule_.advance(position_, *batch);
    }

    void land(const StepPipeline::Flight& flight) {
        const std::optional<LandedStep> step = landed_.take(flight);
        rates_.count(options_.recipe.batch_size * static_cast<int64_t>(flight.before.size() + 1));
        if (!step) return;
        if (flight.executor->executor().wished(flight.slot)) wished_ = true;
        if (step->loss_scaling) position_.skipped_steps = step->loss_scaling->skipped_steps;
        gradient_scale_ = step->loss_scaling ? step->loss_scaling->scale : 1;
        position_.last_loss = step->loss;
        statistics_.take_step(step->loss, step->top1);
        const int64_t number = int64_t{flight.params.step} + 1;
        const TrainingRates::Rates rates =
            number % options_.log_every == 0 ? rates_.look() : TrainingRates::Rates{};
        observer_.on_step({number, flight.batch->epoch, flight.batch->number, schedule_.batches_per_epoch(),
                           step->loss, flight.params.learning_rate, rates.images_per_second, step->top1,
                           rates.data_wait, step->loss_scaling, flight.executor->gradient_norm(flight.slot)});
    }

    void show_tensors() {
        steps_->land_all();
        observer_.on_tensors(position_.step, named_weights(graph(), weights_.snapshot().values()),
                             named_gradients(graph(), replicas_.state(0), gradient_scale_));
        rates_.restart();
    }

    void validate() {
        steps_->land_all();
        rates_.take_short_run();
        if (!validator_) return;
        steps_->on_devices(position_.step, [&] {
            if (replicas_.count_of_all() > 1) {
                replicas_.share_statistics(graph());
                weights_.forget();
            }
            result_.validation = validator_->validate(graph(), weights_);
        });
        validated_step_ = position_.step;
        position_.validation = record_of(*result_.validation, position_.step, options_.validation_data);
        observer_.on_validation(position_.epoch, position_.step, *result_.validation);
        files_.keep_the_best(weights_, *result_.validation, position_);
        tell_early_end();
        if (const auto reason = statistics_.explain(*result_.validation, weights_, *validator_))
            observer_.on_message(*reason);
        rates_.restart();
    }

    // Says where a run has no patience left.
    void tell_early_end() {
        if (!out_of_patience(options_.keeping, position_.standing)) return;
        const Standing& standing = *position_.standing;
        observer_.on_message(fmt::format(
            "stopping early: {} validations were no better by {} than that after step {}, whose weights "
            "are in {}",
            standing.since_best, standing.by, standing.step, (options_.out / "best.safetensors").string()));
    }

    void make_validator() {
        validator_.emplace(replicas_, options_.model, validation_, options_.recipe.batch_size,
                           options_.recipe.label_smoothing, options_.workers, unreadable_, compiling(),
                           options_.on_validation_logits, steps_->executor().step().features);
    }

    // Validates, or at least saves. Validation images that cannot be read must not cost the epoch; a step
    // that failed is not saved.
    void validate_or_save() {
        steps_->land_all();
        try {
            validate();
        } catch (...) {
            const std::exception_ptr failure = std::current_exception();
            if (has_others()) throw;  // saving takes all processes, and the others are elsewhere
            try {
                save();
            } catch (const std::exception&) {  // report what failed first
            }
            std::rethrow_exception(failure);
        }
    }

    void save() {
        steps_->land_all();
        rates_.take_short_run();
        position_.next_learning_rate = schedule_.learning_rate(position_);
        steps_->on_devices(position_.step, [&] { files_.save(weights_, position_); });
        observer_.on_checkpoint(position_.step);
        rates_.restart();
    }

    const TrainerOptions& options_;
    ModelOnDevices& replicas_;
    std::shared_ptr<const Dataset> training_;
    const std::atomic<bool>& stopped_;
    bool wished_ = false;                        ///< is_to_stop() of several processes
    std::shared_ptr<const Dataset> validation_;  ///< images or features; null where nothing is validated
    std::shared_ptr<const Dataset> fed_;         ///< what steps read of it: itself, or its features
    TrainingObserver& observer_;
    std::unique_ptr<TrainingSteps> steps_;
    LandedSteps landed_;
    TrainedWeights weights_;
    const std::shared_ptr<UnreadableImages> unreadable_ = std::make_shared<UnreadableImages>();
    Position position_;
    RunSchedule schedule_;
    RunStatistics statistics_;
    RunFiles files_;
    std::optional<Loader> loader_;
    std::optional<Validator> validator_;
    int64_t validated_step_ = -1;
    TrainingResult result_;
    double gradient_scale_ = 1;  ///< of the last step that landed
    TrainingRates rates_;
};

}  // namespace

TrainingResult train(const TrainerOptions& options, ModelOnDevices& replicas,
                     std::shared_ptr<const Dataset> training, std::shared_ptr<const Dataset> validation,
                     TrainingObserver& observer, const std::atomic<bool>& stop) {
    return Trainer(options, replicas, std::move(training), std::move(validation), observer, stop).run();
}

}  // namespace vkm::train
