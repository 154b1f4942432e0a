#include <graph/run/record.h>

namespace vkm::graph {

std::vector<const engine::Kernel*> create_kernels(engine::Device& device, const Program& program,
                                                  const std::function<void(size_t, size_t)>& progress,
                                                  const std::function<void()>& meanwhile) {
    const std::vector<const engine::Kernel*> created =
        device.kernels(kernel_specs(program), progress, meanwhile);
    auto next = created.begin();
    std::vector<const engine::Kernel*> by_command;
    for (const Command& command : program.commands)
        by_command.push_back(std::holds_alternative<DispatchCommand>(command.what) ? *next++ : nullptr);
    return by_command;
}

void record(engine::CommandList& list, const Command& command, const engine::Kernel* kernel,
            const Resolve& resolve) {
    if (const auto* dispatch = std::get_if<DispatchCommand>(&command.what)) {
        std::vector<engine::Slice> bindings;
        for (const Region& region : dispatch->bindings)
            bindings.push_back(resolve(region));
        list.dispatch({kernel, bindings, dispatch->push, dispatch->groups, command.label, dispatch->flops});
    } else if (const auto* copy = std::get_if<CopyCommand>(&command.what)) {
        list.copy(resolve(copy->from), resolve(copy->to));
    } else if (const auto* fill = std::get_if<FillCommand>(&command.what)) {
        list.fill(resolve(fill->region), 0);
    }
}

}  // namespace vkm::graph
