#include <base/environment.h>
#include <engine/plan/driver_environment.h>

namespace vkm::engine {
namespace {

struct Row {
    bool CpuFeatures::*needs;
    bool draws;  ///< drivers draw with it, too
    DriverSetting setting;
};

constexpr Row rows[] = {
    // With 512 bits llvmpipe (Mesa 22.3) crashes in LLVM as it compiles what draws.
    {&CpuFeatures::fast_512_bit_vectors,
     false,
     {"LP_NATIVE_VECTOR_WIDTH", "512",
      "llvmpipe takes half of a 512-bit processor's width; the whole is 1.05 to 1.1 times as fast "
      "(bench/NOTES.md)"}},
};

}  // namespace

CpuFeatures this_cpu() {
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    // VBMI came with the second generation (Ice Lake, Zen 4); the first one clocks down for wide vectors.
    __builtin_cpu_init();
    return {.fast_512_bit_vectors = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                    __builtin_cpu_supports("avx512dq") &&
                                    __builtin_cpu_supports("avx512vl") &&
                                    __builtin_cpu_supports("avx512vbmi")};
#else
    return {};
#endif
}

std::vector<DriverSetting> driver_settings(const CpuFeatures& cpu, bool draws) {
    std::vector<DriverSetting> settings;
    for (const Row& row : rows)
        if (cpu.*row.needs && (row.draws || !draws)) settings.push_back(row.setting);
    return settings;
}

void set_driver_environment(bool draws) {
    for (const DriverSetting& setting : driver_settings(this_cpu(), draws))
        set_default_environment(setting.variable, setting.value);
}

}  // namespace vkm::engine
