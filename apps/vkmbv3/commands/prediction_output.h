#pragma once

#include <infer/classification.h>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::apps {

/// Prints what networks make of images: a line of JSON an image, a line of text, or a row of a table on a terminal.
class PredictionOutput {
  public:
    struct Options {
        bool json = false, logits = false;
        bool several_models = false;         ///< every row says which
        size_t topk = 5;                     ///< how many classes an image gets
        std::optional<size_t> columns = {};  ///< of the terminal: the rows are a table
    };

    explicit PredictionOutput(const Options& options) : options_(options) {}

    /// Begins the rows of a network. `images` are all that will come, `classes` the names of its classes.
    void begin(const std::string& model, std::span<const std::string> images,
               std::span<const std::string> classes);
    /// `heat_map` is HeatMapPictures', or null.
    void print(const std::string& image, const infer::Classification&, const nlohmann::json& heat_map) const;

  private:
    void print_line(const std::string& image, const infer::Classification&) const;
    void print_logits(const infer::Classification&) const;
    void print_json_line(const std::string& image, const infer::Classification&,
                         const nlohmann::json& heat_map) const;
    void print_row(const std::string& image, const infer::Classification&) const;

    Options options_;
    std::string model_;
    size_t image_width_ = 0, name_width_ = 0,
           across_ = 1;  ///< of the table: columns, and predictions in a row
};

/// Returns a text in a table's column of `width`, blanks behind it. What is too long loses its end, or its
/// beginning with `keep_end`.
std::string in_column(const std::string& text, size_t width, bool keep_end = false);

}  // namespace vkm::apps
