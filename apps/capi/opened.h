#pragma once

#include "handles.h"

#include <infer/classifier.h>
#include <vkmbv3.h>

#include <memory>
#include <string>
#include <vector>

namespace vkm::capi {

/// Holds what a program has opened: a classifier on a device of its own, and the texts it may ask for.
class Opened final : public Handled {
  public:
    static constexpr const char* kind = "classifier";

    /// Throws InvalidArgument where the options are not as vkmbv3.h says, and what opening throws.
    Opened(const std::string& weights, const vkmbv3_options&);

    infer::Classifier& classifier() { return *classifier_; }
    const std::vector<std::string>& names() const { return names_; }  ///< one a class
    const std::string& device() const { return description_; }
    const std::string& precision() const { return precision_; }
    const std::string& notices() const { return notices_; }

  private:
    std::unique_ptr<graph::PlannedDevice> device_;
    std::unique_ptr<infer::Classifier> classifier_;
    std::vector<std::string> names_;
    std::string description_, precision_, notices_;
};

}  // namespace vkm::capi
