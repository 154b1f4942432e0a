#include <base/text.h>
#include <train/data/several_classes.h>

#include <spdlog/spdlog.h>

namespace vkm::train {

void require_several_classes(const Dataset& data, int64_t model_classes, const std::string& what) {
    const auto label = static_cast<size_t>(data.size() > 0 ? data.label(0) : 0);
    const std::vector<std::string>& names = data.class_names();
    const std::string name = label < names.size() ? names[label] : std::to_string(label);
    if (model_classes < 2)
        throw DatasetError(
            "{} has one class only, {}: there is nothing to tell it from, and the loss would be 0 from the start; "
            "add images of what it is not, as a second class",
            what, a_few(std::vector{name}));
    for (size_t i = 0; i < data.size(); ++i)
        if (static_cast<size_t>(data.label(i)) != label) return;
    spdlog::warn("all images of {} are of the class {}: a model learns to say nothing else", what,
                 a_few(std::vector{name}));
}

}  // namespace vkm::train
