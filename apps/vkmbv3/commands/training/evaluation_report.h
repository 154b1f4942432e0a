#pragma once

#include <graph/models/model_config.h>
#include <train/data/dataset.h>
#include <train/evaluator.h>
#include <train/report/class_report.h>

#include <filesystem>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds what a report says besides its counts.
struct EvaluationReport {
    std::string weights, data;
    graph::ModelConfig model;
    std::vector<std::string> class_names;  ///< may be fewer than the classes
    train::Evaluation result;
};

/// The images that a report shows.
inline constexpr size_t worst_images = 36;

/// Makes the folder for a report. Throws UsageError where it holds something else than an earlier report.
void prepare_report_folder(const std::filesystem::path&);

/// Writes the report:
///     index.html        a page of all that follows, which needs no network
///     report.json       the same as data
///     classes.csv       a row a class: images, top-1, top-5, precision
///     confusion.csv     images by label (rows) and prediction (columns)
///     confusions.csv    the confusions that happened, the most frequent first
///     confusion.svg     the matrix; of many classes those that are confused most
///     worst.png         the images with the largest losses, with label, prediction and confidence
void write_report(const std::filesystem::path&, const EvaluationReport&, const train::ClassReport&,
                  const train::Dataset&);

}  // namespace vkm::apps
