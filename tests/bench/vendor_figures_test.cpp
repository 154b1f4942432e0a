#include <bench/peak_figures.h>
#include <bench/vendor_figures.h>

#include <gtest/gtest.h>

namespace vkm::bench {
namespace {

TEST(VendorFiguresTest, ADeviceIsFoundByItsNameWhichMayGoOn) {
    EXPECT_EQ(vendor_figure("AMD Radeon RX 7900 XTX", "memory_gbps"), 960);
    EXPECT_EQ(vendor_figure("AMD Radeon RX 7900 XTX (RADV NAVI31)", "memory_gbps"), 960);
    EXPECT_FALSE(vendor_figure("AMD Radeon RX 7900 XTX Pro", "memory_gbps"));
    EXPECT_FALSE(vendor_figure("llvmpipe (LLVM 15.0.6, 512 bits)", "memory_gbps"));
}

TEST(VendorFiguresTest, WhatAVendorDoesNotStateIsNotThere) {
    EXPECT_FALSE(vendor_figure("AMD Radeon RX 6900 XT", "matrix_gflops"));
    EXPECT_FALSE(vendor_figure("AMD Radeon RX 6900 XT", ""));
    EXPECT_FALSE(vendor_figure("AMD Radeon RX 6900 XT", "source"));
}

TEST(VendorFiguresTest, TheNamesOfPeaksAreThoseOfTheTable) {
    // The H200's row has every one of them.
    for (const PeakFigure& figure : peak_figures())
        EXPECT_TRUE(figure.vendor.empty() || vendor_figure("NVIDIA H200", figure.vendor)) << figure.name;
}

}  // namespace
}  // namespace vkm::bench
