#pragma once

#include <train/data/list_columns.h>

namespace vkm::train {

struct ListLabels {
    std::vector<int> labels;         ///< one a row
    std::vector<std::string> names;  ///< of the classes; empty where the labels are numbers alone
    int num_classes = 0;
    bool first_of_several = false;  ///< other columns might have been labels, too, and say something else
};

/// Reads the labels of the rows: all whole numbers (3, or 3.0 as pandas writes them beside an empty field), or
/// all names, whose classes are then sorted as an image folder's are. Where one column numbers the classes
/// from 0 without gaps and another names them, both are used. Where each class has a column, their order counts. `num_classes` bounds numbers; 0: any.
/// Throws DatasetError naming `file` and the line.
ListLabels read_labels(const std::vector<CsvRow>& rows, const ListColumns&, int num_classes,
                       const std::string& file);

}  // namespace vkm::train
