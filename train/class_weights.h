#pragma once

#include <train/data/dataset.h>

#include <string>
#include <vector>

namespace vkm::train {

/// Reports weights of classes that cannot be used. The message names the file and what is wrong.
class ClassWeightsError : public Error {
  public:
    using Error::Error;
};

/// Returns a weight a class for `balanced` or a file. Balanced: images / (classes x images of the class), as
/// scikit-learn has it, so that classes count alike; classes without images have 0. A file holds, in any order
/// where names are given, a number a line, a name and a number a line, or the same as a JSON array or object.
std::vector<float> class_weights(const std::string& balanced_or_file, const Dataset& training,
                                 int64_t classes);

}  // namespace vkm::train
