#pragma once

#include <graph/host_tensor.h>
#include <graph/kernels/gather.h>

namespace vkm::graph {

/// Here is what ops::batch_statistics and the epilogues that gather the same (epilogue.h) have in common.
/// Batch statistics are {1, 1, 3, C} fp32: mean, sum of squared deviations from it (M2), and count.

TensorType statistics_type(const TensorType& x);

/// Gathers the statistics of what the node stores as output 0 into its output 1; nothing where not asked for.
std::optional<Gather> gather_statistics(Lowering&, bool asked);

/// Says what a batch norm comes to for each channel, for the dispatch that merges its statistics to make
/// (shaders/include/batch_norm_coefficients.glsl).
struct StatisticsWork {
    Region gamma, beta, coefficients, running_mean, running_variance;
    float epsilon = 0, momentum = 0;
};

/// Has a dispatch that merges statistics make that.
template <typename Kernel>
void make_coefficients(Lowering::Dispatch<Kernel>& merge, const StatisticsWork& work) {
    merge.push.makes_coefficients = 1;
    merge.push.epsilon = work.epsilon;
    merge.push.momentum = work.momentum;
    merge.bindings.gamma = work.gamma;
    merge.bindings.beta = work.beta;
    merge.bindings.coefficients = work.coefficients;
    merge.bindings.running_mean = work.running_mean;
    merge.bindings.running_variance = work.running_variance;
}

/// Dispatches a kernel that merges the statistics of what it stores by arrival.
template <typename Kernel, typename... Parts>
void dispatch_merging(Lowering& lowering, const Arrival& arrival, Lowering::Dispatch<Kernel> dispatch,
                      const Parts&... parts) {
    merge_by_arrival(dispatch, arrival);
    const Region statistics = lowering.output(1);
    dispatch.bindings.statistics = statistics;
    // Of coefficients, and not touched without them: one pipeline serves both.
    dispatch.bindings.gamma = dispatch.bindings.beta = arrival.partial;
    dispatch.bindings.coefficients = statistics;
    dispatch.bindings.running_mean = dispatch.bindings.running_variance = statistics;
    lowering.dispatch_extensible<StatisticsWork>(&make_coefficients<Kernel>, dispatch, parts...);
}

/// Merges `partials` statistics, lying one after the other, in this order.
/// The dispatch waits for a batch norm that goes on with them (Lowering::dispatch_later).
void lower_merge_statistics(Lowering&, const Region& partial, int64_t partials, const Region& statistics,
                            int64_t channels);

HostTensor reference_statistics(const HostTensor& x);

}  // namespace vkm::graph
