#include "cli/matrix_units_option.h"

namespace vkm::apps {

void MatrixUnitsOption::add(CLI::App& app, const std::string& group, const std::string& when) {
    CLI::Option* yes =
        app.add_flag("--matrix-units", on,
                     when + "multiply fp16 tensors on matrix units also where the device's plan would not");
    CLI::Option* no =
        app.add_flag("--no-matrix-units", off, when + "do not where the device's plan would")->excludes(yes);
    if (group.empty()) return;
    yes->group(group);
    no->group(group);
}

std::optional<bool> MatrixUnitsOption::wanted() const {
    if (on) return true;
    if (off) return false;
    return std::nullopt;
}

}  // namespace vkm::apps
