#pragma once

#include <gtest/gtest.h>

#include "train/data/temporary_folder.h"

#include <cstdlib>
#include <string>

namespace vkm::train {

/// Runs a script under the system's Python, in `folder`; its standard output goes to the test's.
inline bool run_python(const TemporaryFolder& folder, const std::string& script) {
    const auto file = folder.write("script.py", script);
    return std::system(("cd '" + folder.path().string() + "' && /usr/bin/python3 script.py").c_str()) == 0;
}

inline bool has_pillow() {
    static const bool found = std::system("/usr/bin/python3 -c 'import PIL' 2>/dev/null") == 0;
    return found;
}

#define VKM_REQUIRE_PILLOW() \
    if (!has_pillow()) GTEST_SKIP() << "needs Pillow for /usr/bin/python3 (python3-pil)"

}  // namespace vkm::train
