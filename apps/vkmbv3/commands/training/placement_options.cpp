#include "commands/training/placement_options.h"

#include "cli/usage_error.h"

#include <map>

namespace vkm::apps {
namespace {

using Kind = train::PlacementPolicy::Kind;

const std::map<std::string, Kind> kinds{
    {"replicate", Kind::replicate}, {"pipeline", Kind::pipeline}, {"auto", Kind::automatic}};

}  // namespace

void PlacementArguments::add(CLI::App& app, const char* group) {
    app.add_option(
           "--placement", placement_,
           "what each of several devices makes: replicate (its share of a batch), pipeline (its part of the layers, "
           "for the --grad-accum batches of a step one behind the other), auto (the shorter of the two, measured)")
        ->check(CLI::IsMember({"replicate", "pipeline", "auto"}))
        ->capture_default_str()
        ->group(group);
}

Kind PlacementArguments::resolve(size_t devices, bool shares_given, bool sync_bn) const {
    const Kind kind = kinds.at(placement_);
    if (devices == 1 || kind == Kind::replicate) return Kind::replicate;
    if (shares_given)
        throw UsageError(
            "--shares splits a batch over devices, and stages of a pipeline take it whole: leave it away, or use "
            "--placement replicate");
    if (sync_bn)
        throw UsageError(
            "--sync-bn is for batches that are split over devices, and stages of a pipeline take them whole: leave it "
            "away, or use --placement replicate");
    return kind;
}

}  // namespace vkm::apps
