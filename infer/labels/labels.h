#pragma once

#include <base/error.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::infer {

/// Reports a file of class names that cannot be used; the message names it and says what to do.
class LabelsError : public Error {
  public:
    using Error::Error;
};

/// Holds the names of a model's classes, in the classes' order.
struct Labels {
    std::vector<std::string> names;  ///< one a class, none empty
    std::vector<std::string> ids;    ///< one a class ("n01440764"), or none where the file has none

    bool operator==(const Labels&) const = default;
};

/// Parses a file of class names. `file` names it in messages. A text (UTF-8, or UTF-16 with its byte-order
/// mark) has one class a line, whatever ends the lines; empty lines at its end do not count:
///
///     tench
///     0|tench   0 tench   0: tench   0,tench       numbers from 0 or 1, each once, in any order
///     n01440764|tench   n01440764 tench, Tinca tinca        an id and the name
///
/// JSON, or a dictionary as Python prints it, is one of
///
///     ["tench", …]   [["n01440764", "tench"], …]
///     {"0": "tench", …}   {"0": ["n01440764", "tench"], …}   {"tench": 0, …}
///
/// also as the member "id2label", "labels", "names", "classes", "class_names", "label_names" or
/// "class_to_idx" of an object. Throws LabelsError.
Labels parse_labels(std::string_view bytes, const std::string& file);

/// Reads one. Throws LabelsError, and FileError where it cannot be read.
Labels read_labels(const std::filesystem::path& file);

/// Reads one for a model of so many classes. Throws LabelsError where it has not one name a class.
Labels read_labels(const std::filesystem::path& file, int64_t classes);

/// Returns the names that several classes have, each once.
std::vector<std::string> repeated(const std::vector<std::string>& names);

}  // namespace vkm::infer
