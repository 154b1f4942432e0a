#include <bench_shaders/catalog.h>
#include <gtest/gtest.h>
#include <shaders/shader.h>
#include <support/temporary_folder.h>
#include <test_shaders/catalog.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>

namespace vkm {
namespace {

struct Finished {
    int status = -1;
    std::string output;
};

Finished run(const std::string& command) {
    Finished result;
    FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
    if (!pipe) return result;
    std::array<char, 4096> part{};
    while (const size_t bytes = fread(part.data(), 1, part.size(), pipe))
        result.output.append(part.data(), bytes);
    result.status = pclose(pipe);
    return result;
}

/// Every module of this build, by the rules of the Vulkan version that shaders are compiled for.
TEST(SpirvTest, EveryShaderIsValid) {
    if (run("spirv-val --version").status != 0) GTEST_SKIP() << "spirv-val is not installed";
    const test::TemporaryFolder folder;
    const std::string path = folder.path() / "shader.spv";
    std::set<const uint32_t*> seen;
    std::string unknown;
    for (const auto catalog : {shaders::all(), test_shaders::all(), bench::shaders::all()})
        for (const Shader* shader : catalog)
            for (const auto& by_load : shader->code)
                for (const std::span<const uint32_t> code : by_load) {
                    if (!seen.insert(code.data()).second) continue;
                    std::ofstream(path, std::ios::binary)
                        .write(reinterpret_cast<const char*>(code.data()),
                               static_cast<std::streamsize>(code.size_bytes()));
                    const Finished check = run("spirv-val --target-env vulkan1.1 '" + path + "'");
                    if (check.output.find("Invalid capability operand") != std::string::npos)
                        unknown += std::string(" ") + std::string(shader->name);
                    else
                        EXPECT_EQ(check.status, 0) << shader->name << ": " << check.output;
                }
    if (!unknown.empty()) GTEST_SKIP() << "this spirv-val is too old for" << unknown;
}

}  // namespace
}  // namespace vkm
