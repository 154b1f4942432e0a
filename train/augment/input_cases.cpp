#include <train/augment/input_cases.h>
#include <train/augment/policies.h>
#include <train/data/row_writer.h>
#include <train/data/synthetic.h>
#include <train/input_graph.h>

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace vkm::train {
namespace {

struct Preparation {
    std::string name;
    Augmentation augmentation;
    Scaling scaling = Scaling::by_device;
};

std::vector<Preparation> preparations() {
    constexpr std::string_view common_policy = "rand-m9-mstd0.5-inc1";
    std::vector<Preparation> all;
    const auto add = [&](std::string name, const auto& change) {
        all.push_back({std::move(name), {.crop = Crop::random_resized, .flip = 0.5, .vertical_flip = 0.5}});
        change(all.back());
    };
    add("scaled", [](Preparation&) {});
    add("scaled by the host", [](Preparation& p) { p.scaling = Scaling::by_host; });
    add("jitter", [](Preparation& p) { p.augmentation.jitter = {0.4, 0.4, 0.4, 0.1}; });
    for (const auto& rows : {timm_policies(), torchvision_policies()})
        for (const PolicyRow& row : rows)
            add(fmt::format("policy {}", row.name), [&](Preparation& p) {
                p.augmentation.interpolation = TrainInterpolation::random;
                p.augmentation.policy = row.name;
            });
    for (const auto& [name, interpolation] :
         {std::pair("bilinear", TrainInterpolation::bilinear), {"bicubic", TrainInterpolation::bicubic}})
        add(fmt::format("policy {}, {}", common_policy, name), [&](Preparation& p) {
            p.augmentation.interpolation = interpolation;
            p.augmentation.policy = common_policy;
        });
    for (const auto& [name, mode] :
         {std::pair("zeros", EraseMode::zero), {"a colour", EraseMode::colour}, {"noise", EraseMode::noise}})
        for (const std::string_view policy : {std::string_view(), common_policy})
            add(fmt::format("erased to {}{}{}", name, policy.empty() ? "" : " after ", policy),
                [&](Preparation& p) {
                    p.augmentation.policy = policy;
                    p.augmentation.erase = 0.9;
                    p.augmentation.erase_mode = mode;
                    p.augmentation.erase_count = 3;
                });
    return all;
}

// Returns a tensor with a row of each source in its place.
template <typename Row>
graph::HostTensor tensor(const graph::TensorType& type, std::span<const Source> sources, const Row& row) {
    std::vector<std::byte> bytes(static_cast<size_t>(type.bytes()));
    for (size_t i = 0; i < sources.size(); ++i)
        std::ranges::copy(std::as_bytes(std::span(row(sources[i]))),
                          bytes.begin() + static_cast<ptrdiff_t>(i) * type.image_bytes());
    return graph::from_bytes(bytes, type);
}

// Draws a batch of scenes, larger than the network's images, as a loader does.
Batch drawn_batch(const graph::ModelConfig& model, const Preparation& preparation, int64_t count) {
    const auto size = static_cast<int>(model.input_size);
    const bool cut = preparation.augmentation.crop == Crop::random_resized;
    constexpr uint64_t seed = 17;
    LoaderOptions options{.batch_size = static_cast<int>(count),
                          .input_size = size,
                          .augmentation = preparation.augmentation,
                          .scaling = preparation.scaling,
                          .mean = model.mean,
                          .seed = seed,
                          .row_count = static_cast<int>(count)};
    const auto scenes = std::make_shared<Synthetic>(static_cast<size_t>(count), Split::train,
                                                    cut ? size * 3 / 2 : size, seed);
    const RowWriter writer(scenes, options);
    Batch batch = writer.empty_batch();
    for (int row = 0; row < static_cast<int>(count); ++row)
        writer.write(batch, row, static_cast<uint32_t>(row));
    batch.count = static_cast<int>(count);
    return batch;
}

}  // namespace

std::list<InputCase> input_cases(const graph::ModelConfig& model, int64_t batch, graph::DType storage) {
    std::list<InputCase> cases;
    for (const Preparation& preparation : preparations()) {
        StepGraph step;
        const StepShape shape{.local_batch = batch,
                              .global_batch = batch,
                              .pixels = PixelType::sources,
                              .scaling = preparation.scaling,
                              .storage = storage};
        const graph::ValueId images = add_inputs(step, model, shape, preparation.augmentation);
        const Batch drawn = drawn_batch(model, preparation, batch);
        const auto& sources = std::get<std::vector<Source>>(drawn.pixels);
        const auto fill = [&](graph::ValueId id, const auto& row) {
            cases.back().inputs[id] = tensor(cases.back().graph.type(id), sources, row);
        };
        cases.push_back({preparation.name, std::move(step.graph), images, {}});
        fill(
            step.images, [](const Source& source) -> const auto& { return source.pixels.rgb; });
        fill(
            step.tables, [](const Source& source) -> const auto& { return source.table; });
        if (step.programs == graph::no_value) continue;
        fill(
            step.programs, [](const Source& source) -> const auto& { return source.program; });
    }
    return cases;
}

}  // namespace vkm::train
