#include "needed.h"

#include <algorithm>
#include <iterator>

namespace vkm::shader_interface {
namespace {

using Ids = std::set<uint32_t>;

struct Block {
    std::vector<Words> instructions;  ///< the last one branches or returns
};

struct Function {
    uint32_t first = 0;  ///< label
    std::map<uint32_t, Block> blocks;
};

void add(Ids& to, const Ids& from) {
    to.insert(from.begin(), from.end());
}

Ids common(const Ids& a, const Ids& b) {
    Ids both;
    std::ranges::set_intersection(a, b, std::inserter(both, both.end()));
    return both;
}

// Walks a module's functions for the variables that they use on every path. SPIR-V's control flow is
// structured: a selection or loop says where its paths meet again, so each is walked as a whole.
class Walk {
  public:
    explicit Walk(const Spirv& spirv) : spirv_(spirv) {
        Function* function = nullptr;
        Block* block = nullptr;
        for (const Words i : spirv.instructions()) {
            if (op(i) == OpFunction && i.size() > 2) {
                function = &functions_[i[2]];
                block = nullptr;
            } else if (op(i) == OpFunctionEnd) {
                function = nullptr;
            } else if (op(i) == OpLabel && function && i.size() > 1) {
                if (function->first == 0) function->first = i[1];
                block = &function->blocks[i[1]];
            } else if (function && block) {
                block->instructions.push_back(i);
            }
        }
    }

    // Returns the variables that main uses. It calls all functions, or glslang would have left them out.
    Ids uses() {
        for (const auto& [id, function] : functions_)
            if (spirv_.name(id) == "main") return of_function(id);
        spirv_.fail("there is no main function");
    }

  private:
    Ids of_function(uint32_t id) {
        if (const auto known = uses_.find(id); known != uses_.end()) return known->second;
        uses_[id] = {};  // SPIR-V of shaders has no recursion
        const Function& function = functions_[id];
        Ids visited;
        return uses_[id] = walk(function, function.first, {}, visited);
    }

    // Returns the variables used from a block on, up to those of `ends`.
    Ids walk(const Function& function, uint32_t label, const Ids& ends, Ids& visited) {
        Ids uses;
        while (!ends.contains(label) && visited.insert(label).second) {
            const auto block = function.blocks.find(label);
            if (block == function.blocks.end()) break;
            uint32_t merge = 0;
            std::vector<uint32_t> next;
            uint32_t condition = 0;
            for (const Words i : block->second.instructions)
                switch (op(i)) {
                    case OpSelectionMerge:
                    case OpLoopMerge:
                        merge = i[1];
                        break;
                    case OpBranch:
                        next = {i[1]};
                        break;
                    case OpBranchConditional:
                        condition = i[1];
                        next = {i[2], i[3]};
                        break;
                    case OpSwitch:
                        next = {i[2]};
                        for (size_t at = 4; at < i.size(); at += 2)
                            next.push_back(i[at]);
                        break;
                    default:
                        add(uses, of_instruction(i));
                }
            if (merge == 0 && next.size() == 1) {
                label = next.front();
                continue;
            }
            Ids inner = ends;
            if (merge != 0) inner.insert(merge);
            if (condition != 0 && specialized(condition)) {
                // Each side has its own set of visited blocks: both may go through the same ones.
                Ids left = visited, right = visited;
                const Ids taken = walk(function, next[0], inner, left);
                add(uses, common(taken, walk(function, next[1], inner, right)));
            } else {
                for (const uint32_t target : next)
                    add(uses, walk(function, target, inner, visited));
            }
            if (merge == 0) break;
            label = merge;
        }
        return uses;
    }

    Ids of_instruction(Words i) {
        switch (op(i)) {
            case OpLoad:
            case OpAccessChain:
            case OpInBoundsAccessChain:
            case OpArrayLength:
                return {i[3]};
            case OpStore:
                return {i[1]};
            case OpFunctionCall: {
                Ids uses = of_function(i[3]);
                uses.insert(i.begin() + 4, i.end());
                return uses;
            }
            default:
                return {};
        }
    }

    // Returns whether a condition is a specialization constant, or computed from such alone.
    bool specialized(uint32_t condition) const {
        for (const Words i : spirv_.instructions())
            if (op(i) >= OpSpecConstantTrue && op(i) <= OpSpecConstantOp && i[2] == condition) return true;
        return false;
    }

    const Spirv& spirv_;
    std::map<uint32_t, Function> functions_;
    std::map<uint32_t, Ids> uses_;
};

}  // namespace

Ids needed_variables(const Spirv& spirv) {
    return Walk(spirv).uses();
}

}  // namespace vkm::shader_interface
