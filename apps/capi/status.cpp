#include "status.h"

#include <base/atomic_file.h>
#include <engine/error.h>
#include <graph/finite.h>
#include <graph/models/model_config.h>
#include <graph/tensor.h>
#include <graph/weights/error.h>
#include <image/image.h>
#include <infer/labels/labels.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>

namespace vkm::capi {
namespace {

struct Failure {
    vkmbv3_status status = VKMBV3_OK;
    std::string text;
    const char* said = "";  ///< the text, or a constant where there was no memory for it
};

thread_local Failure last;

template <typename E>
bool is(const std::exception& error) {
    return dynamic_cast<const E*>(&error) != nullptr;
}

struct Row {
    bool (*matches)(const std::exception&);
    vkmbv3_status status;
};

// The first row that matches counts: a WeightsError is a FileError, too.
constexpr Row rows[] = {
    {is<InvalidArgument>, VKMBV3_INVALID_ARGUMENT},
    {is<Refused>, VKMBV3_REFUSED},
    {is<infer::LabelsError>, VKMBV3_LABELS_ERROR},
    {is<graph::WeightsError>, VKMBV3_WEIGHTS_ERROR},
    {is<graph::ConfigError>, VKMBV3_WEIGHTS_ERROR},  // what a file says of its network cannot be
    {is<graph::ShapeError>, VKMBV3_WEIGHTS_ERROR},
    {is<FileError>, VKMBV3_FILE_ERROR},
    {is<image::ImageError>, VKMBV3_IMAGE_ERROR},
    {is<NoVulkanLoader>, VKMBV3_NO_VULKAN},
    {is<NoDevice>, VKMBV3_NO_VULKAN},
    {is<OutOfDeviceMemory>, VKMBV3_OUT_OF_MEMORY},
    {is<UnsupportedDevice>, VKMBV3_DEVICE_ERROR},
    {is<DeviceLost>, VKMBV3_DEVICE_ERROR},
    {is<DeviceTimeout>, VKMBV3_DEVICE_ERROR},
    {is<VulkanError>, VKMBV3_DEVICE_ERROR},
    {is<graph::NonFinite>, VKMBV3_NOT_FINITE},
};

vkmbv3_status status_of(const std::exception& error) {
    const auto row = std::ranges::find_if(rows, [&](const Row& r) { return r.matches(error); });
    return row == std::end(rows) ? VKMBV3_INTERNAL_ERROR : row->status;
}

void remember(vkmbv3_status status, const char* text) noexcept {
    last.status = status;
    try {
        last.text = text;
        std::ranges::replace(last.text, '\n', ' ');
        last.said = last.text.c_str();
    } catch (const std::bad_alloc&) {
        last.said = "out of host memory";
    }
}

}  // namespace

vkmbv3_status remember_failure() noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        remember(VKMBV3_OUT_OF_MEMORY, "out of host memory");
    } catch (const std::exception& error) {
        remember(status_of(error), error.what());
    } catch (...) {
        remember(VKMBV3_INTERNAL_ERROR, "an unknown error");
    }
    return last.status;
}

}  // namespace vkm::capi

const char* vkmbv3_last_error(void) {
    return vkm::capi::last.said;
}

vkmbv3_status vkmbv3_last_status(void) {
    return vkm::capi::last.status;
}
