// Gives libFuzzer the seeds: `VKM_SEEDS=FOLDER fuzz_NAME FOLDER` writes them into its corpus first.

#include <fuzz/fuzz_target.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    if (const char* folder = std::getenv("VKM_SEEDS")) {
        std::filesystem::create_directories(folder);
        int number = 0;
        for (const std::string& seed : vkm::test::fuzz_seeds())
            std::ofstream(std::filesystem::path(folder) / ("seed-" + std::to_string(number++)),
                          std::ios::binary)
                << seed;
    }
    return 0;
}
