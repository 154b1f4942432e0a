#include <train/evaluator.h>
#include <train/feature_extractor.h>
#include <train/shares.h>
#include <train/together.h>
#include <train/training_loading.h>

#include <algorithm>
#include <iterator>

namespace vkm::train {
namespace {

// Returns what augmentation on the device reads: random numbers are keyed by it.
graph::StepParams params_of(const Batch& batch, const LoaderOptions& options) {
    graph::StepParams params;
    params.epoch = static_cast<uint32_t>(batch.epoch);
    params.seed_low = static_cast<uint32_t>(options.seed);
    params.seed_high = static_cast<uint32_t>(options.seed >> 32);
    params.first_sample = static_cast<uint32_t>(batch.number * options.batch_size);
    return params;
}

// Takes a batch's features out of the metrics of a step that is done.
void keep(FeatureSet& set, const StepPipeline::Flight& flight) {
    const Batch& batch = *flight.batch;
    StepExecutor& executor = *flight.executor;
    for (size_t i = 0; i < executor.own_shares().size(); ++i) {
        const graph::ValueId id = executor.step(i).logits;
        const auto bytes = static_cast<size_t>(executor.step(i).graph.type(id).image_bytes());
        const std::span<const std::byte> rows = executor.executor().metric(flight.slot, i, id);
        const Share& share = executor.own_shares()[i];
        const int64_t first = share.first - batch.first_row;  // among those that this process reads
        const int64_t count = std::clamp<int64_t>(batch.count - first, 0, share.count);
        for (int64_t row = 0; row < count; ++row)
            set.keep(batch.indices[static_cast<size_t>(first + row)], batch.epoch,
                     rows.subspan(static_cast<size_t>(row) * bytes, bytes));
    }
}

// Gives every process what the others have kept.
void exchange(FeatureSet& set, int64_t draws, graph::World& world) {
    constexpr size_t piece_bytes = size_t{32} << 20;
    const auto images_at_once =
        std::max<size_t>(1, piece_bytes / std::max<size_t>(1, set.row_bytes() * static_cast<size_t>(draws)));
    for (size_t first = 0; first < set.size(); first += images_at_once) {
        struct Place {
            uint64_t index;
            int64_t draw;
        };
        std::vector<Place> mine;
        std::vector<std::byte> my_rows;
        for (size_t index = first; index < std::min(first + images_at_once, set.size()); ++index)
            for (int64_t draw = 0; draw < draws; ++draw)
                if (set.has(index, draw)) {
                    mine.push_back({index, draw});
                    std::ranges::copy(set.features(index, draw), std::back_inserter(my_rows));
                }
        const std::vector<Place> places = gather_lists(world, mine);
        const std::vector<std::byte> rows = gather_lists(world, my_rows);
        for (size_t i = 0; i < places.size(); ++i)
            set.keep(places[i].index, places[i].draw,
                     std::span(rows).subspan(i * set.row_bytes(), set.row_bytes()));
    }
}

}  // namespace

FeatureExtractor::FeatureExtractor(const ModelOnDevices& training, const graph::ModelConfig& config,
                                   std::string features, const graph::Graph& graph,
                                   const ParameterValues& weights)
    : model_(training.beside()),
      config_(config),
      features_(std::move(features)),
      graph_(graph),
      weights_(weights) {}

std::shared_ptr<const FeatureSet> FeatureExtractor::extract(const std::shared_ptr<const Dataset>& images,
                                                            LoaderOptions options, int64_t draws,
                                                            const StepExecutor::Progress& compiling,
                                                            const Progress& progress,
                                                            const std::atomic<bool>& stop) {
    const bool evaluates = options.mode == LoaderMode::evaluation;
    const Augmentation augmentation = evaluates ? Augmentation{} : options.augmentation;
    const PixelType pixels = pixel_type(*images, augmentation);
    options.mode = evaluates ? LoaderMode::evaluation : LoaderMode::survey;
    options.batch_size = static_cast<int>(
        even_batch(static_cast<int64_t>(images->size()),
                   std::max<int64_t>(options.batch_size, static_cast<int64_t>(model_.count_of_all())),
                   model_.count_of_all()));
    options.epoch = options.batch = 0;
    options.end_epoch = draws;
    options.scaling = model_.scaling();
    const auto build = [&](const StepShape& shape) {
        return feature_step(config_, augmentation, shape, features_);
    };
    StepExecutor executor(
        model_, options.batch_size, pixels, [&](const StepShape& shape) { return build(shape).step; },
        compiling);
    load_inference_weights(model_, build(model_.shapes(options.batch_size, pixels).front()), graph_,
                           weights_);
    load_rows(options, model_, executor.shares());
    auto set = std::make_shared<FeatureSet>(images, draws);
    set->reserve(executor.step().graph.type(executor.step().logits).image_bytes());
    const auto all = static_cast<int64_t>(images->size());
    int64_t done = 0;
    StepPipeline pipeline(executor, [&](const StepPipeline::Flight& flight) {
        keep(*set, flight);
        done += std::min<int64_t>(options.batch_size, all - flight.batch->number * options.batch_size);
        progress(done, all * draws);
    });
    Loader loader(images, options);
    while (!any_of_all(model_.world(), stop)) {
        const Loader::Lease batch = loader.next();
        if (!batch) break;
        pipeline.launch(batch, params_of(*batch, options));
    }
    pipeline.land_all();
    if (model_.job().has_others()) exchange(*set, draws, model_.world());
    return set;
}

}  // namespace vkm::train
