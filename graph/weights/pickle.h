#pragma once

#include <graph/weights/error.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vkm::graph {

/// Holds what a Python pickle describes, as inert data. Nothing is ever imported, called or constructed:
/// a reference to a class or function stays a name, and a call stays a node that says who would
/// have been called with what. Values refer to each other by index, because a pickle may share them
/// and even contain itself.
struct Pickle {
    using Id = uint32_t;
    using Ids = std::vector<Id>;
    using Items = std::vector<std::pair<Id, Id>>;

    struct None {};
    struct Bytes {
        std::string content;
    };
    struct Tuple {
        Ids elements;
    };
    struct List {
        Ids elements;
    };
    struct Dict {
        Items items;
    };
    struct Global {
        std::string module, name;
        std::string path() const { return module + '.' + name; }
    };
    struct Call {
        Id callable = 0;   ///< a Global
        Id arguments = 0;  ///< a Tuple
        Items items;       ///< set on the result: an OrderedDict is a call with items
    };
    struct Persistent {
        Id id = 0;  ///< what the pickle's host is to resolve; torch.save puts a storage's description there
    };
    using Value = std::variant<None, bool, int64_t, double, std::string, Bytes, Tuple, List, Dict, Global,
                               Call, Persistent>;

    std::vector<Value> values;
    Id root = 0;

    template <typename T>
    const T* as(Id id) const {
        return std::get_if<T>(&values[id]);
    }
};

/// Parses protocols 2 to 5, as far as plain data, tensors and OrderedDict need them. Takes bounded time and
/// memory, linear in the input, and no recursion. Attributes set on an object (opcode BUILD) are dropped.
/// Throws WeightsError naming `file` on anything malformed or unsupported, and on a global that `allowed`
/// does not accept.
Pickle parse_pickle(std::span<const std::byte>, std::string_view file,
                    const std::function<bool(std::string_view module, std::string_view name)>& allowed);

}  // namespace vkm::graph
