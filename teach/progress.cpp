#include <teach/progress.h>

namespace vkm::teach {

bool at_work(Phase phase) {
    return phase == Phase::preparing || phase == Phase::training || phase == Phase::pausing;
}

}  // namespace vkm::teach
