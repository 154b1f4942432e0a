#pragma once

#include <graph/weights/torch/tensor.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vkm::graph {

/// Holds a dict of tensors that lies somewhere in a pickle.
struct TorchGroup {
    std::string path;  ///< the keys that lead to it: "checkpoint.state_dict", "[0].model"; of the root ""
    std::vector<std::pair<std::string, TorchTensor>> tensors;
    std::vector<std::pair<std::string, std::string>>
        unread;  ///< names of tensors that are none here, and why
    /// Names the dicts around it and the last the dict itself, each with the key that leads on to the next.
    std::vector<std::pair<Pickle::Id, Pickle::Id>> dicts;
};

/// Finds every dict that holds tensors, in the pickle's order: however deep, in lists, tuples and the
/// attributes of objects too. A whole torch.nn.Module counts as its state dict. Entries that are no tensors
/// are passed over. Takes time linear in the pickle. Throws WeightsError naming `file` and the tensor on a
/// malformed one.
std::vector<TorchGroup> find_tensors(const Pickle&, std::string_view file);

/// Is the key of a sentence on the group's tensors that are not read.
inline constexpr const char* torch_unread = "torch.unread";

/// Is the key of class names that lie beside tensors, as a JSON list.
inline constexpr const char* torch_class_names = "torch.class-names";

/// Returns what the dicts of a group say beside its tensors: strings and numbers as "torch.KEY"; in
/// "torch.wrapper" its path, in "torch.ignored" the keys of everything else; class names (class_list.h).
std::map<std::string, std::string> notes_beside(const Pickle&, const TorchGroup&);

/// Returns why the first tensor of a pickle that is none here is not read: "is a sparse tensor: save its to_dense()".
/// Empty where there is no such tensor.
std::string unread_tensor(const Pickle&);

/// Returns the first keys of the pickle's root, for an error that tells what a file holds.
std::vector<std::string> keys_of_root(const Pickle&);

}  // namespace vkm::graph
