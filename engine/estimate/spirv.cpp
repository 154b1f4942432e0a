#include <base/error.h>
#include <engine/estimate/spirv.h>

#include <algorithm>

namespace vkm::engine::spirv {
namespace {

using Words = std::span<const uint32_t>;
constexpr uint32_t magic = 0x07230203, decoration_spec_id = 1, decoration_array_stride = 6,
                   decoration_built_in = 11, decoration_offset = 35;

// Returns whether instructions of this number have a type and a result, those inside functions only.
bool has_result(uint32_t op) {
    switch (op) {
        case OpStore:
        case OpCopyMemory:
        case OpImageWrite:
        case OpControlBarrier:
        case OpMemoryBarrier:
        case OpLoopMerge:
        case OpSelectionMerge:
        case OpLabel:
        case OpBranch:
        case OpBranchConditional:
        case OpSwitch:
        case OpKill:
        case OpReturn:
        case OpReturnValue:
        case OpUnreachable:
        case OpFunctionEnd:
        case OpCooperativeMatrixStoreKHR:
            return false;
        default:
            return true;
    }
}

}  // namespace

Module::Module(Words words, Words constants, std::string_view name)
    : name_(name), specialization_(constants) {
    if (words.size() < 5 || words[0] != magic) throw Error("shader {}: not SPIR-V", name);
    bound_ = words[3];
    types_.resize(bound_);
    value_types_.resize(bound_);
    labels_.resize(bound_);
    // Decorations come before what they decorate, everything else in the order in which it is needed.
    for (size_t at = 5; at < words.size();) {
        const uint32_t length = words[at] >> 16, op = words[at] & 0xffff;
        if (length == 0 || length > words.size() - at) throw Error("shader {}: truncated SPIR-V", name);
        const Words instruction = words.subspan(at, length);
        if (function_ != 0 || op == OpFunction)
            body(op, instruction);
        else
            declare(op, instruction);
        at += length;
    }
    fold_multiplications();
    find_offsets();
    follow_branches();
}

const std::vector<uint32_t>& Module::value(uint32_t id) const {
    const auto found = constant_at_.find(id);
    if (found == constant_at_.end()) throw Error("shader {}: %{} is no constant", name_, id);
    return constants_[found->second].words;
}

void Module::declare(uint32_t op, Words w) {
    switch (op) {
        case 15:  // OpEntryPoint
            entry_ = w[2];
            return;
        case OpDecorate:
            if (w[2] == decoration_spec_id) spec_ids_[w[1]] = w[3];
            if (w[2] == decoration_built_in) built_ins_[w[1]] = w[3];
            if (w[2] == decoration_array_stride) strides_[w[1]] = w[3];
            return;
        case OpMemberDecorate:
            if (w[3] == decoration_offset) member_offsets_[uint64_t{w[1]} << 32 | w[2]] = w[4];
            return;
        case OpTypeVoid:
        case OpTypeFunction:
        case OpTypeImage:
        case OpTypeRuntimeArray:
        case OpTypeBool:
        case OpTypeFloat:
        case OpTypeInt:
        case OpTypeVector:
        case OpTypeMatrix:
        case OpTypeArray:
        case OpTypeStruct:
        case OpTypePointer:
        case OpTypeCooperativeMatrixKHR:
            break;
        case OpVariable:
            value_types_[w[2]] = w[1];
            variables_.push_back({w[2], w[1], w[3], built_ins_.contains(w[2]) ? built_ins_[w[2]] : ~0u});
            return;
        default:
            if (op >= OpConstantTrue && op <= OpSpecConstantOp) constant(op, w);
            return;
    }
    Type& type = types_[w[1]];
    type.op = op;
    switch (op) {
        case OpTypeBool:
            type.words = 1;
            type.bits = 32;
            break;
        case OpTypeFloat:
            type.words = 1;
            type.bits = w[2];
            break;
        case OpTypeInt:
            type.words = 1;
            type.bits = w[2];
            type.is_signed = w[3] != 0;
            break;
        case OpTypeVector:
        case OpTypeMatrix:
            type.element = w[2];
            type.count = w[3];
            type.words = w[3] * types_[w[2]].words;
            type.bits = w[3] * types_[w[2]].bits;
            break;
        case OpTypeCooperativeMatrixKHR:  // what a lane holds of it is not followed
            type.element = w[2];
            type.count = constant_word(w[4]) * constant_word(w[5]);
            type.words = 1;
            type.subgroup_bits = type.count * types_[w[2]].bits;
            break;
        case OpTypeArray:
            type.element = w[2];
            type.count = constant_word(w[3]);
            type.words = type.count * types_[w[2]].words;
            type.bits = type.count * types_[w[2]].bits;
            type.subgroup_bits = type.count * types_[w[2]].subgroup_bits;
            type.stride = strides_.contains(w[1]) ? strides_[w[1]] : 0;
            break;
        case OpTypeRuntimeArray:
            type.element = w[2];
            break;
        case OpTypeStruct:
            for (uint32_t i = 2; i < w.size(); ++i) {
                type.members.push_back(w[i]);
                type.first_word.push_back(type.words);
                const auto offset = member_offsets_.find(uint64_t{w[1]} << 32 | (i - 2));
                type.byte_offsets.push_back(offset == member_offsets_.end() ? 0 : offset->second);
                type.words += types_[w[i]].words;
                type.bits += types_[w[i]].bits;
            }
            break;
        case OpTypePointer:
            type.storage = w[2];
            type.element = w[3];
            break;
        default:
            break;
    }
}

void Module::constant(uint32_t op, Words w) {
    const uint32_t id = w[2];
    value_types_[id] = w[1];
    std::vector<uint32_t> words;
    switch (op) {
        case OpConstantTrue:
        case OpSpecConstantTrue:
            words = {1};
            break;
        case OpConstantFalse:
        case OpSpecConstantFalse:
            words = {0};
            break;
        case OpConstant:
        case OpSpecConstant:
            words = {w[3]};
            break;
        case OpConstantNull:
            words.assign(types_[w[1]].words, 0);
            break;
        case OpConstantComposite:
        case OpSpecConstantComposite:
            for (const uint32_t part : w.subspan(3))
                std::ranges::copy(value(part), std::back_inserter(words));
            break;
        case OpSpecConstantOp:
            words = evaluate(w);
            break;
        default:
            throw Error("shader {}: unknown constant {}", name_, op);
    }
    if (const auto spec = spec_ids_.find(id);
        spec != spec_ids_.end() && spec->second < specialization_.size())
        words = {specialization_[spec->second]};
    constant_at_[id] = constants_.size();
    constants_.push_back({id, std::move(words)});
}

std::vector<uint32_t> Module::evaluate(Words w) const {
    const uint32_t op = w[3];
    const auto word = [&](size_t i) { return constant_word(w[4 + i]); };
    switch (op) {
        case OpIAdd:
            return {word(0) + word(1)};
        case OpISub:
            return {word(0) - word(1)};
        case OpIMul:
            return {word(0) * word(1)};
        case OpUDiv:
        case OpSDiv:
            return {word(1) == 0 ? 0 : word(0) / word(1)};
        case OpUMod:
        case OpSRem:
        case OpSMod:
            return {word(1) == 0 ? 0 : word(0) % word(1)};
        case OpShiftRightLogical:
            return {word(0) >> (word(1) & 31)};
        case OpShiftLeftLogical:
            return {word(0) << (word(1) & 31)};
        case OpBitwiseAnd:
            return {word(0) & word(1)};
        case OpBitwiseOr:
            return {word(0) | word(1)};
        case OpBitwiseXor:
            return {word(0) ^ word(1)};
        case OpNot:
            return {~word(0)};
        case OpSNegate:
            return {0u - word(0)};
        case OpLogicalAnd:
            return {word(0) & word(1)};
        case OpLogicalOr:
            return {word(0) | word(1)};
        case OpLogicalNot:
            return {word(0) ^ 1u};
        case OpLogicalEqual:
        case OpIEqual:
            return {word(0) == word(1)};
        case OpLogicalNotEqual:
        case OpINotEqual:
            return {word(0) != word(1)};
        case OpUGreaterThan:
            return {word(0) > word(1)};
        case OpUGreaterThanEqual:
            return {word(0) >= word(1)};
        case OpULessThan:
            return {word(0) < word(1)};
        case OpULessThanEqual:
            return {word(0) <= word(1)};
        case OpSGreaterThan:
            return {static_cast<int32_t>(word(0)) > static_cast<int32_t>(word(1))};
        case OpSLessThan:
            return {static_cast<int32_t>(word(0)) < static_cast<int32_t>(word(1))};
        case OpSelect:
            return word(0) != 0 ? value(w[5]) : value(w[6]);
        case OpCompositeExtract:
            return {value(w[4]).at(w[5])};
        case OpUConvert:
        case OpSConvert:
        case OpBitcast:
            return {word(0)};
        default:
            throw Error("shader {}: unknown constant operation {}", name_, op);
    }
}

void Module::body(uint32_t op, Words w) {
    if (op == OpFunction) {
        function_ = w[2];
        functions_[w[2]] = {w[2], static_cast<uint32_t>(code_.size()), 0, {}};
        return;
    }
    if (op == OpFunctionEnd) {
        functions_[function_].last = static_cast<uint32_t>(code_.size());
        function_ = 0;
        return;
    }
    if (op == OpFunctionParameter) {
        value_types_[w[2]] = w[1];
        functions_[function_].parameters.push_back(w[2]);
        return;
    }
    if (op == OpLabel) labels_[w[1]] = static_cast<uint32_t>(code_.size());
    if (op == OpLoopMerge) loop_ends_.insert(w[1]);
    if (op == 8 || op == 317) return;  // OpLine, OpNoLine
    if (has_result(op)) {
        value_types_[w[2]] = w[1];
        code_.push_back({op, w[1], w[2], w.subspan(3)});
    } else {
        code_.push_back({op, 0, 0, w.subspan(1)});
    }
}

// A product that is used once, by a sum, is one fused multiply-add with it.
void Module::fold_multiplications() {
    std::vector<uint32_t> uses(bound_), used_by(bound_);
    for (const Instruction& i : code_)
        for (const uint32_t operand : i.operands)
            if (operand < bound_) {
                ++uses[operand];
                used_by[operand] = i.op;
            }
    for (Instruction& i : code_)
        i.folded = (i.op == OpFMul || i.op == OpVectorTimesScalar) && uses[i.result] == 1 &&
                   (used_by[i.result] == OpFAdd || used_by[i.result] == OpFSub);
}

// An index of shared memory that is a sum with a constant is an address and the offset that its instruction has room for.
void Module::find_offsets() {
    std::unordered_set<uint32_t> shared, indices, others;
    for (const Variable& variable : variables_)
        if (variable.storage == Workgroup) shared.insert(variable.id);
    for (const Instruction& i : code_) {
        const bool access =
            (i.op == OpAccessChain || i.op == OpInBoundsAccessChain) && shared.contains(i.operands[0]);
        for (const uint32_t operand : i.operands)
            (access ? indices : others).insert(operand);
    }
    for (Instruction& i : code_)
        i.offset = i.op == OpIAdd && indices.contains(i.result) && !others.contains(i.result);
}

bool Module::touches_memory(const Instruction& i) const {
    switch (i.op) {
        case OpLoad:
        case OpStore:
            return shared_pointers_.contains(i.operands[0]);
        case OpFunctionCall:
            return touching_.contains(i.operands[0]);
        case OpImageRead:
        case OpImageWrite:
        case OpControlBarrier:
        case OpCooperativeMatrixLoadKHR:
        case OpCooperativeMatrixStoreKHR:
            return true;
        default:
            return i.op >= 227 && i.op <= 242;  // atomics
    }
}

// Finds where branches meet again, and what lies between. Blocks are in the order of the source.
void Module::follow_branches() {
    for (const Variable& variable : variables_)
        if (variable.storage == StorageBuffer || variable.storage == Uniform || variable.storage == Workgroup)
            shared_pointers_.insert(variable.id);
    for (const Instruction& i : code_)
        if ((i.op == OpAccessChain || i.op == OpInBoundsAccessChain) &&
            shared_pointers_.contains(i.operands[0]))
            shared_pointers_.insert(i.result);
    for (size_t before = ~size_t{0}; before != touching_.size();) {  // functions call each other
        before = touching_.size();
        for (const auto& [id, function] : functions_)
            for (size_t at = function.first; at < function.last; ++at)
                if (touches_memory(code_[at])) touching_.insert(id);
    }
    for (size_t at = 0; at < code_.size(); ++at) {
        Instruction& branch = code_[at];
        if (branch.op != OpBranchConditional && branch.op != OpSwitch) continue;
        for (const uint32_t target : branch.operands.subspan(1))
            if (target < bound_ && loop_ends_.contains(target)) {
                branch.leaves_loop = true;
                branch.merge = target;
            }
        if (at > 0 && code_[at - 1].op == OpSelectionMerge) branch.merge = code_[at - 1].operands[0];
        if (branch.merge == 0) continue;
        for (size_t i = at + 1; i < labels_[branch.merge]; ++i)
            branch.guards_memory |= touches_memory(code_[i]);
    }
}

uint32_t Module::shared_bytes() const {
    uint32_t words = 0;
    for (const Variable& variable : variables_)
        if (variable.storage == Workgroup) words += types_[types_[variable.type].element].words;
    return 4 * words;
}

}  // namespace vkm::engine::spirv
