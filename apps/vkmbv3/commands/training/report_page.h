#pragma once

#include "commands/training/evaluation_report.h"

namespace vkm::apps {

/// Returns a report's index.html, with its matrix in it and worst.png beside it.
std::string report_page(const EvaluationReport&, const train::ClassReport&,
                        const std::vector<train::Confusion>&, const std::string& matrix_svg);

/// Returns part / whole with four digits, or nothing of nothing.
std::string share_text(int64_t part, int64_t whole);

}  // namespace vkm::apps
