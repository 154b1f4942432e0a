#include <graph/lower/program.h>

#include <set>

namespace vkm::graph {

std::vector<Region> regions(const Command& command) {
    struct Visitor {
        std::vector<Region> operator()(const DispatchCommand& c) const { return c.bindings; }
        std::vector<Region> operator()(const CopyCommand& c) const { return {c.from, c.to}; }
        std::vector<Region> operator()(const FillCommand& c) const { return {c.region}; }
        std::vector<Region> operator()(const ReduceCommand& c) const { return {c.region}; }
    };
    return std::visit(Visitor{}, command.what);
}

std::vector<engine::KernelSpec> kernel_specs(const Program& program) {
    std::vector<engine::KernelSpec> specs;
    for (const Command& command : program.commands)
        if (const auto* dispatch = std::get_if<DispatchCommand>(&command.what))
            specs.push_back(dispatch->kernel);
    return specs;
}

std::vector<engine::KernelSpec> distinct_kernel_specs(const Program& program) {
    std::vector<engine::KernelSpec> specs = kernel_specs(program);
    std::set<std::string> seen;
    std::erase_if(specs, [&](const engine::KernelSpec& spec) { return !seen.insert(spec.label()).second; });
    return specs;
}

}  // namespace vkm::graph
