// Linked into the test programs of sanitizer builds. The Vulkan loader unloads drivers with their instance;
// without them LeakSanitizer can neither follow a pointer in their statics nor name them, and calls what they
// hold a leak.
#include <dlfcn.h>

extern "C" int dlclose(void*) noexcept {
    return 0;
}
