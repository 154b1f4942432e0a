#include "devices.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <tuple>

namespace vkm::test {
namespace {

using Key = std::tuple<uint32_t, int, int, int, int, int64_t, int64_t, uint64_t>;

Key key(uint32_t index, const graph::DeviceOptions& options) {
    const auto& [plan, kernels] = options;
    return {index,
            plan.load_path ? static_cast<int>(*plan.load_path) : -1,
            kernels.sharing ? static_cast<int>(*kernels.sharing) : -1,
            kernels.column_tree ? static_cast<int>(*kernels.column_tree) : -1,
            kernels.merge_by_arrival ? static_cast<int>(*kernels.merge_by_arrival) : -1,
            kernels.depthwise_staged_bytes ? int64_t{*kernels.depthwise_staged_bytes} : -1,
            kernels.target_workgroups ? int64_t{*kernels.target_workgroups} : -1,
            plan.window_bytes.value_or(0)};
}

// Fails the program for the validation layer's messages even where no test looks.
class SilentValidation : public testing::Environment {
  public:
    void TearDown() override {
        for (const std::string& message : instance().validation_messages())
            ADD_FAILURE() << message;
    }
};
[[maybe_unused]] testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new SilentValidation);

}  // namespace

const engine::Instance& instance() {
    static const engine::Instance instance;
    return instance;
}

static std::vector<DeviceUnderTest> open_devices(
    const graph::DeviceOptions& options, const std::function<bool(const engine::DeviceSnapshot&)>& wanted) {
    const engine::Instance& vulkan = instance();
    // Made after the instance, so destroyed before it. A driver's own statics, made with the instance,
    // must outlive its devices.
    static std::map<Key, std::unique_ptr<graph::PlannedDevice>> open;
    std::vector<DeviceUnderTest> result;
    for (uint32_t i = 0; i < vulkan.devices().size(); ++i) {
        if (!wanted(vulkan.devices()[i])) continue;
        std::unique_ptr<graph::PlannedDevice>& device = open[key(i, options)];
        if (!device) device = graph::open_device(vulkan, i, options);
        std::string name = device->description();
        const auto& [plan, kernels] = options;
        if (plan.load_path) name += *plan.load_path == LoadPath::texel ? " texel" : " buffer";
        if (plan.window_bytes) name += " window " + std::to_string(*plan.window_bytes >> 10) + " KiB";
        if (kernels.column_tree) name += *kernels.column_tree ? " column tree" : " no column tree";
        if (kernels.merge_by_arrival)
            name += *kernels.merge_by_arrival ? " merges by arrival" : " merges apart";
        if (kernels.depthwise_staged_bytes)
            name += " stages " + std::to_string(*kernels.depthwise_staged_bytes);
        if (kernels.target_workgroups)
            name += " " + std::to_string(*kernels.target_workgroups) + " workgroups";
        if (kernels.sharing) name += " sharing " + std::to_string(static_cast<int>(*kernels.sharing));
        result.push_back({.name = name, .device = device.get()});
    }
    return result;
}

std::vector<DeviceUnderTest> devices(const graph::KernelOptions& kernels, const engine::PlanOptions& plan) {
    return open_devices({plan, kernels}, [](const engine::DeviceSnapshot&) { return true; });
}

std::vector<DeviceUnderTest> devices_on_matrix_units(graph::KernelOptions kernels) {
    kernels.sharing = graph::Sharing::cooperative_matrix;
    return open_devices({{}, kernels}, [](const engine::DeviceSnapshot& device) {
        return graph::plan_kernels(device, engine::plan_device(device, engine::known_quirks()))
            .cooperative_matrix.has_value();
    });
}

testing::AssertionResult has_matrix_units() {
    try {
        graph::on_matrix_units();
    } catch (const Error& error) {
        return testing::AssertionFailure() << error.what();
    }
    if (devices_on_matrix_units().empty())
        return testing::AssertionFailure() << "no device here has matrix units";
    return testing::AssertionSuccess();
}

std::vector<DeviceUnderTest> devices_both_ways() {
    std::vector<DeviceUnderTest> result = devices();
    for (size_t i = 0, count = result.size(); i < count; ++i) {
        const engine::DevicePlan& plan = result[i].device->plan().device;
        engine::PlanOptions options;
        options.window_bytes = windows_of_the_other_way;
        const bool can_texel = result[i].device->snapshot().limits.max_storage_images_per_stage >= 4;
        if (plan.load_path == LoadPath::texel) options.load_path = LoadPath::buffer;
        if (plan.load_path == LoadPath::buffer && can_texel) options.load_path = LoadPath::texel;
        result.push_back(devices({}, options)[i]);
        result.back().other_way = true;
    }
    return result;
}

}  // namespace vkm::test
