#pragma once

#include <draw/drawing.h>

namespace vkm::draw {

/// Holds counts by row and column, which have the same names.
struct MatrixChart {
    std::string title, row_title, column_title;
    std::vector<std::string> names;
    std::vector<double> counts;  ///< [names][names], row by row
};

/// Draws a matrix whose fields are the darker the larger their share of their row is; with their counts where
/// there is room for them.
Drawing draw_matrix(const MatrixChart&);

}  // namespace vkm::draw
