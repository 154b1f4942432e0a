#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace vkm::bench {

/// Holds what others published of a network on a device, to stand beside what is measured here.
struct PublishedFigure {
    std::string_view device;  ///< as its maker calls it, without trademarks: "geforce rtx 3060 ti"
    std::string_view model;
    double value = 0;
    std::string_view unit;  ///< "ms" of one image, or "images/s" of training
    std::string_view who;   ///< "ncnn"
};

/// Returns the figures of the device that a Vulkan driver calls by this name.
std::vector<PublishedFigure> figures_of(std::string_view device_name);

/// Says where a source's figures are from, and what they are of.
struct PublishedSource {
    std::string_view who, what, where;
};
std::span<const PublishedSource> published_sources();

}  // namespace vkm::bench
