#pragma once

#include <graph/run/executor.h>

namespace vkm::graph {

/// A whole graph on a device, again and again, with inputs and weights drawn at random.
class GraphRun {
  public:
    /// The state's weights are written anew.
    GraphRun(DeviceState&, const Graph&, const Executor::Options&);

    /// Microseconds a batch, of so many; as many in flight as there are slots.
    double run(size_t batches);
    Executor& executor() { return executor_; }

  private:
    Executor executor_;
};

}  // namespace vkm::graph
