#include <train/loss_inputs.h>

namespace vkm::train {

void LossInputs::write(std::span<graph::ops::SampleTerms> terms, int64_t first, const Batch& batch,
                       const graph::StepParams& params) const {
    double weight = 1;
    if (loss.weighs_labels()) {
        double sum = 0;
        for (const int32_t label : batch.labels)
            if (label >= 0) sum += double{loss.class_weights.at(static_cast<size_t>(label))};
        weight = sum > 0 ? static_cast<double>(global_batch) / sum : 0;
    }
    const uint64_t seed = uint64_t{params.seed_high} << 32 | params.seed_low;
    for (size_t i = 0; i < terms.size(); ++i) {
        terms[i] = mixed_terms(loss.mixing,
                               {.seed = seed,
                                .step = params.step,
                                .epoch = params.epoch,
                                .batch_start = params.first_sample,
                                .place = first + static_cast<int64_t>(i)},
                               batch.height, batch.width);
        terms[i].weight = static_cast<float>(weight);
    }
}

}  // namespace vkm::train
