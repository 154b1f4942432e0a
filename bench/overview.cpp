#include <base/quantile.h>
#include <bench/agreement.h>
#include <bench/batch_memory.h>
#include <bench/cases.h>
#include <bench/cost_estimate.h>
#include <bench/image_run.h>
#include <bench/measuring.h>
#include <bench/model_run.h>
#include <bench/overview.h>
#include <bench/peak_figures.h>
#include <bench/vendor_figures.h>
#include <engine/error.h>
#include <graph/operator.h>
#include <graph/run/executor.h>

#include <algorithm>
#include <map>
#include <regex>
#include <utility>

namespace vkm::bench {
namespace {

using graph::DType;

// The batches from which the memory of others is foretold.
constexpr int64_t small_batch = 1, usual_batch = 32;
constexpr int most_tries = 3;          // of a peak that something disturbs
constexpr double usable_memory = 0.9;  // of what the device has: others live there, too

// Returns the parts that have something to measure: the others would keep time that nobody uses.
std::vector<Budget::Part> budget_parts(const std::vector<OverviewCase>& cases, const std::vector<Row>& rows) {
    constexpr std::pair<Part, double> weights[] = {{Part::peaks, 2},     {Part::batch_1, 3},
                                                   {Part::one_image, 1}, {Part::batch_32, 4},
                                                   {Part::largest, 4},   {Part::photographs, 2}};
    const auto has_row = [&](std::string_view prefix) {
        return std::ranges::any_of(rows, [&](const Row& row) {
            return row.name.starts_with(prefix) && row.missing != Missing::support;
        });
    };
    std::vector<Budget::Part> parts;
    for (const auto& [part, weight] : weights) {
        const bool needed = part == Part::peaks ? has_row("peaks/")
                            : part == Part::photographs
                                ? has_row(agreement_prefix)
                                : std::ranges::find(cases, part, &OverviewCase::part) != cases.end();
        if (needed) parts.push_back({std::string(part_name(part)), weight});
    }
    return parts;
}

double multiply_adds(const graph::Graph& graph) {
    double sum = 0;
    for (const graph::Node& node : graph.nodes()) {
        std::vector<graph::TensorType> inputs, outputs;
        for (const graph::ValueId id : node.inputs)
            inputs.push_back(graph.type(id));
        for (const graph::ValueId id : node.outputs)
            outputs.push_back(graph.type(id));
        sum += static_cast<double>(node.op->multiply_adds(inputs, outputs));
    }
    return sum;
}

// Half of the interquartile range: what a usual timing is off by.
std::optional<double> noise_of(const std::vector<double>& times) {
    if (times.size() < 3) return {};
    return interquartile_range(times) / 2 / median(times);
}

class OverviewRun {
  public:
    OverviewRun(graph::PlannedDevice& device, const OverviewOptions& options, const Budget::Clock& clock,
                const std::function<void(const Overview&)>& so_far)
        : device_(device),
          options_(options),
          clock_(clock),
          so_far_(so_far),
          out_(planned_overview(options)),
          cases_(cases_of(out_, options)),
          measuring_(device, options.quiet, cases_.size(), {}),
          budget_(options.seconds, budget_parts(cases_, out_.rows), clock),
          begun_(clock()) {
        selection_.input_size = options.input_size;
    }

    Overview run() {
        peaks();
        std::vector<Benchmark> benchmarks;
        for (const OverviewCase& c : cases_)
            benchmarks.push_back({c.name, [this, &c](benchmark::State& state) { run(state, c); }});
        run_benchmarks(benchmarks, options_.samples, options_.google_report);
        photographs();
        measuring_.finish();
        doubt();
        publish();
        return std::move(out_);
    }

    /// Returns the cases that have a row.
    static std::vector<OverviewCase> cases_of(const Overview& overview, const OverviewOptions& options) {
        std::vector<OverviewCase> cases = overview_cases(options.models);
        std::erase_if(cases, [&](const OverviewCase& c) { return !find_row(overview.rows, c.name); });
        return cases;
    }

  private:
    bool stopped() const { return options_.interrupted && *options_.interrupted; }

    void peaks() {
        if (std::ranges::none_of(out_.rows, [](const Row& row) { return row.name.starts_with("peaks/"); }))
            return;
        budget_.begin(part_name(Part::peaks));
        for (Row& row : out_.rows)
            if (const PeakFigure* figure = find_peak_figure(row.name))
                row.vendor = vendor_figure(device_.snapshot().name, figure->vendor);
        Peaks peaks;
        for (const PeakMeasurement& peak : peak_measurements(device_)) {
            std::vector<Row*> rows;
            for (const std::string& name : peak.names)
                if (Row* row = find_row(out_.rows, "peaks/" + name)) rows.push_back(row);
            if (rows.empty()) continue;
            if (stopped()) return;
            if (budget_.left() == 0) {
                for (Row* row : rows)
                    row->miss(Missing::time, "its part of the time was over");
                continue;
            }
            measuring_.progress().note(peak.what);
            const size_t failures = measuring_.results().failures.size();
            bool done = false;
            for (int tries = 0; tries < most_tries; ++tries) {
                Peaks again = peaks;  // as it was: a measurement adds to it
                const std::optional<size_t> before = measuring_.look();
                done = measuring_.attempt(peak.what, [&] { peak.measure(again); });
                const std::optional<size_t> after = measuring_.look();
                const bool last = !done || tries + 1 == most_tries || budget_.left() == 0 || stopped();
                if (!last && is_disturbed(measuring_.between(before, after))) continue;
                peaks = std::move(again);
                for (Row* row : rows)
                    seen_[row->name] = {before, after};
                break;
            }
            for (Row* row : rows)
                if (done)
                    say(*row, peaks);
                else
                    row->miss(Missing::failure, measuring_.results().failures.size() > failures
                                                    ? measuring_.results().failures.back()
                                                    : "the device was lost");
        }
        measuring_.results().peaks = peaks;
        publish();
    }

    bool is_disturbed(const std::optional<Disturbance>& seen) const {
        return seen &&
               bench::is_disturbed(*seen, most_noise, device_.snapshot().type == engine::DeviceType::cpu);
    }

    const std::string& measured_as(const std::string& name) const {
        const auto same = same_.find(name);
        return same == same_.end() || !seen_.contains(same->second) ? name : same->second;
    }

    // Marks what was disturbed, when all looks at the machine are known.
    void doubt() {
        for (Row& row : out_.rows)
            if (const auto seen = seen_.find(measured_as(row.name)); row.value && seen != seen_.end())
                if (const auto d = measuring_.between(seen->second.first, seen->second.second);
                    is_disturbed(d))
                    row.disturbed = d;
    }

    static void say(Row& row, const Peaks& peaks) {
        const PeakFigure& figure = *find_peak_figure(row.name);
        if (const std::optional<double> value = figure.value(peaks)) {
            row.set(*value);
            if (figure.remark) row.remark = figure.remark(peaks);
            return;
        }
        const auto why = peaks.absent.find(figure.name);
        row.miss(Missing::support, why != peaks.absent.end() ? why->second : "nothing was measured");
    }

    // Begins a case. Returns whether it may run.
    bool enter(benchmark::State& state, const OverviewCase& c) {
        measuring_.between_benchmarks();
        if (!part_ || *part_ != c.part) {
            budget_.begin(part_name(c.part));
            part_ = c.part;
        }
        if (measuring_.device_gone()) {
            row(c).miss(Missing::failure, "the device was lost before");
            state.SkipWithError("no device left");
            return false;
        }
        if (stopped()) {
            row(c).miss(Missing::time, "stopped before it was begun");
            state.SkipWithError("stopped");
            return false;
        }
        return true;
    }

    Row& row(const OverviewCase& c) { return *find_row(out_.rows, c.name); }

    // Counts this case and those of its part that are still to come.
    size_t cases_left(const OverviewCase& c) const {
        return static_cast<size_t>(std::count_if(&c, cases_.data() + cases_.size(),
                                                 [&](const OverviewCase& o) { return o.part == c.part; }));
    }

    CaseWork work_of(const OverviewCase& c, int64_t batch) {
        const std::string mode = c.training ? "training" : "inference";
        auto& known = operations_[c.model + mode];
        if (known == 0)
            known = multiply_adds(
                network_graph(c.model, 1, DType::f32, c.training, selection_, device_.plan()).graph);
        return {c.model, mode, precision_name(c.precision), batch, known * static_cast<double>(batch)};
    }

    // Returns the seconds that a case takes at least; 0 where nothing tells.
    double cost_of(const CaseWork& work, size_t runs) const {
        const std::optional<CaseCost> cost = estimate_.of(work);
        return cost ? cost->setup + cost->run * static_cast<double>(runs) : 0;
    }

    // Skips what would outlast its part.
    bool fits_time(benchmark::State& state, Row& row, double seconds) {
        const double left = budget_.left();
        if (seconds <= left && left > 0) return true;
        row.miss(Missing::time,
                 seconds > left
                     ? fmt::format("it takes about {:.0f} s, and its part of the time had {:.0f} s left",
                                   std::ceil(seconds), left)
                     : "its part of the time was over");
        measuring_.progress().done(row.name, "not measured: " + row.why);
        state.SkipWithError(row.why.c_str());
        publish();
        return false;
    }

    void run(benchmark::State& state, const OverviewCase& c) {
        if (!enter(state, c)) return;
        const std::optional<size_t> before = measuring_.look();
        try {
            if (c.part == Part::one_image)
                one_image(state, c);
            else if (c.batch == 0)
                largest(state, c);
            else
                network(state, c, c.batch);
        } catch (const OutOfDeviceMemory& error) {
            row(c).miss(Missing::memory, error.what());
            measuring_.skip(state, c.name, error);
        } catch (const Error& error) {
            row(c).miss(Missing::failure, error.what());
            failed(c, error);
            measuring_.skip(state, c.name, error);
        }
        const std::optional<size_t> after = measuring_.look();
        for (const Row& row : rows_of(c))  // from the first repetition to the last
            seen_.try_emplace(row.name, before, after).first->second.second = after;
        publish();
    }

    void failed(const OverviewCase& c, const Error& error) {
        if (c.part == Part::one_image) measuring_.results().failures.push_back(error.what());
    }

    void network(benchmark::State& state, const OverviewCase& c, int64_t batch) {
        const CaseWork work = work_of(c, batch);
        const double before = clock_(), share = budget_.share(cases_left(c));
        // Graphs of large networks take a while, too: what cannot run is not built.
        const double least = cost_of(work, least_batches(c.training, batch));
        if (!fits_time(state, row(c), least)) return;
        NetworkGraph graph =
            network_graph(c.model, batch, c.precision, c.training, selection_, device_.plan());
        const double end = before + std::max(share, least);
        ModelResult result = run_model(device_, graph,
                                       {.samples = options_.samples,
                                        .least_us = std::min(options_.least_ms * 1e3, share / 10 * 1e6),
                                        .layers = false,
                                        .enough = [&] { return clock_() > end; }});
        estimate_.add(work, {result.setup_us * 1e-6, median(result.wall_us) * 1e-6});
        Measuring::report(state, result.wall_us);
        Row& row = this->row(c);
        row.batch = batch;
        measuring_.keep(measuring_.results().models, std::move(result), &ModelResult::wall_us);
        // Of all repetitions.
        const std::vector<double>& times =
            std::ranges::find(measuring_.results().models, graph.name(), &ModelResult::name)->wall_us;
        const double rate = static_cast<double>(batch) / median(times) * 1e6;
        row.set(rate, noise_of(times));
        state.counters["images/s"] = rate;
        measuring_.progress().done(c.name, fmt::format("{:.1f} images/s", rate));
    }

    // Returns what one network's memory is in any batch.
    BatchMemory memory_of(const OverviewCase& c) {
        const auto need = [&](int64_t batch) {
            const NetworkGraph graph =
                network_graph(c.model, batch, c.precision, c.training, selection_, device_.plan());
            return static_cast<double>(graph::memory_need(graph.graph, device_.plan()).total());
        };
        // Where one image is too much already, that is what there is to say.
        const double one = need(small_batch);
        return BatchMemory::through(small_batch, one, usual_batch, need(usual_batch));
    }

    void largest(benchmark::State& state, const OverviewCase& c) {
        const double available =
            usable_memory * static_cast<double>(device_.snapshot().device_memory_bytes());
        const int64_t fits = memory_of(c).largest_batch(available);
        Row& row = this->row(c);
        if (fits == 0)
            throw OutOfDeviceMemory("one image takes more than {:.0f} MB of the device's memory",
                                    available / 1e6);
        if (fits == small_batch || fits == usual_batch) {
            same_as(state, c, fits);
            return;
        }
        const double share = budget_.share(cases_left(c));
        const auto cost = [&](int64_t batch) {
            return cost_of(work_of(c, batch), least_batches(c.training, batch));
        };
        const int64_t batch = batch_within(share, fits, 2 * usual_batch, cost);
        if (batch < fits)
            row.remark = fmt::format("batch {} fits the memory, and would not end in time", fits);
        network(state, c, batch);
    }

    // The largest batch is one that was measured.
    void same_as(benchmark::State& state, const OverviewCase& c, int64_t batch) {
        Row& row = this->row(c);
        std::string name = c.name;
        name.replace(name.find("/largest/"), std::string_view("/largest/").size(),
                     fmt::format("/b{}/", batch));
        const Row* other = find_row(out_.rows, name);
        row.batch = batch;
        same_[row.name] = name;
        if (!other) {
            network(state, c, batch);
            return;
        }
        row.value = other->value;
        row.noise = other->noise;
        row.missing = other->missing;
        row.why = other->why;
        measuring_.progress().done(c.name, fmt::format("batch {}, which was measured", batch));
        state.SkipWithError("the largest batch is one that was measured");
    }

    void one_image(benchmark::State& state, const OverviewCase& c) {
        const CaseWork work = work_of(c, 1);
        const double before = clock_(), share = budget_.share(cases_left(c));
        if (!fits_time(state, row(c), cost_of(work, least_image_runs))) return;
        const ImageRun run = run_images(device_, {.model = c.model,
                                                  .classes = c.classes,
                                                  .input_size = options_.input_size,
                                                  .precision = c.precision,
                                                  .least_seconds = std::min(1.0, share / 2),
                                                  .enough = [&] { return clock_() > before + share; }});
        estimate_.add(work, {run.setup, median(run.milliseconds) * 1e-3});
        std::vector<double> microseconds;
        for (const double ms : run.milliseconds)
            microseconds.push_back(1000 * ms);
        Measuring::report(state, microseconds);
        Row& row = this->row(c);
        if (c.least)
            row.set(*std::ranges::min_element(run.milliseconds), noise_of(run.milliseconds));
        else
            row.set(median(run.milliseconds), noise_of(run.milliseconds));
        for (const Row& more : rows_of(c))
            if (Row* score = find_row(out_.rows, more.name); score && score != &row)
                score->set(5000 / geometric_mean(run.milliseconds));
        measuring_.progress().done(c.name, fmt::format("{:.2f} ms", *row.value));
    }

    void photographs() {
        if (!options_.data) return;
        for (Row& row : out_.rows) {
            if (!row.name.starts_with(agreement_prefix) || stopped()) continue;
            budget_.begin(part_name(Part::photographs));
            measuring_.progress().note("agreement on photographs");
            try {
                const Agreement found =
                    agreement(device_, *options_.data, [&] { return budget_.left() == 0; });
                row.set(found.same);
                row.remark = fmt::format("of {}", found.photographs);
            } catch (const NoPhotographs& error) {
                row.miss(Missing::support, error.what());
            } catch (const Error& error) {
                row.miss(Missing::failure, error.what());
                measuring_.results().failures.push_back(error.what());
            }
            return;
        }
    }

    void publish() {
        out_.results = measuring_.results();
        out_.results.unfinished =
            static_cast<size_t>(std::ranges::count(out_.rows, Missing::time, &Row::missing));
        out_.seconds = clock_() - begun_;
        if (so_far_) so_far_(out_);
    }

    graph::PlannedDevice& device_;
    const OverviewOptions& options_;
    const Budget::Clock& clock_;
    const std::function<void(const Overview&)>& so_far_;
    Overview out_;
    std::vector<OverviewCase> cases_;
    Measuring measuring_;
    Budget budget_;
    double begun_;
    Selection selection_;
    CostEstimate estimate_;
    std::map<std::string, double> operations_;  ///< multiply-adds of an image
    std::optional<Part> part_;
    std::map<std::string, std::pair<std::optional<size_t>, std::optional<size_t>>> seen_;  ///< looks, by row
    std::map<std::string, std::string> same_;  ///< rows whose value is another's
};

}  // namespace

Overview planned_overview(const OverviewOptions& options) {
    Overview overview;
    const std::regex filter(options.filter);
    const auto add = [&](std::vector<Row> rows) {
        for (Row& row : rows)
            if (std::regex_search(row.name, filter)) overview.rows.push_back(std::move(row));
    };
    add(peak_rows());
    for (const OverviewCase& c : overview_cases(options.models))
        add(rows_of(c));
    add({{.name = std::string(agreement_prefix) + "fp16", .unit = "photographs"}});
    if (Row* row = find_row(overview.rows, std::string(agreement_prefix) + "fp16"); row && !options.data)
        row->miss(Missing::support, "VKMBV3_DATA names no folder with weights and photographs");
    return overview;
}

Overview measure_overview(graph::PlannedDevice& device, const OverviewOptions& options,
                          const Budget::Clock& clock, const std::function<void(const Overview&)>& so_far) {
    return OverviewRun(device, options, clock, so_far).run();
}

}  // namespace vkm::bench
