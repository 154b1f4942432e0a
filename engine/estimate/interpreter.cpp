#include <engine/estimate/interpreter.h>

#include <base/error.h>

namespace vkm::engine::spirv {
namespace {

constexpr double uniform_cost = 0.25;                      // of an instruction, where scalar units make it
constexpr double longest_select = 16;                      // instructions behind a branch that become selects
constexpr uint64_t most_instructions = uint64_t{1} << 28;  // a thousand times what any kernel takes

}  // namespace

Interpreter::Interpreter(const Module& module, const SubgroupQuestion& question)
    : module_(module), question_(question) {
    slots_.resize(module.bound());
    ready_.resize(module.bound());
    overlapped_.resize(module.bound());
    levels_.assign(module.bound(), constant);
    part_of_access_.resize(module.bound());
    pointers_.resize(module.bound());
    widths_.resize(module.bound());
    for (const Module::Constant& c : module.constants()) {
        const auto at = static_cast<ptrdiff_t>(slot(c.id, c.words.size()));
        std::ranges::copy(c.words, words_.begin() + at);
    }
    find_local_size();
    for (const Module::Variable& variable : module.variables())
        declare(variable);
    for (const Module::Variable& variable : module.variables())
        if (variable.storage == Private) hold(module.type(variable.type).element);
    work_.shared_bytes = module.shared_bytes();
}

void Interpreter::hold(uint32_t type) {
    const Type& held = module_.type(type);
    if (held.op == OpTypeArray)
        work_.array_words += (held.bits + held.subgroup_bits / question_.subgroup_size) / 32;
}

SubgroupRun Interpreter::run() {
    call(module_.function(module_.entry()));
    return work_;
}

size_t Interpreter::slot(uint32_t id, size_t width) {
    if (widths_[id] < width) {
        slots_[id] = words_.size();
        widths_[id] = static_cast<uint32_t>(width);
        words_.resize(words_.size() + width);
    }
    return slots_[id];
}

uint32_t* Interpreter::out(const Instruction& i) {
    slot(i.result, std::max(1u, module_.type(i.type).words));
    return words_.data() + slots_[i.result];
}

void Interpreter::issue(const Instruction& i, double cost, Operands used) {
    Level level = constant;
    double ready = 0, overlapped = 0;
    for (const uint32_t operand : used) {
        level = std::min(level, levels_[operand]);
        ready = std::max(ready, ready_[operand]);
        overlapped = std::max(overlapped, overlapped_[operand]);
    }
    wait(ready, overlapped);
    spend(level, cost);
    levels_[i.result] = level;
    ready_[i.result] = overlapped_[i.result] = 0;
}

void Interpreter::spend(Level level, double cost) {
    const double cycles = level == constant ? 0 : level == uniform ? cost * uniform_cost : cost;
    work_.issue += cycles;
}

void Interpreter::wait(double ready, double overlapped) {
    if (const double now = work_.issue + work_.stall; ready > now) {
        work_.stall += ready - now;
        ++work_.waits;
    }
    if (const double now = work_.issue + work_.stall_overlapped; overlapped > now)
        work_.stall_overlapped += overlapped - now;
}

void Interpreter::load(const Instruction& i, double cost, double latency, double address, Level level) {
    spend(std::min(level, uniform), cost);
    levels_[i.result] = varying;
    ready_[i.result] = std::max(block_, address) + latency;
    overlapped_[i.result] = std::max(body_, address) + latency;
}

void Interpreter::mark(const Instruction& i, Level level) {
    levels_[i.result] = level;
    ready_[i.result] = overlapped_[i.result] = 0;
}

void Interpreter::call(const Routine& function) {
    size_t at = function.first;
    uint32_t block = 0, before = 0;  // labels
    const size_t outside = controls_.size();
    for (;;) {
        const Instruction& i = module_.code()[at];
        if (++followed_ > most_instructions)
            throw Error(
                "shader {}: more than {} instructions were followed: its loops depend on what is not known here",
                question_.name, most_instructions);
        switch (i.op) {
            case OpLabel:
                before = block;
                block = i.operands[0];
                while (controls_.size() > outside && controls_.back().merge == block)
                    leave_control();
                ++at;
                continue;
            case OpBranch:
                at = module_.at(i.operands[0]);
                continue;
            case OpBranchConditional: {
                const uint32_t condition = i.operands[0];
                const bool taken = *in(condition) != 0;
                decide(i, condition);
                at = module_.at(i.operands[taken ? 1 : 2]);
                continue;
            }
            case OpSwitch: {
                const uint32_t selector = i.operands[0];
                uint32_t target = i.operands[1];
                for (size_t n = 2; n + 1 < i.operands.size(); n += 2)
                    if (i.operands[n] == *in(selector)) target = i.operands[n + 1];
                decide(i, selector);
                at = module_.at(target);
                continue;
            }
            case OpPhi:
                for (size_t n = 0; n + 1 < i.operands.size(); n += 2)
                    if (i.operands[n + 1] == before) copy(i, i.operands[n]);
                ++at;
                continue;
            case OpFunctionCall:
                enter(i);
                ++at;
                continue;
            case OpReturnValue:
                returned_ = i.operands[0];
                [[fallthrough]];
            case OpReturn:
            case OpKill:
            case OpUnreachable:
                while (controls_.size() > outside)
                    leave_control();
                return;
            default:
                execute(i);
                ++at;
        }
    }
}

void Interpreter::decide(const Instruction& i, uint32_t condition) {
    if (levels_[condition] == constant) return;
    if (i.merge != 0 && (controls_.empty() || controls_.back().merge != i.merge))
        controls_.push_back({.merge = i.merge, .level = levels_[condition]});
    else if (i.leaves_loop)
        forget(controls_.back());  // what the last iteration knew of its variables
    wait(ready_[condition], overlapped_[condition]);
    spend(levels_[condition], 1);
    if (i.guards_memory || i.leaves_loop) end_block();
    if (i.leaves_loop) end_body();
    if (!controls_.empty() && !i.leaves_loop) controls_.back().began = work_.issue;
}

void Interpreter::forget(Control& control) {
    for (const auto& [first, width] : control.written)
        for (uint32_t at = first; at < first + width; ++at)
            memory_levels_[at] = std::min(memory_levels_[at], control.level);
}

void Interpreter::leave_control() {
    Control left = std::move(controls_.back());
    controls_.pop_back();
    forget(left);
    if (work_.issue > left.began + longest_select) end_block();
    if (controls_.empty()) return;
    auto& written = controls_.back().written;
    written.insert(written.end(), left.written.begin(), left.written.end());
}

void Interpreter::enter(const Instruction& i) {
    const Routine& function = module_.function(i.operands[0]);
    for (size_t n = 0; n < function.parameters.size(); ++n) {
        const uint32_t parameter = function.parameters[n], argument = i.operands[n + 1];
        if (module_.type_of(parameter).op == OpTypePointer)
            pointers_[parameter] = pointers_[argument];
        else
            copy_value(parameter, argument);
    }
    call(function);
    if (module_.type(i.type).op != OpTypeVoid) copy_value(i.result, returned_);
}

void Interpreter::copy_value(uint32_t to, uint32_t from) {
    const uint32_t width = std::max(1u, module_.type_of(from).words);
    slot(to, width);
    std::copy_n(words_.data() + slots_[from], width, words_.data() + slots_[to]);
    levels_[to] = levels_[from];
    ready_[to] = ready_[from];
    overlapped_[to] = overlapped_[from];
}

void Interpreter::gather(const Instruction& i, Operands parts) {
    Level level = constant;
    double ready = 0, overlapped = 0;
    for (const uint32_t part : parts) {
        level = std::min(level, levels_[part]);
        ready = std::max(ready, ready_[part]);
        overlapped = std::max(overlapped, overlapped_[part]);
    }
    levels_[i.result] = level;
    ready_[i.result] = ready;
    overlapped_[i.result] = overlapped;
}

}  // namespace vkm::engine::spirv
