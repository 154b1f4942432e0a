#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace vkm::test {

/// The interpreter that sees Debian's packages python3-torch and python3-torchvision.
inline constexpr const char* python = "/usr/bin/python3";

/// Runs a script in the folder; true when it exits with 0. Its output goes to python.log there.
inline bool run_python(const std::filesystem::path& folder, const std::string& script) {
    std::ofstream(folder / "script.py") << script;
    // A sanitizer preloaded into this process must not reach Python's.
    const std::string command = std::string("cd '") + folder.string() +
                                "' && env -u LD_PRELOAD OMP_NUM_THREADS=2 " + python +
                                " script.py > python.log 2>&1";
    return std::system(command.c_str()) == 0;
}

/// Returns whether Python can import torch, for tests that need it as oracle.
/// Without it they skip, saying so.
inline bool torch_available() {
    static const bool available =
        std::system((std::string(python) + " -c 'import importlib.util as u, sys; "
                                           "sys.exit(u.find_spec(\"torch\") is None)' > /dev/null 2>&1")
                        .c_str()) == 0;
    return available;
}

}  // namespace vkm::test
