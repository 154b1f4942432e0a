#include <base/quantile.h>
#include <graph/finite.h>
#include <train/batch_statistics.h>
#include <train/diagnosis.h>
#include <train/shares.h>
#include <train/trainer.h>

#include <graph/weights/model_file.h>

#include <chrono>
#include <cmath>

namespace vkm::train {
namespace {

using Clock = std::chrono::steady_clock;

std::map<std::string, std::string> run_identity(const TrainerOptions& options, const Dataset& training,
                                                const std::vector<Share>& shares) {
    std::map<std::string, std::string> run = graph::to_options(options.model);
    run["seed"] = std::to_string(options.recipe.seed);
    run["precision"] = options.storage == graph::DType::f16 ? "amp" : "fp32";
    run["optimizer"] = options.recipe.optimizer.name;
    run["batch size"] = std::to_string(options.recipe.batch_size);
    run["training images"] = std::to_string(training.size());
    std::string split;
    for (const Share& share : shares)
        split += fmt::format("{}{}", split.empty() ? "" : "+", share.count);
    run["split over devices"] = split;
    run.insert(options.fixed_settings.begin(), options.fixed_settings.end());
    return run;
}

// Measures images per second between two looks at the clock; the run's figure is the median.
class Throughput {
  public:
    double look(int64_t images) {
        const Clock::time_point now = Clock::now();
        const std::chrono::duration<double> elapsed = now - last_;
        last_ = now;
        if (elapsed.count() <= 0) return 0;
        rates_.push_back(static_cast<double>(images) / elapsed.count());
        return rates_.back();
    }
    void restart() { last_ = Clock::now(); }
    bool known() const { return !rates_.empty(); }
    double median() const { return vkm::median(rates_); }

  private:
    Clock::time_point last_ = Clock::now();
    std::vector<double> rates_;
};

class Trainer {
  public:
    Trainer(const TrainerOptions& options, ModelOnDevices& replicas, std::shared_ptr<const Dataset> training,
            std::shared_ptr<const Dataset> validation, TrainingObserver& observer)
        : options_(options),
          replicas_(replicas),
          training_(std::move(training)),
          validation_(std::move(validation)),
          observer_(observer),
          executor_(
              replicas, options.recipe.batch_size, pixel_type(*training_),
              [&](StepShape shape) {
                  shape.storage = options.storage;
                  require_batch_statistics(options.model, shape, options.recipe.sync_bn);
                  return training_step(options.model, options.recipe, shape);
              },
              [&](size_t done, size_t total) { observer.on_compile(done, total); }),
          pipeline_(executor_, [this](const StepPipeline::Flight& flight) { land(flight); }) {
        position_.run = run_identity(options, *training_, executor_.shares());
        if (options.resume)
            go_on();
        else
            load_initial(options.initial(graph()));
        loader_.emplace(training_, loader_options());
        batches_per_epoch_ = loader_->batches_per_epoch();
        if (validation_ && !knows_its_validation())
            evaluator_.emplace(evaluated_.emplace(replicas.beside()), options.model, validation_batch(),
                               pixel_type(*validation_), options.recipe.label_smoothing,
                               [&](size_t done, size_t total) { observer.on_compile(done, total); });
        observer.on_start(position_, learning_rate());
        position_.epochs = options.recipe.epochs;
        position_.class_names = training_->class_names();
    }

    TrainingResult run(const std::atomic<bool>& stop) {
        throughput_.restart();
        bool saved = false;
        result_.interrupted = stop.load();
        bool more = !result_.interrupted && !reached_limit();
        while (more) {
            const Loader::Lease batch = loader_->next();
            if (!batch) break;
            step(batch);
            if (options_.show_tensors_every > 0 && position_.step % options_.show_tensors_every == 0)
                show_tensors();
            const bool epoch_done = position_.batch == 0;
            result_.interrupted = stop.load();
            more = !result_.interrupted && !reached_limit();
            if (epoch_done) validate_or_save();
            saved =
                epoch_done || !more || (options_.save_every > 0 && position_.step % options_.save_every == 0);
            if (saved) save();
        }
        pipeline_.land_all();
        if (!saved) save();
        if (knows_its_validation())
            recall_validation();
        else if (validated_step_ != position_.step && !result_.interrupted)
            validate();
        result_.unreadable_images = unreadable_->count();
        result_.steps = position_.step;
        result_.epochs = position_.epoch;
        result_.skipped_steps = position_.skipped_steps;
        result_.loss = position_.last_loss;
        result_.images_per_second = throughput_.median();
        return result_;
    }

  private:
    void load_initial(const InitialWeights& initial) {
        replicas_.load(graph(), initial.values);
        position_.batches_tracked = initial.batches_tracked;
    }

    void go_on() {
        position_ = load_checkpoint(checkpoint_folder(), replicas_, graph(), position_.run);
        const std::string weights = (options_.out / "weights.safetensors").string();
        if (!position_.class_names.empty() && !training_->class_names().empty() &&
            position_.class_names != training_->class_names())
            throw CheckpointError(
                "the run in {} has other classes than these data: start a new run from its weights with "
                "--init {}",
                options_.out.string(), weights);
        const int64_t begun = position_.epoch + (position_.batch > 0 ? 1 : 0);
        if (begun > options_.recipe.epochs)
            throw CheckpointError(
                "the run in {} has begun {} epochs, more than --epochs {}: give as many or more, or start a new "
                "run from its weights with --init {}",
                options_.out.string(), begun, options_.recipe.epochs, weights);
    }

    // Returns whether there is nothing left to do, and the last validation is that of the last step.
    bool knows_its_validation() const {
        return options_.resume && reached_limit() && position_.validation &&
               position_.validation->step == position_.step &&
               position_.validation->data == options_.validation_data;
    }

    void recall_validation() {
        const ValidationRecord& last = *position_.validation;
        result_.validation = Evaluation{.loss = last.loss, .top1 = last.top1, .top5 = last.top5};
    }

    const graph::Graph& graph() const { return executor_.step().graph; }
    std::filesystem::path checkpoint_folder() const { return options_.out / "checkpoint"; }

    bool reached_limit() const {
        return position_.epoch >= options_.recipe.epochs ||
               (options_.max_steps && position_.step >= *options_.max_steps);
    }

    LoaderOptions loader_options() const {
        LoaderOptions loader;
        loader.batch_size = static_cast<int>(options_.recipe.batch_size);
        loader.input_size = static_cast<int>(options_.model.input_size);
        loader.crop_pct = options_.model.crop_pct;
        loader.augmentation = options_.recipe.augmentation;
        loader.shuffle = options_.shuffle;
        loader.seed = options_.recipe.seed;
        loader.workers = options_.workers;
        loader.batches_ahead = StepPipeline::batches_ahead;
        loader.epoch = position_.epoch;
        loader.batch = position_.batch;
        loader.end_epoch = options_.recipe.epochs;
        loader.unreadable = unreadable_;
        return loader;
    }

    // Returns the learning rate of the next step.
    double learning_rate() const {
        return options_.learning_rate.at(static_cast<uint64_t>(position_.step),
                                         static_cast<uint64_t>(batches_per_epoch_),
                                         static_cast<double>(options_.recipe.epochs));
    }

    void step(const Loader::Lease& batch) {
        graph::StepParams params;
        params.learning_rate = static_cast<float>(learning_rate());
        params.step = static_cast<uint32_t>(position_.step);
        params.epoch = static_cast<uint32_t>(batch->epoch);
        params.seed_low = static_cast<uint32_t>(options_.recipe.seed);
        params.seed_high = static_cast<uint32_t>(options_.recipe.seed >> 32);
        params.first_sample = static_cast<uint32_t>(batch->number * options_.recipe.batch_size);
        snapshot_.reset();
        pipeline_.launch(batch, params);
        ++position_.step;
        position_.batch = batch->number + 1;
        position_.epoch = batch->epoch;
        if (position_.batch == batches_per_epoch_) {
            position_.batch = 0;
            ++position_.epoch;
        }
    }

    void land(const StepPipeline::Flight& flight) {
        const StepExecutor::Metrics metrics = executor_.metrics(flight.slot);
        const std::optional<LossScaling> scaling = executor_.loss_scaling(flight.slot);
        if (!std::isfinite(metrics.loss))
            throw graph::NonFinite("the loss of step {} is not finite: {}{}", flight.params.step + 1,
                                   first_bad_layer(flight), last_checkpoint());
        if (scaling && scaling->exhausted)
            throw graph::NonFinite(
                "the gradients of step {} overflow fp16 even with the lowest loss scale, {}: {}, or train with "
                "--precision fp32{}",
                flight.params.step + 1, scaling->scale, first_bad_layer(flight), last_checkpoint());
        if (scaling) position_.skipped_steps = scaling->skipped_steps;
        gradient_scale_ = scaling ? scaling->scale : 1;
        position_.last_loss = metrics.loss;
        const int64_t number = int64_t{flight.params.step} + 1;
        since_log_ += options_.recipe.batch_size;
        double rate = 0;
        if (number % options_.log_every == 0) {
            rate = throughput_.look(since_log_);
            since_log_ = 0;
        }
        observer_.on_step({number, flight.batch->epoch, flight.batch->number, batches_per_epoch_,
                           metrics.loss, flight.params.learning_rate, rate,
                           metrics.top1_hits / static_cast<double>(options_.recipe.batch_size), scaling});
    }

    void show_tensors() {
        pipeline_.land_all();
        TrainingObserver::NamedTensors weights, gradients;
        for (const auto& [id, value] : snapshot().values())
            if (graph().value(id).role == graph::Role::parameter)
                weights[graph().value(id).info->name] = value;
        std::map<int64_t, std::string> names;  // a gradient lies where its parameter does
        for (const graph::ValueId id : graph().with_role(graph::Role::parameter))
            if (graph().value(id).info) names[graph().value(id).view_offset] = graph().value(id).info->name;
        for (const graph::ValueId id : graph().with_role(graph::Role::gradient)) {
            const graph::Value& gradient = graph().value(id);
            if (gradient.view_of == graph::no_value) continue;  // the flat buffer of all
            graph::HostTensor value = replicas_.state(0).read(graph(), id);
            for (double& number : value.values)
                number /= gradient_scale_;
            gradients[names.at(gradient.view_offset)] = std::move(value);
        }
        observer_.on_tensors(position_.step, weights, gradients);
        throughput_.restart();
        since_log_ = 0;
    }

    std::string first_bad_layer(const StepPipeline::Flight& flight) {
        pipeline_.wait_all();
        return train::first_bad_layer(replicas_, executor_, flight.slot, *flight.batch, flight.params);
    }

    // Times a run that is too short to have been logged.
    void time_short_run() {
        if (since_log_ > 0 && !throughput_.known()) throughput_.look(since_log_);
    }

    void validate() {
        pipeline_.land_all();
        time_short_run();
        if (!evaluator_) return;
        if (replicas_.count() > 1) {
            replicas_.share_statistics(graph());
            snapshot_.reset();
        }
        evaluator_->load(graph(), snapshot().values());
        LoaderOptions loading = evaluation_loading(options_.model, validation_batch(), options_.workers);
        loading.unreadable = unreadable_;
        Loader loader(validation_, loading);
        result_.validation = evaluator_->run(loader);
        validated_step_ = position_.step;
        position_.validation =
            ValidationRecord{position_.step, options_.validation_data, result_.validation->loss,
                             result_.validation->top1, result_.validation->top5};
        observer_.on_validation(position_.epoch, position_.step, *result_.validation);
        if (result_.validation->top1 > position_.best_top1) {
            position_.best_top1 = result_.validation->top1;
            write_weights("best.safetensors");
        }
        throughput_.restart();
        since_log_ = 0;
    }

    // Validates, or at least saves. Validation images that cannot be read must not cost the epoch; a step
    // that failed is not saved.
    void validate_or_save() {
        pipeline_.land_all();
        try {
            validate();
        } catch (...) {
            const std::exception_ptr failure = std::current_exception();
            try {
                save();
            } catch (const std::exception&) {  // report what failed first
            }
            std::rethrow_exception(failure);
        }
    }

    // Returns the weights behind the last step; none may be in flight.
    ModelSnapshot& snapshot() {
        if (!snapshot_) snapshot_.emplace(replicas_, graph());
        return *snapshot_;
    }

    void save() {
        pipeline_.land_all();
        time_short_run();
        require_finite_weights();
        position_.next_learning_rate = learning_rate();
        save_checkpoint(checkpoint_folder(), snapshot(), position_);
        write_weights("weights.safetensors");
        observer_.on_checkpoint(position_.step);
        throughput_.restart();
        since_log_ = 0;
    }

    // Throws where weights are not finite: a finite loss may have moved them beyond what fp32 holds.
    // The checkpoint before stays.
    void require_finite_weights() {
        if (const auto bad = first_bad_weights(graph(), snapshot().values()))
            throw graph::NonFinite(
                "after step {} the weights {} are not finite. Lower --lr or add --warmup-epochs{}",
                position_.step, *bad, last_checkpoint());
    }

    std::string last_checkpoint() const {
        if (!checkpoint_exists(checkpoint_folder())) return {};
        return fmt::format("; the last checkpoint is in {}", checkpoint_folder().string());
    }

    int64_t validation_batch() const {
        return even_batch(validation_->size(), options_.recipe.batch_size, replicas_.count());
    }

    void write_weights(const char* name) {
        graph::write_model_file(options_.out / name, graph(), snapshot().values(), options_.model,
                                training_->class_names(), position_.batches_tracked + position_.step);
    }

    const TrainerOptions& options_;
    ModelOnDevices& replicas_;
    std::shared_ptr<const Dataset> training_, validation_;
    TrainingObserver& observer_;
    StepExecutor executor_;
    StepPipeline pipeline_;
    std::optional<ModelSnapshot> snapshot_;
    const std::shared_ptr<UnreadableImages> unreadable_ = std::make_shared<UnreadableImages>();
    std::optional<Loader> loader_;
    std::optional<ModelOnDevices> evaluated_;
    std::optional<Evaluator> evaluator_;
    Position position_;
    int64_t validated_step_ = -1;
    TrainingResult result_;
    int64_t batches_per_epoch_ = 0, since_log_ = 0;
    double gradient_scale_ = 1;  ///< of the last step that landed
    Throughput throughput_;
};

}  // namespace

TrainingResult train(const TrainerOptions& options, ModelOnDevices& replicas,
                     std::shared_ptr<const Dataset> training, std::shared_ptr<const Dataset> validation,
                     TrainingObserver& observer, const std::atomic<bool>& stop) {
    return Trainer(options, replicas, std::move(training), std::move(validation), observer).run(stop);
}

}  // namespace vkm::train
