#include <train/data/renumbered.h>

namespace vkm::train {

Renumbered::Renumbered(std::shared_ptr<const Dataset> data, std::vector<int> numbers, int num_classes,
                       std::vector<std::string> class_names)
    : data_(std::move(data)),
      numbers_(std::move(numbers)),
      num_classes_(num_classes),
      class_names_(std::move(class_names)) {}

}  // namespace vkm::train
