#pragma once

#include <graph/weights/error.h>

#include <cstddef>
#include <cstdint>
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
    static constexpr Id nothing = ~Id{0};
    struct Call {
        Id callable = 0;     ///< a Global, or whatever else stands for a class or function
        Id arguments = 0;    ///< a Tuple
        Id state = nothing;  ///< attributes set on the result: an object's, or nothing
        Items items;         ///< set on the result: an OrderedDict is a call with items
    };
    struct Persistent {
        Id id = 0;  ///< what the pickle's host is to resolve; torch.save puts a storage's description there
    };
    using Value = std::variant<None, bool, int64_t, double, std::string, Bytes, Tuple, List, Dict, Global,
                               Call, Persistent>;

    std::vector<Value> values;
    Id root = 0;
    size_t bytes = 0;  ///< how many of the input's bytes it took

    template <typename T>
    const T* as(Id id) const {
        return std::get_if<T>(&values[id]);
    }
};

/// Bounds what a pickle may hold. Values take up to 80 bytes each, references to them fewer. The defaults are those
/// of weights: a state dict has a few dozen values and about 200 bytes a tensor.
struct PickleLimits {
    size_t most_values = size_t{1} << 20, most_references = size_t{1} << 21, most_bytes = size_t{1} << 26;
};

/// Parses protocols 2 to 5 as any version of Python writes them; more bytes may follow. Takes bounded time and
/// memory, linear in the input, and no recursion. A set is a list, and what is no plain data (an integer of
/// more than 64 bits) is Bytes. Elements appended to an object are dropped. Throws WeightsError naming `file`
/// on anything malformed.
Pickle parse_pickle(std::span<const std::byte>, std::string_view file, const PickleLimits& = {});

}  // namespace vkm::graph
