#include <base/command_output.h>

#include <array>
#include <cstdio>
#include <memory>

namespace vkm {

std::string command_output(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::_popen((command + " 2>NUL").c_str(), "r"),
                                                               ::_pclose);
    std::string output;
    std::array<char, 4096> block{};
    while (pipe) {
        const size_t count = std::fread(block.data(), 1, block.size(), pipe.get());
        if (count == 0) break;
        output.append(block.data(), count);
    }
    return output;
}

}  // namespace vkm
