#pragma once

#include <graph/models/model_config.h>
#include <train/data/dataset.h>
#include <train/evaluator.h>
#include <train/report/class_report.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds what a report says besides its counts.
struct EvaluationReport {
    std::string weights, data;
    graph::ModelConfig model;
    std::vector<std::string> class_names;  ///< may be fewer than the classes
    train::Evaluation result = {};
};

/// Reports an evaluation in a folder:
///     index.html        a page of all that follows, which needs no network
///     report.json       the same as data
///     classes.csv       a row a class: images, top-1, top-5, precision
///     confusion.csv     images by label (rows) and prediction (columns)
///     confusions.csv    the confusions that happened, the most frequent first
///     confusion.svg     the matrix; of many classes those that are confused most
///     worst.png         the images with the largest losses, with label, prediction and confidence
class EvaluationReporter {
  public:
    /// Makes the folder. Throws UsageError where it holds something else than an earlier report.
    EvaluationReporter(std::filesystem::path folder, EvaluationReport about,
                       std::shared_ptr<const train::Dataset>);

    /// Counts what it is told; the reporter has to outlive it.
    train::Evaluator::OnLogits on_logits();
    /// Writes the files.
    void write(const train::Evaluation&);

  private:
    std::filesystem::path folder_;
    EvaluationReport about_;
    std::shared_ptr<const train::Dataset> data_;
    train::ClassReport counts_;
};

}  // namespace vkm::apps
