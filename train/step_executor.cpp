#include <graph/ops/clip_gradients.h>
#include <graph/ops/loss_scale.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <train/step_executor.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace vkm::train {
namespace {

// Copies a row of bytes each of `rows` sources; what a place holds beyond them does not matter.
template <typename Row, typename Bytes>
void copy_rows(std::span<std::byte> to, int64_t place_bytes, std::span<const Row> rows, const Bytes& bytes) {
    for (const Row& one : rows) {
        const std::span<const std::byte> row = std::as_bytes(bytes(one));
        if (row.size() > static_cast<size_t>(place_bytes))
            throw Error("an image needs {} bytes and has a place of {}", row.size(), place_bytes);
        std::memcpy(to.data(), row.data(), row.size());
        to = to.subspan(static_cast<size_t>(place_bytes));
    }
}

void copy_sources(graph::Executor& executor, graph::Executor::Slot slot, size_t replica,
                  const StepGraph& step, const BatchValues& values, std::span<const Source> sources) {
    const auto place = [&](graph::ValueId id) { return step.graph.type(id).image_bytes(); };
    const std::span<std::byte> tables = executor.input(slot, replica, values.tables);
    // Images without one have a table of zeros: no pixels.
    std::ranges::fill(tables, std::byte{0});
    copy_rows(tables, place(values.tables), sources, [](const Source& s) { return std::span(s.table); });
    copy_rows(executor.input(slot, replica, values.images), place(values.images), sources,
              [](const Source& s) { return std::span(s.pixels.rgb); });
    if (values.programs == graph::no_value) return;
    const std::span<std::byte> programs = executor.input(slot, replica, values.programs);
    std::ranges::fill(programs, std::byte{0});
    copy_rows(programs, place(values.programs), sources,
              [](const Source& s) { return std::span(s.program); });
}

// Rows that hold no sample are zeros: what lies there could be no numbers.
void copy_features(std::span<std::byte> to, const graph::TensorType& type, std::span<const FeatureRow> rows) {
    std::ranges::fill(to, std::byte{0});
    copy_rows(to, type.image_bytes(), rows, [](FeatureRow row) { return row; });
}

void copy_pixels(std::span<std::byte> to, const Batch& batch, const Share& share, int64_t rows) {
    const int64_t pixels = int64_t{batch.height} * batch.width;
    if (const auto* floats = std::get_if<std::vector<float>>(&batch.pixels)) {
        // Stored tensors have four channels a pixel.
        auto* const out = reinterpret_cast<float*>(to.data());
        const float* const in = floats->data() + share.first * pixels * 3;
        for (int64_t i = 0; i < rows * pixels; ++i) {
            std::copy_n(in + i * 3, 3, out + i * 4);
            out[i * 4 + 3] = 0;
        }
        return;
    }
    const auto bytes_per_image = static_cast<size_t>(pixels * 3);
    const std::span<const std::byte> bytes = batch.pixel_bytes();
    std::memcpy(to.data(), bytes.data() + static_cast<size_t>(share.first) * bytes_per_image,
                static_cast<size_t>(rows) * bytes_per_image);
}

// Returns whether a replica's graph reads what the host would give it. Of stages, not all read the images.
bool is_read(const StepGraph& step, graph::ValueId id) {
    return id != graph::no_value && step.graph.value(id).role == graph::Role::input;
}

// Writes what the loss reads besides the labels, and mixing.
void feed_loss(graph::Executor& executor, graph::Executor::Slot slot, size_t replica, const StepGraph& step,
               const BatchValues& values, const Share& share, const Batch& batch,
               const graph::StepParams& params) {
    if (is_read(step, values.sample_terms)) {
        auto* const terms = reinterpret_cast<graph::ops::SampleTerms*>(
            executor.input(slot, replica, values.sample_terms).data());
        step.loss_inputs.write({terms, static_cast<size_t>(share.count)}, share.first, batch, params);
    }
    if (is_read(step, values.class_weights)) {
        const std::vector<float>& weights = step.loss_inputs.loss.class_weights;
        std::memcpy(executor.input(slot, replica, values.class_weights).data(), weights.data(),
                    weights.size() * sizeof(float));
    }
}

}  // namespace

StepExecutor::StepExecutor(ModelOnDevices& replicas, int64_t batch_size, PixelType pixels,
                           const BuildStep& build, const Progress& progress, bool profile)
    : StepExecutor(replicas, replicas.split(batch_size), pixels, build,
                   Options{.progress = progress, .profile = profile}) {}

StepExecutor::StepExecutor(ModelOnDevices& replicas, std::vector<Share> shares, PixelType pixels,
                           BuildStep build, Options options)
    : replicas_(replicas),
      shares_(std::move(shares)),
      pixels_(pixels),
      build_(std::move(build)),
      options_(std::move(options)) {
    for (StepGraph& step : graphs(shares_))
        steps_.push_back(std::make_shared<StepGraph>(std::move(step)));
    execute();
}

std::vector<StepGraph> StepExecutor::graphs(std::span<const Share> shares) const {
    std::vector<StepGraph> graphs;
    const std::vector<StepShape> shapes = replicas_.shapes(shares, pixels_);
    if (options_.stages) {
        graphs = options_.stages(shapes);
        for (size_t i = 0; i < graphs.size(); ++i)
            require_memory_of_stage(replicas_, i, graphs[i], options_.undoable);
        return graphs;
    }
    for (size_t i = 0; i < shapes.size(); ++i) {
        graphs.push_back(build_(shapes[i]));
        require_memory(replicas_, i, graphs.back(), shapes[i], build_);
    }
    return graphs;
}

void StepExecutor::execute() {
    std::vector<graph::Executor::Replica> parts;
    for (size_t i = 0; i < steps_.size(); ++i)
        parts.push_back({&replicas_.state(i), &steps_[i]->graph});
    executor_ = std::make_unique<graph::Executor>(
        std::move(parts), graph::Executor::Options{.profile = options_.profile,
                                                   .undoable = options_.undoable && steps_.size() > 1,
                                                   .compile_progress = options_.progress,
                                                   .used_later = options_.used_later,
                                                   .job = replicas_.job(),
                                                   .wish = options_.wish,
                                                   .trace = options_.trace});
}

void StepExecutor::split(std::vector<Share> shares) {
    std::vector<StepGraph> others = graphs(shares);
    executor_.reset();             // its memory is wanted, and it reads the graphs
    steps_.resize(others.size());  // fewer where devices failed
    for (size_t i = 0; i < steps_.size(); ++i)
        *steps_[i] = std::move(others[i]);
    shares_ = std::move(shares);
    execute();
}

std::vector<size_t> StepExecutor::undo(graph::Executor::Slot slot) {
    std::vector<size_t> failed = executor_->undo(slot);
    if (!failed.empty() && failed.size() < steps_.size()) executor_.reset();
    return failed;
}

std::vector<graph::DeviceWork> StepExecutor::work() const {
    std::vector<graph::DeviceWork> work;
    for (size_t i = 0; i < steps_.size(); ++i)
        work.push_back(executor_->work(i));
    return work;
}

namespace {

void feed_images(graph::Executor& executor, graph::Executor::Slot slot, size_t replica, const StepGraph& step,
                 const BatchValues& values, const Share& here, const Batch& batch, int64_t rows) {
    const auto of_share = [&](const auto& all) {
        return std::span(all).subspan(static_cast<size_t>(std::min<int64_t>(here.first, batch.rows())),
                                      static_cast<size_t>(rows));
    };
    if (const auto* sources = std::get_if<std::vector<Source>>(&batch.pixels))
        copy_sources(executor, slot, replica, step, values, of_share(*sources));
    else if (const auto* features = std::get_if<std::vector<FeatureRow>>(&batch.pixels))
        copy_features(executor.input(slot, replica, values.images), step.graph.type(values.images),
                      of_share(*features));
    else
        copy_pixels(executor.input(slot, replica, values.images), batch, here, rows);
}

}  // namespace

void feed_share(graph::Executor& executor, graph::Executor::Slot slot, size_t replica, const StepGraph& step,
                const BatchValues& values, const Share& share, const Batch& batch, graph::StepParams params) {
    const Share here{share.first - batch.first_row, share.count};
    const int64_t rows = std::clamp<int64_t>(batch.rows() - here.first, 0, here.count);
    if (is_read(step, values.images)) feed_images(executor, slot, replica, step, values, here, batch, rows);
    if (is_read(step, values.labels)) {
        auto* const labels = reinterpret_cast<int32_t*>(executor.input(slot, replica, values.labels).data());
        std::fill_n(labels, share.count, -1);
        std::copy_n(batch.labels.begin() + std::min<int64_t>(here.first, batch.rows()), rows, labels);
    }
    feed_loss(executor, slot, replica, step, values, share, batch, params);
    params.first_sample += static_cast<uint32_t>(share.first);
    if (values.params == graph::no_value)
        executor.set_step(slot, replica, params);
    else if (step.graph.value(values.params).role == graph::Role::step_params)
        std::memcpy(executor.input(slot, replica, values.params).data(), &params, sizeof params);
}

void StepExecutor::feed(graph::Executor::Slot slot, const Batch& batch, const graph::StepParams& params) {
    for (size_t i = 0; i < steps_.size(); ++i)
        feed_share(*executor_, slot, i, *steps_[i], *steps_[i], own_shares()[i], batch, params);
}

void StepExecutor::feed_before(size_t i, graph::Executor::Slot slot, const Batch& batch,
                               const graph::StepParams& params) {
    for (size_t replica = 0; replica < steps_.size(); ++replica)
        feed_share(*executor_, slot, replica, *steps_[replica], step().before.at(i), own_shares()[replica],
                   batch, params);
}

namespace {

StepExecutor::Metrics read_metrics(std::span<const std::byte> bytes) {
    const auto read = graph::read_record<graph::ops::ClassificationMetrics>(bytes);
    return {read.loss, read.top1_hits, read.top5_hits};
}

bool has_metric(const StepGraph& step, graph::ValueId id) {
    return step.graph.value(id).role == graph::Role::metric;
}

}  // namespace

StepExecutor::Metrics StepExecutor::metrics_before(size_t i, graph::Executor::Slot slot) const {
    const graph::ValueId id = step().before.at(i).metrics;
    for (size_t replica = 0; replica < steps_.size(); ++replica)
        if (has_metric(*steps_[replica], id)) return read_metrics(executor_->metric(slot, replica, id));
    throw Error("no device has the metrics of a batch");
}

StepExecutor::Metrics StepExecutor::metrics(graph::Executor::Slot slot) const {
    Metrics sum;
    for (size_t i = 0; i < steps_.size(); ++i) {
        if (!has_metric(*steps_[i], steps_[i]->metrics)) continue;  // an earlier stage
        const Metrics part = metrics(slot, i);
        sum.loss += part.loss;
        sum.top1_hits += part.top1_hits;
        sum.top5_hits += part.top5_hits;
    }
    return sum;
}

StepExecutor::Metrics StepExecutor::metrics(graph::Executor::Slot slot, size_t replica) const {
    return read_metrics(executor_->metric(slot, replica, steps_[replica]->metrics));
}

std::optional<StepExecutor::Metrics> StepExecutor::whole_metrics(graph::Executor::Slot slot) const {
    const graph::ValueId id = step().whole;
    if (id == graph::no_value) return std::nullopt;
    return read_metrics(executor_->metric(slot, 0, id));
}

graph::HostTensor StepExecutor::logits(graph::Executor::Slot slot, int64_t images) const {
    graph::HostTensor all({images, 1, 1, steps_.front()->graph.type(steps_.front()->logits).shape.c});
    const std::span<const Share> own = own_shares();
    for (size_t i = 0; i < own.size(); ++i) {
        const graph::ValueId id = steps_[i]->logits;
        const int64_t first = own[i].first - own.front().first;
        const graph::HostTensor part =
            graph::from_bytes(executor_->metric(slot, i, id), steps_[i]->graph.type(id));
        const int64_t rows = std::clamp<int64_t>(images - first, 0, own[i].count);
        std::copy_n(part.values.begin(), rows * part.shape.c, all.values.begin() + first * part.shape.c);
    }
    return all;
}

std::optional<LossScaling> StepExecutor::loss_scaling(graph::Executor::Slot slot) const {
    const graph::ValueId id = step().loss_scale_verdict;
    if (id == graph::no_value) return std::nullopt;
    const auto verdict = graph::read_record<graph::ops::LossScaleVerdict>(executor_->metric(slot, 0, id));
    return LossScaling{.scale = verdict.scale,
                       .skipped = verdict.gradient_factor == 0,
                       .exhausted = verdict.exhausted != 0,
                       .skipped_steps = static_cast<int64_t>(verdict.skipped_steps)};
}

std::optional<double> StepExecutor::gradient_norm(graph::Executor::Slot slot) const {
    const graph::ValueId id = step().gradient_norm;
    if (id == graph::no_value) return std::nullopt;
    return graph::read_record<graph::ops::GradientNorm>(executor_->metric(slot, 0, id)).norm;
}

std::shared_ptr<const StepGraph> StepExecutor::alone(size_t replica) const {
    if (!options_.stages) return steps_.at(replica);
    return std::make_shared<StepGraph>(build_(replicas_.shapes(shares_, pixels_).at(replica)));
}

void StepExecutor::derive_weights() {
    for (size_t i = 0; i < steps_.size(); ++i) {
        const graph::Graph& graph = steps_[i]->graph;
        graph::DeviceState& state = replicas_.state(i);
        steps_[i]->derived.each(
            [&](graph::ValueId id) { return state.read(graph, id); },
            [&](graph::ValueId id, const graph::HostTensor& value) { state.write(graph, id, value); });
    }
}

}  // namespace vkm::train
