#include <base/version.h>

namespace vkm {

std::string_view version() {
    return VKMBV3_VERSION;
}

}  // namespace vkm
