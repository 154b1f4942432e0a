#include <bench/published_figures.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::bench {
namespace {

TEST(PublishedFiguresTest, ADeviceIsKnownByTheNamesThatDriversGiveIt) {
    for (const char* name :
         {"NVIDIA GeForce RTX 3060 Ti", "Tesla V100-SXM2-16GB", "AMD Radeon RX 6900 XT (RADV NAVI21)",
          "AMD Radeon RX 6900 XT", "Apple M3", "Intel(R) UHD Graphics 770 (ADL-S GT1)",
          "AMD Radeon(TM) Vega 8 Graphics", "Qualcomm(R) Adreno(TM) X1-85 GPU", "Adreno (TM) 740",
          "Mali-G720-Immortalis MC12", "Mali-G610"})
        EXPECT_EQ(figures_of(name).size(), 2) << name;
    for (const char* name : {"AMD Radeon RX 6600 XT (RADV NAVI23)", "NVIDIA GeForce GTX 960",
                             "Intel(R) Arc(TM) A380 Graphics (DG2)"})
        EXPECT_EQ(figures_of(name).size(), 6) << name;
}

TEST(PublishedFiguresTest, AnotherDeviceOfASimilarNameIsAnother) {
    for (const char* name :
         {"NVIDIA GeForce RTX 3060", "NVIDIA GeForce RTX 3060 Ti SUPER", "AMD Radeon RX 6600", "Apple M3 Pro",
          "Apple M30", "NVIDIA GeForce GTX 960M", "Adreno (TM) 7400", "AMD Radeon RX 6900",
          "llvmpipe (LLVM 15.0.6, 256 bits)", ""})
        EXPECT_TRUE(figures_of(name).empty()) << name;
}

TEST(PublishedFiguresTest, EveryFigureIsOfANetworkAndASource) {
    for (const char* name : {"Mali-G610", "NVIDIA GeForce GTX 960"})
        for (const PublishedFigure& figure : figures_of(name)) {
            EXPECT_GT(figure.value, 0);
            EXPECT_TRUE(figure.model.starts_with("mobilenet_v"));
            // PyTorch's stand beside the trainer that published both.
            EXPECT_TRUE(
                figure.who.starts_with("PyTorch") ||
                std::ranges::any_of(published_sources(), [&](auto& s) { return s.who == figure.who; }));
        }
}

}  // namespace
}  // namespace vkm::bench
