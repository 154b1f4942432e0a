// Measures what the host does of the input pipeline: reading, decoding, cutting and drawing, as training does.
#include <base/process.h>
#include <graph/models/model_config.h>
#include <train/data/dataset_kinds.h>
#include <train/data/loader.h>
#include <train/training_loading.h>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <chrono>

namespace {

using namespace vkm;

struct InputOptions {
    std::string data, policy;
    int64_t images = 1000, batch_size = 50, input_size = 224;
    int workers = 1;
};

void measure(const InputOptions& o) {
    graph::ModelConfig model = graph::model_config("mobilenet_v3_small");
    model.input_size = o.input_size;
    train::Recipe recipe;
    recipe.batch_size = o.batch_size;
    recipe.augmentation = train::parse_augmentation("random-resized-crop");
    recipe.augmentation.policy = o.policy;
    train::DatasetOptions options;
    options.input_size = static_cast<int>(o.input_size);
    train::LoaderOptions loading = train::training_loading(model, recipe);
    loading.workers = o.workers;
    train::Loader loader(train::open_dataset(o.data, train::Split::train, options), loading);
    loader.next();  // everything is allocated, files are known
    const auto start = std::chrono::steady_clock::now();
    const double processor = processor_seconds();
    int64_t done = 0;
    while (done < o.images)
        done += loader.next()->count;
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const auto images = static_cast<double>(done);
    fmt::print("{{\"images_per_second\":{:.1f},\"images_per_core_second\":{:.1f}}}\n", images / wall.count(),
               images / (processor_seconds() - processor));
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app("measures reading, decoding and cutting images for training");
    InputOptions options;
    app.add_option("--data", options.data)->required();
    app.add_option("--aa", options.policy);
    app.add_option("--images", options.images);
    app.add_option("--batch-size", options.batch_size);
    app.add_option("--input-size", options.input_size);
    app.add_option("--workers", options.workers);
    CLI11_PARSE(app, argc, argv);
    measure(options);
    return 0;
} catch (const std::exception& error) {
    fmt::print(stderr, "vkmbv3-bench-input: error: {}\n", error.what());
    return 1;
}
