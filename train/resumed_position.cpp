#include <train/resumed_position.h>

namespace vkm::train {

Position resumed_position(const TrainerOptions& options, ModelOnDevices& replicas,
                          const graph::Graph& training, const std::map<std::string, std::string>& identity,
                          const std::vector<std::string>& classes) {
    Position position = load_checkpoint(options.out / "checkpoint", replicas, training, identity);
    const std::string run = options.out.string();
    const std::string weights = (options.out / "weights.safetensors").string();
    if (!position.class_names.empty() && !classes.empty() && position.class_names != classes)
        throw CheckpointError(
            "the run in {} has other classes than these data: start a new run from its weights with --init {}",
            run, weights);
    const int64_t begun = position.epoch + (position.batch > 0 ? 1 : 0);
    if (begun > options.recipe.epochs)
        throw CheckpointError(
            "the run in {} has begun {} epochs, more than --epochs {}: give as many or more, or start a new "
            "run from its weights with --init {}",
            run, begun, options.recipe.epochs, weights);
    return position;
}

}  // namespace vkm::train
