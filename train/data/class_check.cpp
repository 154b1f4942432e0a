#include <image/find_images.h>
#include <train/data/class_check.h>

#include <spdlog/spdlog.h>

#include <algorithm>

namespace vkm::train {

void check_classes(const Dataset& data, bool counted) {
    const auto classes = static_cast<size_t>(data.num_classes());
    std::vector<size_t> images(classes);
    for (size_t i = 0; i < data.size(); ++i)
        ++images.at(static_cast<size_t>(data.label(i)));
    const std::vector<std::string>& names = data.class_names();
    std::vector<std::string> empty;
    for (size_t i = 0; i < classes; ++i)
        if (images[i] == 0) empty.push_back(names.empty() ? std::to_string(i) : names.at(i));
    if (counted && names.empty() && classes > 1 && images.front() == 0) {
        const auto first = std::ranges::find_if(images, [](size_t n) { return n > 0; }) - images.begin();
        throw DatasetError(
            "labels run from {} to {}, but class numbers begin with 0: subtract {}, or pass --num-classes {} if "
            "classes without images are meant",
            first, classes - 1, first, classes);
    }
    if (!empty.empty())
        spdlog::warn("{} of {} classes have no images to train on: {}", empty.size(), classes,
                     image::first_of(empty, 10));
}

}  // namespace vkm::train
