#pragma once

#include <infer/labels/labels.h>

#include <optional>

namespace vkm::infer {

/// Here is what the forms of a file of class names share.

/// Holds what a file says of one class.
struct LabelRow {
    std::string id;  ///< may be empty
    std::string name;
};

/// Returns a number of at most nine digits and nothing else.
std::optional<size_t> whole_number(std::string_view text);

/// Returns rows by their class, where each comes with its number: from 0 or, of two rows or more, from 1.
/// Returns nothing where a number is missing or there twice.
std::optional<std::vector<LabelRow>> in_order(std::vector<std::pair<size_t, LabelRow>> numbered);

/// Return the rows of a file. Throw LabelsError.
std::vector<LabelRow> rows_of_text(std::string_view text, const std::string& file);
std::vector<LabelRow> rows_of_json(std::string_view text, const std::string& file);

/// Returns a dictionary or list as Python prints it, {0: 'tench', 1: "d'oeuvre"}, as JSON with keys that are
/// strings. What is no such text becomes no JSON either.
std::string json_of_python(std::string_view text);

}  // namespace vkm::infer
