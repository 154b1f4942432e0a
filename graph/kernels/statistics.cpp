#include <graph/kernels/statistics.h>
#include <shaders/catalog.h>

namespace vkm::graph {

TensorType statistics_type(const TensorType& x) {
    return f32({1, 1, 3, x.shape.c});
}

void lower_merge_statistics(Lowering& lowering, const Region& partial, int64_t partials,
                            const Region& statistics, int64_t channels) {
    const ColumnGrid grid = merge_grid(divide_up(channels, 4), partials, lowering.plan());
    lowering.dispatch_later<StatisticsWork, shaders::MergeStatistics>(
        &make_coefficients<shaders::MergeStatistics>,
        {.constants = {.workgroup = grid.workgroup, .tree = grid.tree},
         // Of coefficients, and not touched without them: one pipeline serves both.
         .bindings = {.partial = partial,
                      .total = statistics,
                      .gamma = partial,
                      .beta = partial,
                      .coefficients = statistics,
                      .running_mean = statistics,
                      .running_variance = statistics},
         .push = {.parts = u32(partials),
                  .channels = u32(channels),
                  .lanes = grid.lanes,
                  .makes_coefficients = 0,
                  .epsilon = 0,
                  .momentum = 0},
         .groups = grid.groups});
}

std::optional<Gather> gather_statistics(Lowering& lowering, bool asked) {
    if (!asked) return {};
    const Region statistics = lowering.output(1);
    const int64_t channels = lowering.output_type().shape.c;
    return Gather{.partial_bytes = statistics.bytes,
                  .complete = statistics,
                  .merge = [&lowering, statistics, channels](const Region& partial, int64_t partials) {
                      lower_merge_statistics(lowering, partial, partials, statistics, channels);
                  }};
}

HostTensor reference_statistics(const HostTensor& x) {
    const int64_t rows = x.shape.rows();
    HostTensor statistics(Shape{1, 1, 3, x.shape.c});
    for (int64_t c = 0; c < x.shape.c; ++c) {
        double mean = 0, m2 = 0;
        for (int64_t row = 0; row < rows; ++row)
            mean += x.at(row, c) / static_cast<double>(rows);
        for (int64_t row = 0; row < rows; ++row)
            m2 += (x.at(row, c) - mean) * (x.at(row, c) - mean);
        statistics.at(0, c) = mean;
        statistics.at(1, c) = m2;
        statistics.at(2, c) = static_cast<double>(rows);
    }
    return statistics;
}

}  // namespace vkm::graph
