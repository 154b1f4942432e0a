#pragma once

#include <train/model_on_devices.h>
#include <train/share_balance.h>

#include <functional>
#include <string>

namespace vkm::train {

/// Gives devices no more of a batch than their memory holds, and leaves those out, of the model too, that hold not even
/// `least` images; says so. What fits is shared by the others; a lone device says itself what does not. `build` makes the
/// graph of a device's part.
///
/// Where a job has several processes, all call it, each decides for its devices, and none is left out: its process would
/// have nothing to do. Throws OutOfDeviceMemory where the devices cannot take a batch together.
void fit_shares(ShareBalance&, ModelOnDevices&, PixelType, const BuildStep& build, int64_t least,
                const std::function<void(const std::string&)>& say);

}  // namespace vkm::train
