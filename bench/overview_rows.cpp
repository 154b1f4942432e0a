#include <bench/cases.h>
#include <bench/overview_rows.h>
#include <bench/peak_figures.h>
#include <graph/models/network.h>
#include <graph/operator.h>

#include <fmt/format.h>

#include <algorithm>

namespace vkm::bench {
namespace {

using graph::DType;

// The mobile suites' network: no squeeze-and-excite, and TensorFlow's background class.
constexpr const char* minimalistic = "mobilenet_v3_large_minimalistic";
constexpr int64_t tensorflow_classes = 1001;

constexpr DType precisions[] = {DType::f32, DType::f16};

std::string batch_text(int64_t batch) {
    return batch == 0 ? "largest" : fmt::format("b{}", batch);
}

OverviewCase network_case(Part part, const std::string& model, DType precision, bool training,
                          int64_t batch) {
    return {.part = part,
            .name = fmt::format("{}/{}/{}/{}", model, batch_text(batch), precision_name(precision),
                                training ? "training" : "inference"),
            .model = model,
            .precision = precision,
            .training = training,
            .batch = batch};
}

OverviewCase image_case(const std::string& model, DType precision, int64_t classes, bool least) {
    return {.part = Part::one_image,
            .name = fmt::format("one_image/{}/{}/{}", model, precision_name(precision),
                                least ? "least" : "median"),
            .model = model,
            .precision = precision,
            .batch = 1,
            .classes = classes,
            .least = least};
}

template <typename Rows>
auto* find(Rows& rows, std::string_view name) {
    const auto found = std::ranges::find(rows, name, &Row::name);
    return found == rows.end() ? nullptr : &*found;
}

}  // namespace

Row* find_row(std::vector<Row>& rows, std::string_view name) {
    return find(rows, name);
}
const Row* find_row(const std::vector<Row>& rows, std::string_view name) {
    return find(rows, name);
}

std::vector<OverviewCase> overview_cases(const std::vector<std::string>& models) {
    std::vector<OverviewCase> cases;
    const auto add = [&](Part part, int64_t batch) {
        for (const bool training : {false, true})
            for (const std::string& model : models)
                for (const DType precision : precisions)
                    cases.push_back(network_case(part, model, precision, training, batch));
    };
    add(Part::batch_1, 1);
    for (const DType precision : precisions) {
        cases.push_back(image_case(minimalistic, precision, tensorflow_classes, false));
        for (const char* model : {"mobilenet_v2", "mobilenet_v3_large"})
            cases.push_back(image_case(model, precision, 0, true));
    }
    add(Part::batch_32, 32);
    add(Part::largest, 0);
    return cases;
}

std::vector<Row> rows_of(const OverviewCase& c) {
    if (c.part != Part::one_image) return {{.name = c.name, .unit = "images/s", .batch = c.batch}};
    std::vector<Row> rows{{.name = c.name, .unit = "ms", .batch = 1}};
    if (!c.least)
        rows.push_back({.name = fmt::format("one_image/{}/{}/score", c.model, precision_name(c.precision)),
                        .unit = "points",
                        .batch = 1});
    return rows;
}

std::vector<Row> peak_rows() {
    std::vector<Row> rows;
    for (const PeakFigure& figure : peak_figures())
        rows.push_back({.name = "peaks/" + figure.name, .unit = figure.unit});
    return rows;
}

Description describe(const Row& row) {
    const std::string_view name = row.name;
    if (const PeakFigure* peak = find_peak_figure(name)) return {peak->measures, peak->matters};
    const std::string precision = name.find("/fp16") == name.npos ? "in fp32"
                                  : name.ends_with("/training")
                                      ? "in mixed precision: activations in fp16, weights and sums in fp32"
                                      : "with weights and activations in fp16";
    const std::string batch = row.name.find("/largest/") != name.npos
                                  ? "the largest power of two that fits the memory and its part of the time"
                                  : fmt::format("batches of {}", row.batch);
    if (name.ends_with("/training"))
        return {
            fmt::format("whole training steps a second, {}, {}: augmentation, forward, backward and update, "
                        "steps following each other, inputs already on the device",
                        batch, precision),
            "what a training run reaches where reading images keeps up"};
    if (name.ends_with("/inference"))
        return {fmt::format("whole forward passes a second, {}, {}, batches following each other", batch,
                            precision),
                row.batch == 1 ? "what a live picture gets" : "what sorting many pictures gets"};
    if (name.ends_with("/median"))
        return {fmt::format("one image from host memory to its logits in host memory, median, {}: "
                            "V3-Large minimalistic, 1001 classes",
                            precision),
                "the network and the figure that mobile benchmark suites report"};
    if (name.ends_with("/score"))
        return {fmt::format("5000 over the geometric mean of the same runs in ms, {}", precision),
                "the form in which a public suite scores it"};
    if (name.ends_with("/least"))
        return {fmt::format("one image from host memory to its logits in host memory, least of the runs, {}",
                            precision),
                "ncnn's table of devices lists the least time at batch 1"};
    return {fmt::format("photographs of VKMBV3_DATA whose first class {} is that of fp32", precision),
            "speed counts only where the answers stay the same"};
}

}  // namespace vkm::bench
