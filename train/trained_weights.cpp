#include <train/trained_weights.h>

namespace vkm::train {

ModelSnapshot& TrainedWeights::snapshot() {
    if (!snapshot_) snapshot_.emplace(model_, graph_);
    return *snapshot_;
}

const ParameterValues& TrainedWeights::weights() {
    if (!estimate_) return snapshot().values();
    if (!estimated_) {
        ParameterValues values = snapshot().values();
        estimate_(values);
        estimated_ = std::move(values);
    }
    return *estimated_;
}

const ParameterValues& TrainedWeights::average() {
    if (!average_) {
        ParameterValues values = averaged_values(snapshot());
        if (estimate_) estimate_(values);
        average_ = std::move(values);
    }
    return *average_;
}

void TrainedWeights::forget() {
    snapshot_.reset();
    estimated_.reset();
    average_.reset();
}

}  // namespace vkm::train
