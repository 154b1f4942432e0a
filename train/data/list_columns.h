#pragma once

#include <base/csv.h>
#include <train/data/dataset.h>

#include <functional>
#include <optional>

namespace vkm::train {

/// Says which fields of a list's rows are what.
struct ListColumns {
    size_t path = 0;
    std::vector<size_t> labels;            ///< the one to use first, then others that name the same classes
    bool one_hot = false;                  ///< each of `labels` is a class, and the row's holds a 1
    std::optional<size_t> part;            ///< says which rows are for training, see part_of_row()
    std::vector<size_t> without_parts;     ///< are named as such a column is and say something else
    std::optional<size_t> never_training;  ///< is such a column, and no row is for training

    std::vector<std::string> names;  ///< of the columns; empty without a header
};

/// Says how well a text fits as the path of an image: 0 not at all, 1 without its extension, 2 as it is.
using PathFit = std::function<int(const std::string&)>;

/// Finds a list's columns, and takes the header away from the rows where there is one. Names decide first
/// (`path`, `filename`, `image_id`, …; `label`, `class`, `target`, …), in any order and spelling, and then
/// contents: images are where files are, and a column that counts the rows is an index.
/// Throws DatasetError naming `file` where that is not enough, and for a row whose part is none beside others'.
ListColumns find_columns(std::vector<CsvRow>& rows, const PathFit& fit, const std::string& file);

enum class ListPart { training, validation, test };

/// Returns the part that a row of a list with parts belongs to; none where the list has no parts.
std::optional<ListPart> part_of_row(const CsvRow&, const ListColumns&);

/// Returns the number of fields up to the last one that is not empty.
size_t width_of(const CsvRow&);

/// Returns a field without the blanks around it; empty where the row is too short.
std::string field_of(const CsvRow&, size_t column);

}  // namespace vkm::train
