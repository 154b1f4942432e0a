#include <graph/finite.h>
#include <graph/flat_buffers.h>
#include <graph/ops/loss_scale.h>
#include <train/batch_statistics.h>
#include <train/data/batch_sequence.h>
#include <train/diagnosis.h>
#include <train/feature_extractor.h>
#include <train/named_tensors.h>
#include <train/one_job.h>
#include <train/resumed_position.h>
#include <train/run_identity.h>
#include <train/run_schedule.h>
#include <train/shares.h>
#include <train/statistics_estimator.h>
#include <train/statistics_lag.h>
#include <train/step_scores.h>
#include <train/together.h>
#include <train/trained_weights.h>
#include <train/trainer.h>
#include <train/training_loading.h>
#include <train/training_rates.h>
#include <train/training_steps.h>
#include <train/validator.h>

#include <graph/weights/model_file.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace vkm::train {
namespace {

// Returns whether any batch norm's running statistics follow the batches.
bool moves_statistics(const graph::Graph& graph, const graph::Frozen& frozen) {
    constexpr std::string_view mean = ".running_mean";
    return std::ranges::any_of(graph.with_role(graph::Role::state), [&](graph::ValueId id) {
        const std::string_view name = graph.value(id).name;
        return name.ends_with(mean) && !frozen.keeps_statistics(name.substr(0, name.size() - mean.size()));
    });
}

// Returns where a run goes on from; nothing where it begins.
std::optional<Position> position_before(const TrainerOptions& options) {
    if (!options.resume) return {};
    return read_position(options.out / "checkpoint");
}

// Begins a run with a loss scale of 2^exponent.
void set_loss_scale(ModelOnDevices& replicas, const graph::Graph& graph, int exponent) {
    const std::array<int32_t, 4> state{exponent - graph::ops::initial_loss_scale_exponent, 0, 0, 0};
    for (const graph::ValueId id : graph::flat_buffers(graph, graph::Role::loss_scale))
        for (size_t i = 0; i < replicas.count(); ++i)
            replicas.write_flat(graph, id, i, std::as_bytes(std::span(state)));
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
          scores_(options.recipe.batch_size),
          weights_(replicas, graph()),
          schedule_(options, BatchSequence(*training_, resolved(loader_options())).per_epoch()) {
        position_.run = run_identity(options, *training_, steps_->shares());
        require_one_job(options, world(), *training_, validation.get(), position_.run);
        if (options.resume)
            resume();
        else
            load_initial(options.initial(graph()));
        position_.processes = world().size();
        require_one_beginning(options, replicas, graph(), position_.step);
        steps_->executor().derive_weights();
        fed_ = training_;
        const bool validates = validation && !knows_its_validation();
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
            make_estimator();
            weights_.estimate_statistics([this](ParameterValues& values) {
                estimate_statistics(values, options_.recalibrate_batches);
            });
        }
        observer.on_start(position_, schedule_.learning_rate(position_));
        if (replicas.count_of_all() > 1 && steps_->shares_batches()) tell_shares(position_.step);
        position_.epochs = options.recipe.epochs;
        position_.class_names = training_->class_names();
    }

    /// Trains. What a failed device throws names the last checkpoint, too.
    TrainingResult run() try { return make_steps(); } catch (const DeviceLost& error) {
        throw DeviceLost("{}{}", error.what(), last_checkpoint());
    } catch (const DeviceTimeout& error) {
        throw DeviceTimeout("{}{}", error.what(), last_checkpoint());
    } catch (const OutOfDeviceMemory& error) {
        throw OutOfDeviceMemory("{}{}", error.what(), last_checkpoint());
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
            if (epoch_done && options_.keeping.every_epoch) keep_epoch();
        }
        steps_->land_all();
        if (!saved) save();
        if (knows_its_validation())
            recall_validation();
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

    void resume() {
        const std::map<std::string, std::string> run = position_.run;
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

    void load_initial(const InitialWeights& initial) {
        replicas_.load(graph(), initial.values);
        begin_average(replicas_, graph());
        position_.epoch = options_.start_epoch;
        position_.step = schedule_.first_step();
        position_.batches_tracked = initial.batches_tracked;
        position_.original_names = initial.original_names;
        if (options_.recipe.loss_scale_exponent && options_.storage == graph::DType::f16)
            set_loss_scale(replicas_, graph(), *options_.recipe.loss_scale_exponent);
    }

    // Makes anew what goes by the shares of a batch, and lets devices have the same part of what is validated as of what is
    // trained on.
    void split_otherwise(int64_t step) {
        weights_.forget();
        if (validator_) make_validator();
        if (estimator_) make_estimator();
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

    // Returns whether there is nothing left to do, and the last validation is that of the last step.
    bool knows_its_validation() const {
        return options_.resume && schedule_.is_over(position_) && position_.validation &&
               position_.validation->step == position_.step &&
               position_.validation->data == options_.validation_data;
    }

    void recall_validation() {
        const ValidationRecord& last = *position_.validation;
        result_.validation =
            Evaluation{.loss = last.loss, .top1 = last.top1, .top5 = last.top5, .ema = last.ema};
    }

    const graph::Graph& graph() const { return steps_->executor().step().graph; }
    std::filesystem::path checkpoint_folder() const { return options_.out / "checkpoint"; }

    LoaderOptions loader_options() const {
        LoaderOptions loader = training_loading(options_.model, options_.recipe);
        loader.scaling = replicas_.scaling();
        loader.shuffle = options_.shuffle;
        loader.shuffle_window = options_.shuffle_window;
        loader.workers = options_.workers;
        loader.epoch = position_.epoch;
        loader.batch = position_.batch;
        loader.end_epoch = options_.recipe.epochs;
        loader.unreadable = unreadable_;
        load_rows(loader, replicas_, steps_->shares());
        loader.batches_ahead = static_cast<int>(steps_->batches_held()) + StepPipeline::batches_ready;
        return loader;
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
        const std::optional<LossScaling> scaling = flight.executor->loss_scaling(flight.slot);
        for (size_t i = 0; i < flight.before.size(); ++i)
            take_batch(flight, flight.executor->metrics_before(i, flight.slot), flight.before[i]);
        take_batch(flight, flight.executor->metrics(flight.slot), {flight.batch, flight.params});
        if (scaling && scaling->exhausted && !options_.recipe.loss_scale_exponent)
            throw graph::NonFinite(
                "the gradients of step {} overflow fp16 even with the lowest loss scale, {}: {}, or train with "
                "--precision fp32{}",
                flight.params.step + 1, scaling->scale,
                first_bad_layer(flight, {flight.batch, flight.params}), last_checkpoint());
        if (!flight.ends_step) return;  // the step's last batch is yet to come
        if (flight.executor->executor().wished(flight.slot)) wished_ = true;
        auto [loss, top1] = scores_.finish();
        if (const std::optional<StepExecutor::Metrics> whole = flight.executor->whole_metrics(flight.slot)) {
            loss = whole->loss;
            top1 = whole->top1_hits / static_cast<double>(options_.recipe.batch_size);
        }
        if (scaling) position_.skipped_steps = scaling->skipped_steps;
        gradient_scale_ = scaling ? scaling->scale : 1;
        position_.last_loss = loss;
        lag_.take_step(loss, top1);
        const int64_t number = int64_t{flight.params.step} + 1;
        const TrainingRates::Rates rates =
            number % options_.log_every == 0 ? rates_.look() : TrainingRates::Rates{};
        observer_.on_step({number, flight.batch->epoch, flight.batch->number, schedule_.batches_per_epoch(),
                           loss, flight.params.learning_rate, rates.images_per_second, top1, rates.data_wait,
                           scaling, flight.executor->gradient_norm(flight.slot)});
    }

    void show_tensors() {
        steps_->land_all();
        observer_.on_tensors(position_.step, named_weights(graph(), weights_.snapshot().values()),
                             named_gradients(graph(), replicas_.state(0), gradient_scale_));
        rates_.restart();
    }

    // Takes what came of one batch into those of its step.
    void take_batch(const StepPipeline::Flight& flight, const StepExecutor::Metrics& metrics,
                    const StepPipeline::FedBatch& fed) {
        if (!std::isfinite(metrics.loss))
            throw graph::NonFinite("the loss of step {} is not finite: {}{}", flight.params.step + 1,
                                   first_bad_layer(flight, fed), last_checkpoint());
        rates_.count(options_.recipe.batch_size);
        scores_.take(metrics);
    }

    std::string first_bad_layer(const StepPipeline::Flight& flight, const StepPipeline::FedBatch& fed) {
        steps_->wait_all();
        return train::first_bad_layer(replicas_, *flight.executor, flight.slot, *fed.batch, fed.params);
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
        position_.validation =
            ValidationRecord{position_.step,           options_.validation_data, result_.validation->loss,
                             result_.validation->top1, result_.validation->top5, result_.validation->ema};
        observer_.on_validation(position_.epoch, position_.step, *result_.validation);
        keep_the_best(*result_.validation);
        look_for_lag(*result_.validation);
        rates_.restart();
    }

    // Takes the validation into the standing. Where the best top-1 is all that matters a checkpoint holds that
    // alone, as it always did.
    void keep_the_best(const Evaluation& validation) {
        const Keeping& keeping = options_.keeping;
        Standing standing = position_.standing.value_or(Standing{});
        if (!position_.standing && position_.best_top1 >= 0) standing.score = position_.best_top1;
        const ParameterValues& values =
            is_of_average(keeping.best_by) ? weights_.average() : weights_.weights();
        const bool best = rate_validation(standing, keeping, validation, position_.step);
        // What a run keeps does not depend on where it stopped and went on.
        const bool due = schedule_.validation_is_due(position_);
        for_all(world(), [&] {
            if (best && !due) set_best_aside(options_.out);
            Keeping kept = keeping;
            if (!due) kept.best = 1;
            keep_validated(standing, kept, best, validation, position_.step, options_.out,
                           [&](const std::filesystem::path& file) { write_weights(file, values); });
        });
        position_.best_top1 = std::max(position_.best_top1, validation.top1);
        const bool more_matters = keeping.best_by != BestBy::top1 || keeping.best > 1 || keeping.patience > 0;
        if (more_matters || position_.standing) position_.standing = standing;
        if (out_of_patience(keeping, position_.standing))
            observer_.on_message(fmt::format(
                "stopping early: {} validations were no better by {} than that after step {}, whose weights "
                "are in {}",
                standing.since_best, standing.by, standing.step,
                (options_.out / "best.safetensors").string()));
    }

    void keep_epoch() {
        const auto keep = [&](std::string_view suffix, const ParameterValues& values) {
            for_all(world(), [&] {
                train::keep_epoch(options_.keeping, position_.epoch, suffix, options_.out,
                                  [&](const std::filesystem::path& file) { write_weights(file, values); });
            });
        };
        keep("", weights_.weights());
        if (weights_.has_average()) keep("-ema", weights_.average());
    }

    // Says where running statistics are the reason for a bad validation.
    void look_for_lag(const Evaluation& validation) {
        constexpr int64_t batches = 50;
        if (estimator_ || !lag_.is_suspected(validation)) return;
        if (!every_process([this] { make_estimator(); })) {
            estimator_.reset();  // then it cannot be known
            return;
        }
        try {
            ParameterValues estimated = weights_.snapshot().values();
            estimate_statistics(estimated, batches);
            if (const auto said = lag_.take_estimated(validation, validator_->evaluate(graph(), estimated),
                                                      batches, options_.model.bn_momentum))
                observer_.on_message(*said);
        } catch (const OutOfDeviceMemory&) {  // then neither
            if (has_others()) throw;
        }
        estimator_.reset();
    }

    // Makes something that takes memory, and returns whether every process had it.
    bool every_process(const std::function<void()>& make) {
        bool made = true;
        try {
            make();
        } catch (const OutOfDeviceMemory&) {
            made = false;
        }
        const std::vector<bool> all = gather_values(world(), made);
        return std::ranges::find(all, false) == all.end();
    }

    void make_validator() {
        validator_.emplace(replicas_, options_.model, validation_, options_.recipe.batch_size,
                           options_.recipe.label_smoothing, options_.workers, unreadable_, compiling(),
                           options_.on_validation_logits, steps_->executor().step().features);
    }

    void make_estimator() {
        estimator_.emplace(replicas_, options_.model, options_.recipe,
                           pixel_type(*training_, options_.recipe.augmentation), compiling());
    }

    // Estimates over the first batches of the epoch that the run is in.
    void estimate_statistics(ParameterValues& values, int64_t batches) {
        LoaderOptions loading = loader_options();
        loading.batch = 0;
        loading.end_epoch = -1;
        Loader loader(training_, loading);
        estimator_->estimate(graph(), values, loader, batches,
                             [&](const Batch& batch) { return schedule_.step_params(position_, batch); });
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
        steps_->on_devices(position_.step, [&] {
            require_finite_weights();
            ModelSnapshot& snapshot = weights_.snapshot();
            const ParameterValues& weights = weights_.weights();
            const ParameterValues* const average = weights_.has_average() ? &weights_.average() : nullptr;
            for_all(world(), [&] {
                save_checkpoint(checkpoint_folder(), snapshot, position_);
                write_weights(options_.out / "weights.safetensors", weights);
                if (average) write_weights(options_.out / "ema.safetensors", *average);
            });
        });
        observer_.on_checkpoint(position_.step);
        rates_.restart();
    }

    // Throws where weights are not finite: a finite loss may have moved them beyond what fp32 holds.
    // The checkpoint before stays.
    void require_finite_weights() {
        if (const auto bad = first_bad_weights(graph(), weights_.snapshot().values()))
            throw graph::NonFinite(
                "after step {} the weights {} are not finite. Lower --lr or add --warmup-epochs{}",
                position_.step, *bad, last_checkpoint());
    }

    std::string last_checkpoint() const {
        if (!checkpoint_exists(checkpoint_folder())) return {};
        return fmt::format("; the last checkpoint is in {}", checkpoint_folder().string());
    }

    void write_weights(const std::filesystem::path& file, const ParameterValues& values) {
        graph::write_model_file(file, graph(), values, options_.model, training_->class_names(),
                                position_.batches_tracked + batches_seen(), position_.original_names);
    }

    // Returns how many batches the running statistics have seen in this run.
    int64_t batches_seen() const {
        return moves_statistics(graph(), options_.recipe.frozen) ? schedule_.batches_done(position_) : 0;
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
    StepScores scores_;  ///< of the batches of a step that have landed
    TrainedWeights weights_;
    std::optional<StatisticsEstimator> estimator_;
    StatisticsLag lag_;
    const std::shared_ptr<UnreadableImages> unreadable_ = std::make_shared<UnreadableImages>();
    Position position_;
    RunSchedule schedule_;
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
