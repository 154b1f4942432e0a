#include <base/error.h>
#include <graph/finite.h>
#include <infer/batch_classifier.h>
#include <infer/batch_line.h>
#include <infer/inference.h>
#include <infer/preparation.h>

#include <algorithm>
#include <deque>
#include <thread>

namespace vkm::infer {
namespace {

/// Batches that a device has: those in flight, one that is ready, and one whose results are taken.
constexpr size_t batches_a_device = graph::steps_in_flight + 2;

int threads_for(int workers, size_t images) {
    const auto cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    return static_cast<int>(std::min(static_cast<size_t>(workers == 0 ? cores : workers), images));
}

/// Ends the line and waits for every thread, whatever happens.
class Threads {
  public:
    explicit Threads(BatchLine& line) : line_(line) {}
    ~Threads() {
        line_.stop();
        for (std::thread& thread : threads_)
            thread.join();
    }
    Threads(const Threads&) = delete;

    /// Starts a thread whose failure ends the line.
    void start(const std::function<void()>& work) {
        threads_.emplace_back([this, work] {
            try {
                work();
            } catch (...) {
                line_.stop(std::current_exception());
            }
        });
    }

  private:
    BatchLine& line_;
    std::vector<std::thread> threads_;
};

}  // namespace

/// Is the network on one device, or on several as stages.
struct BatchClassifier::Replica {
    Replica(const std::vector<graph::PlannedDevice*>& devices, const graph::ModelConfig& config,
            graph::StateDict weights, const Options& options)
        : slots(Inference::slots_for(devices.size())),
          network(devices, config, std::move(weights),
                  {.batch_size = options.batch_size,
                   .precision = options.precision,
                   .slots = slots,
                   .compile_progress = options.compile_progress}) {}

    /// Runs batches of the line until there are no more, the next one while the device computes the last.
    void work(BatchLine& line) {
        struct Flight {
            BatchLine::Batch* batch;
            graph::Executor::Slot slot;
        };
        std::deque<Flight> flights;
        const auto land = [&] {
            const auto [batch, slot] = flights.front();
            flights.pop_front();
            take(network.finish(slot), *batch);
            line.finish_batch(*batch);
        };
        for (;;) {
            if (flights.size() == slots) land();
            if (BatchLine::Batch* const batch = line.take_batch(flights.empty()))
                flights.push_back({batch, network.begin(std::span(batch->pixels))});
            else if (flights.empty())
                return;
            else
                land();
        }
    }

    void take(const graph::HostTensor& logits, BatchLine::Batch& batch) const {
        const auto classes = static_cast<ptrdiff_t>(logits.shape.c);
        for (size_t row = 0; row < batch.count; ++row) {
            if (batch.problems[row]) continue;
            try {
                network.require_finite_row(logits, static_cast<int64_t>(row));
                const auto begin = logits.values.begin() + static_cast<ptrdiff_t>(row) * classes;
                batch.logits[row].assign(begin, begin + classes);
            } catch (const graph::NonFinite& error) {
                batch.problems[row] = Unclassified{error.what(), false};
            }
        }
    }

    size_t slots;  ///< batches that are on their way at a time
    Inference network;
};

BatchClassifier::BatchClassifier(std::vector<graph::PlannedDevice*> devices, graph::ModelFile file,
                                 const Options& options)
    : file_(std::move(file)), options_(options) {
    std::vector<std::vector<graph::PlannedDevice*>> parts;
    if (options_.staged)
        parts.push_back(std::move(devices));
    else
        for (graph::PlannedDevice* const device : devices)
            parts.push_back({device});
    for (const std::vector<graph::PlannedDevice*>& part : parts) {
        const bool last = replicas_.size() + 1 == parts.size();
        graph::StateDict weights = last ? std::move(file_.weights) : file_.weights;
        replicas_.push_back(std::make_unique<Replica>(part, *file_.config, std::move(weights), options_));
    }
    file_.weights = {};
}

BatchClassifier::~BatchClassifier() = default;

const std::vector<std::string>& BatchClassifier::stages() const {
    return replicas_.front()->network.stages();
}

const graph::ModelConfig& BatchClassifier::config() const {
    return *file_.config;
}

const std::vector<std::string>& BatchClassifier::class_names() const {
    return file_.class_names;
}

void BatchClassifier::run(size_t images, const Read& read, size_t count,
                          const std::function<void(size_t image, const Result&)>& take) {
    const size_t bytes = input_bytes(config());
    BatchLine line(images, static_cast<size_t>(options_.batch_size), bytes,
                   replicas_.size() * (batches_a_device + replicas_.front()->slots - graph::steps_in_flight));
    const auto prepare_rows = [&] {
        while (const std::optional<BatchLine::Row> row = line.take_row()) {
            try {
                prepare([&](const image::ChoosePart& part) { return read(row->image(), part); }, config(),
                        std::span(row->batch->pixels).subspan(row->index * bytes, bytes));
            } catch (const image::ImageError& error) {
                row->batch->problems[row->index] = Unclassified{error.what()};
            }
            line.finish_row(*row);
        }
    };
    Threads threads(line);
    for (int i = 0; i < threads_for(options_.workers, images); ++i)
        threads.start(prepare_rows);
    for (const std::unique_ptr<Replica>& replica : replicas_)
        threads.start([&line, &replica] { replica->work(line); });
    while (BatchLine::Batch* const batch = line.next()) {
        for (size_t row = 0; row < batch->count; ++row) {
            if (batch->problems[row])
                take(batch->first + row, *batch->problems[row]);
            else
                take(batch->first + row,
                     classification_of(std::move(batch->logits[row]), count, file_.class_names));
        }
        line.give_back(*batch);
    }
}

}  // namespace vkm::infer
