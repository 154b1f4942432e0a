#include <engine/estimate/interpreter.h>
#include <engine/estimate/subgroup_run.h>

namespace vkm::engine {

SubgroupRun run_subgroup(const SubgroupQuestion& question) {
    const spirv::Module module(question.spirv, question.constants, question.name);
    return spirv::Interpreter(module, question).run();
}

}  // namespace vkm::engine
