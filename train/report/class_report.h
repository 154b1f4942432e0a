#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace vkm::train {

/// Holds what a network says of one image.
struct JudgedImage {
    size_t index = 0;  ///< in the data set
    int label = 0, predicted = 0;
    double loss = 0;        ///< cross entropy
    double confidence = 0;  ///< the probability of `predicted`
};

struct ClassScore {
    int64_t images = 0;                    ///< that have this label
    int64_t top1_hits = 0, top5_hits = 0;  ///< of those
    int64_t predictions = 0;               ///< images of any label that are taken for this class
};

/// Says how many images of one class are taken for another.
struct Confusion {
    int label = 0, predicted = 0;
    int64_t images = 0;
};

/// Counts, class by class, what a network makes of a data set.
class ClassReport {
  public:
    /// Keeps the `worst` images with the largest losses.
    ClassReport(int classes, size_t worst);

    /// Takes an image's logits, one a class. Of equal ones the lower class counts as predicted, as argmax
    /// says. An image without a label, -1, does not count.
    void add(size_t index, int label, std::span<const double> logits);

    const std::vector<ClassScore>& classes() const { return classes_; }
    int64_t images(int label, int predicted) const;
    /// Returns the confusions that happened, the most frequent first.
    std::vector<Confusion> confusions() const;
    /// Returns the images with the largest losses, the largest first.
    std::vector<JudgedImage> worst() const;

  private:
    std::vector<ClassScore> classes_;
    std::map<std::pair<int, int>, int64_t> images_;  ///< by label and prediction
    size_t most_;
    std::vector<JudgedImage> worst_;  ///< a heap with the least loss first
};

}  // namespace vkm::train
