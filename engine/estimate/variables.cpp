#include <engine/estimate/interpreter.h>

#include <cstring>

namespace vkm::engine::spirv {
namespace {

enum BuiltIn : uint32_t {
    NumWorkgroups = 24,
    WorkgroupSize = 25,
    WorkgroupId = 26,
    LocalInvocationId = 27,
    GlobalInvocationId = 28,
    LocalInvocationIndex = 29,
    SubgroupSize = 36,
    NumSubgroups = 38,
    SubgroupId = 40,
    SubgroupInvocationId = 41
};

}  // namespace

void Interpreter::find_local_size() {
    for (const Module::Constant& c : module_.constants())
        if (c.words.size() == 3) local_ = {c.words[0], c.words[1], c.words[2]};
}

void Interpreter::declare(const Module::Variable& variable) {
    const Type& type = module_.type(variable.type);
    Pointer pointer{.type = type.element, .storage = variable.storage};
    const uint32_t width = module_.type(type.element).words;
    if (variable.storage == Input) {
        pointer.offset = reserve(width);
        fill(variable.built_in, pointer.offset, width);
    } else if (variable.storage == Private || variable.storage == Workgroup) {
        pointer.offset = reserve(variable.storage == Workgroup ? 0 : width);
    }
    pointers_[variable.id] = pointer;
}

uint32_t Interpreter::reserve(uint32_t width) {
    const auto at = static_cast<uint32_t>(memory_.size());
    memory_.resize(at + width);
    memory_ready_.resize(at + width);
    memory_overlapped_.resize(at + width);
    memory_levels_.resize(at + width, constant);
    return at;
}

void Interpreter::fill(uint32_t built_in, uint32_t at, uint32_t width) {
    const auto& groups = question_.groups;
    const std::array<uint32_t, 3> group{groups[0] / 2, groups[1] / 2, groups[2] / 2};
    const auto set = [&](uint32_t i, uint32_t value, Level level) {
        if (i >= width) return;
        memory_[at + i] = value;
        memory_levels_[at + i] = level;
    };
    for (uint32_t i = 0; i < 3; ++i) {
        if (built_in == NumWorkgroups) set(i, groups[i], uniform);
        if (built_in == WorkgroupId) set(i, group[i], uniform);
        if (built_in == WorkgroupSize) set(i, local_[i], constant);
        const uint32_t lane = i == 0 ? first_lane() : 0;
        if (built_in == LocalInvocationId) set(i, lane, i == 0 ? varying : constant);
        if (built_in == GlobalInvocationId) set(i, group[i] * local_[i] + lane, i == 0 ? varying : uniform);
    }
    if (built_in == SubgroupSize) set(0, question_.subgroup_size, constant);
    if (built_in == NumSubgroups) set(0, std::max(1u, local_[0] / question_.subgroup_size), constant);
    if (built_in == SubgroupId) set(0, first_lane() / question_.subgroup_size, uniform);
    if (built_in == SubgroupInvocationId) set(0, 0, varying);
    if (built_in == LocalInvocationIndex) set(0, first_lane(), varying);
}

uint32_t Interpreter::first_lane() const {
    return question_.last ? (local_[0] - 1) / question_.subgroup_size * question_.subgroup_size : 0;
}

void Interpreter::access_chain(const Instruction& i) {
    Pointer p = pointers_[i.operands[0]];
    double cost = 0;
    for (const uint32_t index : i.operands.subspan(1)) {
        const Type& type = module_.type(p.type);
        const uint32_t at = *in(index);
        p.ready = std::max(p.ready, ready_[index]);
        p.level = std::min(p.level, levels_[index]);
        if (levels_[index] == varying && !part_of_access_[index]) cost = 1;
        const bool member = type.op == OpTypeStruct;
        if (p.storage == PushConstant)
            p.offset += member ? type.byte_offsets.at(at) : at * (type.stride != 0 ? type.stride : 4);
        else if (p.storage == Function || p.storage == Private || p.storage == Input)
            p.offset += member ? type.first_word.at(at) : at * module_.type(type.element).words;
        p.type = member ? type.members.at(at) : type.element;
    }
    if (p.storage == StorageBuffer || p.storage == Uniform || p.storage == Workgroup) spend(p.level, cost);
    pointers_[i.result] = p;
}

void Interpreter::load(const Instruction& i) {
    const Pointer& p = pointers_[i.operands[0]];
    const uint32_t width = std::max(1u, module_.type(i.type).words);
    uint32_t* to = out(i);
    switch (p.storage) {
        case PushConstant:
            for (uint32_t n = 0; n < width; ++n)
                to[n] = push_word(p.offset + 4 * n);
            mark(i, p.level == varying ? varying : uniform);
            return;
        case UniformConstant:  // an image, whose reads count
            mark(i, uniform);
            return;
        case StorageBuffer:
        case Uniform:
            std::fill_n(to, width, 0u);
            ++work_.loads;
            load(i, 1, question_.memory_latency, p.ready, p.level);
            return;
        case Workgroup:
            std::fill_n(to, width, 0u);
            ++work_.shared_accesses;
            load(i, 1, question_.shared_latency, p.ready, varying);
            return;
        default: {
            Level level = p.level;
            double ready = p.ready, overlapped = p.ready;
            for (uint32_t n = 0; n < width; ++n) {
                const uint32_t at = std::min<uint32_t>(p.offset + n, last_word());
                to[n] = memory_[at];
                level = std::min(level, memory_levels_[at]);
                ready = std::max(ready, memory_ready_[at]);
                overlapped = std::max(overlapped, memory_overlapped_[at]);
            }
            levels_[i.result] = level;
            ready_[i.result] = ready;
            overlapped_[i.result] = overlapped;
        }
    }
}

void Interpreter::store(const Instruction& i) {
    const Pointer& p = pointers_[i.operands[0]];
    const uint32_t from = i.operands[1];
    if (p.storage == StorageBuffer || p.storage == Workgroup) {
        wait(ready_[from], overlapped_[from]);
        spend(varying, 1);
        ++(p.storage == Workgroup ? work_.shared_accesses : work_.stores);
        return;
    }
    const uint32_t width = std::max(1u, module_.type(p.type).words);
    const Level level = levels_[from];
    if (!controls_.empty()) {
        auto& written = controls_.back().written;
        const std::pair range(p.offset, std::min(width, last_word() + 1 - p.offset));
        if (std::ranges::find(written, range) == written.end()) written.push_back(range);
    }
    for (uint32_t n = 0; n < width; ++n) {
        const uint32_t at = std::min<uint32_t>(p.offset + n, last_word());
        memory_[at] = in(from)[n];
        memory_levels_[at] = level;
        memory_ready_[at] = ready_[from];
        memory_overlapped_[at] = overlapped_[from];
    }
}

uint32_t Interpreter::push_word(uint32_t offset) const {
    uint32_t word = 0;
    if (offset + 4 <= question_.push.size()) std::memcpy(&word, question_.push.data() + offset, 4);
    return word;
}

}  // namespace vkm::engine::spirv
