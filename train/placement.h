#pragma once

#include <graph/place/stages.h>

#include <cstdint>
#include <optional>

namespace vkm::train {

/// Says what each of several devices makes of a step.
struct PlacementPolicy {
    enum class Kind : uint8_t {
        replicate,  ///< all layers for its share of a batch
        pipeline,   ///< its part of the layers for whole batches
        automatic   ///< which of the two a step is shorter with, or fits with
    };
    Kind kind = Kind::replicate;
    std::optional<graph::StageLayers> stages = {};  ///< of a pipeline; none: as measured
};

}  // namespace vkm::train
