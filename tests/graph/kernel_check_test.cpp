#include <graph/kernel_check.h>

#include <gtest/gtest.h>

namespace vkm::graph {
namespace {

TEST(KernelCheckTest, SpillsAreRegistersThatWentToMemory) {
    for (const char* name :
         {"Spilled VGPRs", "Spilled SGPRs", "Spill count", "Spills to memory", "Spills", "STP Count"})
        EXPECT_TRUE(counts_spills({name, 1})) << name;
    for (const char* name : {"Spills to reg", "Fills from reg", "Number of GPRs", "Code size"})
        EXPECT_FALSE(counts_spills({name, 1})) << name;
}

}  // namespace
}  // namespace vkm::graph
