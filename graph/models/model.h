#pragma once

#include <graph/models/architecture.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Holds model options as text under the command line's long names: "width" -> "0.75".
using ModelOptions = std::map<std::string, std::string>;

/// Holds a network's table: its layers at width 1, and the model options that it differs in from V3's
/// defaults (ModelConfig).
struct ModelTable {
    std::string name;
    std::string timm_name = {};     ///< what precedes "_075" in timm's spelling; empty: timm has none
    bool timm_says_width_1 = true;  ///< "_100" is part of timm's spelling at width 1
    std::string mindcv_name = {};   ///< what precedes "_075" in MindCV's spelling; empty: MindCV has none
    std::string about = {};         ///< in a few words, for lists
    ModelOptions options = {};
    Architecture architecture = {};
};

/// Refers to a table. Copies share it; models are equal where name, options and layers are.
class Model {
  public:
    explicit Model(ModelTable table) : table_(std::make_shared<const ModelTable>(std::move(table))) {}

    const std::string& name() const { return table_->name; }
    const std::string& timm_name() const { return table_->timm_name; }
    bool timm_says_width_1() const { return table_->timm_says_width_1; }
    const std::string& mindcv_name() const { return table_->mindcv_name; }
    const std::string& about() const { return table_->about; }
    const ModelOptions& options() const { return table_->options; }
    const Architecture& architecture() const { return table_->architecture; }
    /// Returns whether name and layers are those of one of models(): the name then says which it is.
    bool is_built_in() const;

    bool operator==(const Model& other) const {
        return table_ == other.table_ || (name() == other.name() && options() == other.options() &&
                                          architecture() == other.architecture());
    }

  private:
    std::shared_ptr<const ModelTable> table_;
};

/// Returns every model that has a name; common_models() come first.
const std::vector<Model>& models();

/// Returns torchvision's and TensorFlow's: V2, V3 and V3's minimalistic variants.
const std::vector<Model>& common_models();

/// Returns the model of that name, or null.
const Model* find_model(std::string_view name);

/// Returns the one meant where nothing else is said: V3-Small.
const Model& default_model();

/// Returns a model's name: "mobilenet_v3_large".
inline std::string_view model_name(const Model& model) {
    return model.name();
}

/// Return the tables of models(), a file for each family.
namespace tables {
std::vector<ModelTable> mobilenet_v1();
std::vector<ModelTable> mobilenet_v2();
std::vector<ModelTable> mobilenet_v3();
std::vector<ModelTable> mobilenet_v4();
}  // namespace tables

}  // namespace vkm::graph
