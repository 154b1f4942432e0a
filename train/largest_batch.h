#pragma once

#include <train/model_on_devices.h>

namespace vkm::train {

/// Returns the largest global batch up to `most` whose shares all fit, with `spare` of each device's memory
/// left for others: `most` itself, or else a multiple of eight images a device if so many fit. Throws
/// OutOfDeviceMemory where not even one image a device fits, Error where `most` is less than one a device.
int64_t largest_batch(const ModelOnDevices&, int64_t most, PixelType, const BuildStep&, double spare = 0.1);

/// Returns the largest share up to the shape's that fits its replica's device: 0 where not one image does.
int64_t largest_share(const ModelOnDevices&, size_t replica, const StepShape&, const BuildStep&);

/// Throws OutOfDeviceMemory where a replica's step does not fit, naming what its batch needs and the largest
/// batch that fits.
void require_memory(const ModelOnDevices&, size_t replica, const StepGraph&, const StepShape&,
                    const BuildStep&);

/// Throws OutOfDeviceMemory where a device's part of the layers does not fit, naming what it needs.
void require_memory_of_stage(const ModelOnDevices&, size_t stage, const StepGraph&, bool undoable);

}  // namespace vkm::train
