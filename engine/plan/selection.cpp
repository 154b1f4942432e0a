#include <engine/plan/selection.h>
#include <engine/vulkan/vulkan.h>

#include <algorithm>
#include <numeric>

namespace vkm::engine {
namespace {

bool layered(const DeviceSnapshot& s) {
    return s.driver_id == VK_DRIVER_ID_MOLTENVK || s.driver_id == VK_DRIVER_ID_MESA_VENUS ||
           s.driver_id == VK_DRIVER_ID_MESA_DOZEN;
}

bool same_gpu(const DeviceSnapshot& a, const DeviceSnapshot& b) {
    return a.device_uuid == b.device_uuid && a.device_uuid != decltype(a.device_uuid){} &&
           a.vendor_id == b.vendor_id && a.device_id == b.device_id &&
           (a.driver_id != b.driver_id || a.driver_name != b.driver_name);
}

int rank(DeviceType type) {
    switch (type) {
        case DeviceType::discrete:
            return 0;
        case DeviceType::integrated:
            return 1;
        case DeviceType::virtual_gpu:
            return 2;
        case DeviceType::cpu:
            return 3;
        case DeviceType::other:
            return 4;
    }
    return 5;
}

}  // namespace

std::vector<size_t> distinct_devices(std::span<const DeviceSnapshot> all) {
    std::vector<size_t> kept;
    for (size_t i = 0; i < all.size(); ++i) {
        const auto twin = std::ranges::find_if(kept, [&](size_t k) { return same_gpu(all[k], all[i]); });
        if (twin == kept.end())
            kept.push_back(i);
        else if (layered(all[*twin]) && !layered(all[i]))
            *twin = i;
    }
    return kept;
}

std::vector<size_t> by_kind(std::span<const DeviceSnapshot> all) {
    std::vector<size_t> order(all.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, [&](size_t i) { return rank(all[i].type); });
    return order;
}

}  // namespace vkm::engine
