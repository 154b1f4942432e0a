#include <bench/cost_estimate.h>

#include <algorithm>

namespace vkm::bench {
namespace {

bool same_but_batch(const CaseWork& a, const CaseWork& b) {
    return a.mode == b.mode && a.model == b.model && a.precision == b.precision;
}

int nearness(const CaseWork& a, const CaseWork& b) {
    return 4 * (a.mode == b.mode ? 1 : 0) + 2 * (a.model == b.model ? 1 : 0) +
           (a.precision == b.precision ? 1 : 0);
}

}  // namespace

void CostEstimate::add(const CaseWork& work, const CaseCost& cost) {
    known_.push_back({work, cost});
}

std::optional<CaseCost> CostEstimate::of(const CaseWork& work) const {
    const Known* nearest = nullptr;
    for (const Known& known : known_) {
        if (nearest && nearness(known.work, work) < nearness(nearest->work, work)) continue;
        // Of equals the larger batch: what does not grow with the batch is least of it.
        if (nearest && nearness(known.work, work) == nearness(nearest->work, work) &&
            known.work.batch < nearest->work.batch)
            continue;
        nearest = &known;
    }
    if (!nearest) return {};
    const double times = nearest->work.operations > 0 ? work.operations / nearest->work.operations : 1;
    return CaseCost{setup_of(work, *nearest), nearest->cost.run * times};
}

// Inputs grow with the batch and kernels do not: a line through two batches of the same case tells them apart.
double CostEstimate::setup_of(const CaseWork& work, const Known& nearest) const {
    const Known* smaller = nullptr;
    for (const Known& known : known_)
        if (same_but_batch(known.work, work) && known.work.batch < nearest.work.batch) smaller = &known;
    if (!smaller || !same_but_batch(nearest.work, work)) return nearest.cost.setup;
    const double an_image = (nearest.cost.setup - smaller->cost.setup) /
                            static_cast<double>(nearest.work.batch - smaller->work.batch);
    return nearest.cost.setup + std::max(0.0, an_image) * static_cast<double>(std::max<int64_t>(
                                                              0, work.batch - nearest.work.batch));
}

}  // namespace vkm::bench
