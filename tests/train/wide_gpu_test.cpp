// What decides a step's speed on a GPU that is not here, counted in its plan: V3-Large, 224 px, mixed precision, batch 256.
#include <graph/lower/lowering.h>
#include <graph/predict/prediction.h>
#include <gtest/gtest.h>
#include <support/kernel_plans.h>
#include <train/step_graph.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace vkm::train {
namespace {

using graph::DispatchPrediction;

constexpr double big_bytes = 20e6, big_flops = 1e9;
constexpr double busy_products = 16, busy_columns = 32;  // subgroups a processor that hide what one waits for
// Few processors take few parts of a sum, and whole turns make them fewer.
constexpr double columns_of_few_processors = 28;
constexpr double rounding = 0.05;  // of them: a grid is whole workgroups

graph::Program lowered(const graph::KernelPlan& plan) {
    const StepGraph step = training_step(
        graph::model_config("mobilenet_v3_large"), {.batch_size = 256},
        {.local_batch = 256, .global_batch = 256, .fusion = plan.fusion, .storage = graph::DType::f16});
    return graph::lower(step.graph, plan);
}

std::vector<DispatchPrediction> step_on(const engine::DeviceSnapshot& device,
                                        const graph::PredictionOptions& options = {.timed = false}) {
    const graph::KernelPlan plan = graph::plan_of(device);
    return graph::predict(lowered(plan), plan, graph::machine_of(device, plan.device), options);
}

engine::DeviceSnapshot with_processors(uint32_t count) {
    engine::DeviceSnapshot device = engine::captured_device("nvidia-rtx3090-linux");
    device.processors.count = count;
    return device;
}

double busy(const DispatchPrediction& p, double columns = busy_columns) {
    return p.kernel.starts_with("pointwise") ? busy_products : columns;
}

/// Says which dispatch may do with less, and why.
struct Exception {
    std::string_view beginning;  ///< of its kernel or its label
    double bound;
    const char* why;
};

double bound_of(const DispatchPrediction& p, double usual, std::span<const Exception> exceptions) {
    for (const Exception& exception : exceptions)
        if (p.kernel.starts_with(exception.beginning) || p.label.starts_with(exception.beginning))
            return exception.bound;
    return usual;
}

constexpr Exception less_busy[] = {
    {"sum_parts", 8, "an invocation has eight loads in flight"},
    {"classifier.", 14,
     "256 rows are four parts of a weight gradient: more cost more to add up than they save"}};

// Windows of a tensor that a binding cannot hold share the parts, and those that gather sums wait for each other.
bool is_window(const DispatchPrediction& p, const std::vector<DispatchPrediction>& step) {
    return std::ranges::count_if(step, [&](const DispatchPrediction& other) {
               return other.node == p.node && other.kernel == p.kernel && p.kernel != "sum_parts";
           }) > 1;
}

void expect_busy_processors(const std::vector<DispatchPrediction>& step, double columns = busy_columns) {
    size_t big = 0;
    for (const DispatchPrediction& p : step) {
        if (p.workgroup == 1 || (p.bytes() < big_bytes && p.flops < big_flops) || is_window(p, step))
            continue;
        ++big;
        EXPECT_GE(p.subgroups_a_processor, bound_of(p, busy(p, columns), less_busy))
            << p.label << " " << p.kernel;
    }
    EXPECT_GT(big, 80u);
}

TEST(WideGpuTest, EveryBigDispatchKeepsFrom20To170ProcessorsBusy) {
    for (const uint32_t processors : {20u, 36u, 58u, 82u, 108u, 132u, 170u}) {
        SCOPED_TRACE(processors);
        expect_busy_processors(step_on(with_processors(processors)));
    }
}

TEST(WideGpuTest, EveryBigDispatchKeepsACapturedGpuBusy) {
    for (const std::string& name : engine::captured_devices()) {
        const engine::DeviceSnapshot device = engine::captured_device(name);
        if (device.type == engine::DeviceType::cpu || device.memory_types.empty())
            continue;  // or none was there
        SCOPED_TRACE(name);
        const bool few = graph::plan_of(device).device.processors < 20;
        expect_busy_processors(step_on(device), few ? columns_of_few_processors : busy_columns);
    }
}

constexpr Exception more_waits[] = {
    {"squeeze_excite_layers", 131, "two layers, one after the other, each with its turns in shared memory"},
    {"pointwise_direct", 41, "the last layer of few rows"},
    {"softmax_cross_entropy", 37, "three passes over a row, with trees behind them"}};

// Behind few subgroups nothing hides what one waits for.
TEST(WideGpuTest, NoDispatchOfFewSubgroupsWaitsForMoreThan32LoadsInTurn) {
    for (const char* name : {"nvidia-rtx3090-linux", "amd-rx7900xtx-win", "nvidia-rtx5090-win"})
        for (const DispatchPrediction& p : step_on(engine::captured_device(name), {})) {
            if (p.subgroups_a_processor >= busy(p)) continue;
            EXPECT_LE(p.run.waits, bound_of(p, 32, more_waits)) << name << ": " << p.label << " " << p.kernel;
        }
}

/// Returns an L4's report with the processors of an H100, and matrices as NVIDIA documents them.
engine::DeviceSnapshot h100_like() {
    engine::DeviceSnapshot device = engine::captured_device("nvidia-l4-linux");
    device.name = "NVIDIA H100 like";
    device.processors.count = 132;
    device.processors.subgroups = 64;
    for (const auto& [n, k] : {std::pair{16u, 16u}, {8u, 16u}, {8u, 8u}})
        device.cooperative_matrices.push_back({16, n, k, "float16", "float16", "float32", "float32", true});
    return device;
}

void expect_few_dispatches(const engine::DeviceSnapshot& device, size_t dispatches, std::ptrdiff_t barriers) {
    const std::vector<DispatchPrediction> step = step_on(device);
    EXPECT_LE(step.size(), dispatches) << device.name;
    EXPECT_LE(std::ranges::count_if(step, &DispatchPrediction::barrier), barriers) << device.name;
}

// A launch is 1 us and a barrier 4 us of a step of 20 ms.
TEST(WideGpuTest, AStepHasNoMoreThan260DispatchesAnd220BarriersWhereTheLastWorkgroupMerges) {
    for (const char* name : {"nvidia-rtx3090-linux", "amd-rx7900xtx-win", "nvidia-rtx5090-win"})
        expect_few_dispatches(engine::captured_device(name), 260, 220);
    expect_few_dispatches(h100_like(), 260, 220);
}

TEST(WideGpuTest, AStepHasNoMoreThan347DispatchesAnd275BarriersWhereADispatchMerges) {
    for (const char* name : {"intel-b580-win", "apple-m4max-moltenvk"})
        expect_few_dispatches(engine::captured_device(name), 347, 275);
}

// On matrix units a size of tile that leaves little padding is a pipeline of its own.
TEST(WideGpuTest, AStepHasAtMost80PipelinesAnd112OnMatrixUnits) {
    const auto pipelines = [](const char* name) {
        return graph::distinct_kernel_specs(lowered(graph::plan_of_captured(name))).size();
    };
    for (const char* name : {"nvidia-rtx3090-linux", "amd-rx7900xtx-win", "nvidia-rtx5090-win"})
        EXPECT_LE(pipelines(name), 80u) << name;
    for (const char* name : {"radv-navi31-mesa26", "radv-gfx1201-mesa26"})
        EXPECT_LE(pipelines(name), 112u) << name;
}

// MobileNets' layers have 16, 24, 40 or 112 channels, and matrices 16 rows and columns.
TEST(WideGpuTest, MatrixUnitsMultiplyAtMost15PercentMoreThanThereIs) {
    for (const engine::DeviceSnapshot& device :
         {engine::captured_device("radv-navi31-mesa26"), engine::captured_device("radv-gfx1201-mesa26"),
          h100_like()}) {
        SCOPED_TRACE(device.name);
        const double processors = graph::plan_of(device).device.processors;
        double multiplied = 0, wanted = 0;
        for (const DispatchPrediction& p : step_on(device, {})) {
            multiplied += 2 * processors * p.subgroups_a_processor * p.run.matrix_multiply_adds;
            if (p.run.matrix_multiply_adds > 0) wanted += p.flops;
        }
        EXPECT_GT(wanted, 250e9);
        EXPECT_GE(multiplied, wanted);
        EXPECT_LE(multiplied, 1.15 * wanted);
    }
}

// By the model (graph/predict), and not measured on a GPU.
TEST(WideGpuTest, AnH100LikeDeviceTrainsOn15000ImagesASecondAndMoreWhereLoadsOverlap) {
    const auto images_a_second = [](bool overlapped) {
        double us = 0;
        for (const DispatchPrediction& p : step_on(h100_like(), {.overlapped = overlapped}))
            us += p.total_us();
        return 256 * 1e6 / us;
    };
    EXPECT_GE(images_a_second(false), 15'000);
    EXPECT_GE(images_a_second(true), 18'000);
}

}  // namespace
}  // namespace vkm::train
