#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Holds the classes that a data set's labels are to be numbers of: a model's, or a run's.
struct Classes {
    std::string owner;  ///< what messages call them: "run/weights.safetensors", "the training data"
    int count = 0;
    std::vector<std::string> names = {};  ///< in their order; none where they carry none
    std::vector<std::string> ids = {};    ///< other names of theirs ("n01440764"), or none
    /// How to name them where they carry no names.
    std::string naming = "name the classes of both";
    /// What to do where the data have others: "remove or rename them, or …".
    std::string otherwise = "train with them";
};

/// Holds a data set whose labels are numbers of the classes that were asked for.
struct MatchedData {
    std::shared_ptr<const Dataset> data;
    std::vector<std::string> without_images = {};  ///< named classes
    bool renumbered = false;                       ///< a class has another number in the data themselves
};

/// Matches a data set's classes by name. Where either carries no names, labels stay what they are. `what` is
/// what messages call the data. Throws DatasetError naming the classes of the data's images that are not among
/// those asked for; without names where they are more, and where the data have names and are fewer, so that nobody
/// knows which are meant.
MatchedData match_classes(std::shared_ptr<const Dataset>, const std::string& what, const Classes&);

/// Does the same, but the data must know every class.
MatchedData match_all_classes(std::shared_ptr<const Dataset>, const std::string& what, const Classes&);

/// Numbers a data set's classes in the order of `order`, which may have more. Its class names stay what the data call
/// them, where they go by the ids. Throws DatasetError where the data have no names, or others.
std::shared_ptr<const Dataset> in_order(std::shared_ptr<const Dataset>, const std::string& what,
                                        Classes order);

/// Returns what is wrong with names that are `known` but for case or spaces: "; 'Cat' is 'cat' there", or
/// nothing where no name is.
std::string nearly_known(const std::vector<std::string>& names, const std::vector<std::string>& known);

}  // namespace vkm::train
