#include <base/error.h>
#include <engine/estimate/spirv.h>
#include <engine/estimate/subgroup_run.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace vkm::engine {
namespace {

using namespace spirv;
using Operands = std::span<const uint32_t>;

// How well a value is known: when the pipeline is compiled, alike in all lanes, or not at all.
enum Level : uint8_t { varying, uniform, constant };

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

constexpr double uniform_cost = 0.25, transcendental = 4, division = 8, integer_product = 2,
                 barrier_cost = 20;
constexpr double longest_select = 16;                      // instructions behind a branch that become selects
constexpr uint64_t most_instructions = uint64_t{1} << 28;  // a thousand times what any kernel takes

float as_float(uint32_t word) {
    return std::bit_cast<float>(word);
}
uint32_t as_word(float value) {
    return std::bit_cast<uint32_t>(value);
}
int32_t as_int(uint32_t word) {
    return static_cast<int32_t>(word);
}

uint32_t to_uint(float value) {
    return value > 0 && value < 4294967296.0f ? static_cast<uint32_t>(value) : 0;
}
uint32_t to_int(float value) {
    return std::abs(value) < 2147483648.0f ? static_cast<uint32_t>(static_cast<int32_t>(value)) : 0;
}

/// A pointer into registers (words of `memory_`), push constants, or memory that is not followed.
struct Pointer {
    uint32_t type = 0;  // of what it points to
    uint32_t storage = 0;
    uint32_t offset = 0;  // words, or bytes of push constants
    double ready = 0;     // when its indices are known
    Level level = constant;
};

/// A branch or a loop whose condition is not known when the pipeline is compiled.
struct Control {
    uint32_t merge = 0;  // the label at which it ends
    Level level = varying;
    double began = 0;                                         // issue
    std::vector<std::pair<uint32_t, uint32_t>> written = {};  // words of variables, by first and number
};

class Run {
  public:
    Run(const Module& module, const SubgroupQuestion& question) : module_(module), question_(question) {
        slots_.resize(module.bound());
        ready_.resize(module.bound());
        overlapped_.resize(module.bound());
        levels_.assign(module.bound(), constant);
        pointers_.resize(module.bound());
        widths_.resize(module.bound());
        for (const Module::Constant& c : module.constants()) {
            const auto at = static_cast<ptrdiff_t>(slot(c.id, c.words.size()));
            std::ranges::copy(c.words, words_.begin() + at);
        }
        find_local_size();
        for (const Module::Variable& variable : module.variables())
            declare(variable);
        work_.shared_bytes = module.shared_bytes();
    }

    SubgroupRun run() {
        call(module_.function(module_.entry()));
        return work_;
    }

  private:
    // Registers. -------------------------------------------------------------------------------------

    size_t slot(uint32_t id, size_t width) {
        if (widths_[id] < width) {
            slots_[id] = words_.size();
            widths_[id] = static_cast<uint32_t>(width);
            words_.resize(words_.size() + width);
        }
        return slots_[id];
    }
    const uint32_t* in(uint32_t id) const { return words_.data() + slots_[id]; }
    uint32_t* out(const Instruction& i) {
        slot(i.result, std::max(1u, module_.type(i.type).words));
        return words_.data() + slots_[i.result];
    }

    // Time. ------------------------------------------------------------------------------------------

    /// Waits until an instruction's operands are there, and issues it.
    void issue(const Instruction& i, double cost, Operands used) {
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
    void spend(Level level, double cost) {
        const double cycles = level == constant ? 0 : level == uniform ? cost * uniform_cost : cost;
        work_.issue += cycles;
    }
    void wait(double ready, double overlapped) {
        if (const double now = work_.issue + work_.stall; ready > now) {
            work_.stall += ready - now;
            ++work_.waits;
        }
        if (const double now = work_.issue + work_.stall_overlapped; overlapped > now)
            work_.stall_overlapped += overlapped - now;
    }
    /// Issues a load whose address depends on `address`, and says when it is there.
    void load(const Instruction& i, double cost, double latency, double address, Level level) {
        spend(std::min(level, uniform), cost);
        levels_[i.result] = varying;
        ready_[i.result] = std::max(block_, address) + latency;
        overlapped_[i.result] = std::max(body_, address) + latency;
    }
    void end_block() { block_ = work_.issue + work_.stall; }
    void end_body() { body_ = work_.issue + work_.stall_overlapped; }

    // Variables. ---------------------------------------------------------------------------------------

    void find_local_size() {
        for (const Module::Constant& c : module_.constants())
            if (c.words.size() == 3) local_ = {c.words[0], c.words[1], c.words[2]};
    }
    void declare(const Module::Variable& variable) {
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
    uint32_t reserve(uint32_t width) {
        const auto at = static_cast<uint32_t>(memory_.size());
        memory_.resize(at + width);
        memory_ready_.resize(at + width);
        memory_overlapped_.resize(at + width);
        memory_levels_.resize(at + width, constant);
        return at;
    }
    void fill(uint32_t built_in, uint32_t at, uint32_t width) {
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
            if (built_in == GlobalInvocationId)
                set(i, group[i] * local_[i] + lane, i == 0 ? varying : uniform);
        }
        if (built_in == SubgroupSize) set(0, question_.subgroup_size, constant);
        if (built_in == NumSubgroups) set(0, std::max(1u, local_[0] / question_.subgroup_size), constant);
        if (built_in == SubgroupId) set(0, first_lane() / question_.subgroup_size, uniform);
        if (built_in == SubgroupInvocationId) set(0, 0, varying);
        if (built_in == LocalInvocationIndex) set(0, first_lane(), varying);
    }
    uint32_t first_lane() const {
        return question_.last ? (local_[0] - 1) / question_.subgroup_size * question_.subgroup_size : 0;
    }

    void access_chain(const Instruction& i) {
        Pointer p = pointers_[i.operands[0]];
        double cost = 0;
        for (const uint32_t index : i.operands.subspan(1)) {
            const Type& type = module_.type(p.type);
            const uint32_t at = *in(index);
            p.ready = std::max(p.ready, ready_[index]);
            p.level = std::min(p.level, levels_[index]);
            if (levels_[index] == varying) cost = 1;
            const bool member = type.op == OpTypeStruct;
            if (p.storage == PushConstant)
                p.offset += member ? type.byte_offsets.at(at) : at * (type.stride != 0 ? type.stride : 4);
            else if (p.storage == Function || p.storage == Private || p.storage == Input)
                p.offset += member ? type.first_word.at(at) : at * module_.type(type.element).words;
            p.type = member ? type.members.at(at) : type.element;
        }
        if (p.storage == StorageBuffer || p.storage == Uniform || p.storage == Workgroup)
            spend(p.level, cost);
        pointers_[i.result] = p;
    }

    void load(const Instruction& i) {
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
    void store(const Instruction& i) {
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
    uint32_t last_word() const { return static_cast<uint32_t>(memory_.size() - 1); }
    uint32_t push_word(uint32_t offset) const {
        uint32_t word = 0;
        if (offset + 4 <= question_.push.size()) std::memcpy(&word, question_.push.data() + offset, 4);
        return word;
    }
    void mark(const Instruction& i, Level level) {
        levels_[i.result] = level;
        ready_[i.result] = overlapped_[i.result] = 0;
    }

    // Control. -------------------------------------------------------------------------------------------

    void call(const Routine& function) {
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
    void decide(const Instruction& i, uint32_t condition) {
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
    /// Makes what is known of variables that a branch or a loop has written no better than its condition is
    /// known.
    void forget(Control& control) {
        for (const auto& [first, width] : control.written)
            for (uint32_t at = first; at < first + width; ++at)
                memory_levels_[at] = std::min(memory_levels_[at], control.level);
    }
    void leave_control() {
        Control left = std::move(controls_.back());
        controls_.pop_back();
        forget(left);
        if (work_.issue > left.began + longest_select) end_block();
        if (controls_.empty()) return;
        auto& written = controls_.back().written;
        written.insert(written.end(), left.written.begin(), left.written.end());
    }
    void enter(const Instruction& i) {
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
    void copy(const Instruction& i, uint32_t from) { copy_value(i.result, from); }
    void copy_value(uint32_t to, uint32_t from) {
        const uint32_t width = std::max(1u, module_.type_of(from).words);
        slot(to, width);
        std::copy_n(words_.data() + slots_[from], width, words_.data() + slots_[to]);
        levels_[to] = levels_[from];
        ready_[to] = ready_[from];
        overlapped_[to] = overlapped_[from];
    }

    // Arithmetic. ----------------------------------------------------------------------------------------

    void execute(const Instruction& i);
    /// Marks what only moves values: it costs nothing, and waits for nobody.
    void gather(const Instruction& i, Operands parts) {
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
    void extended(const Instruction& i);
    bool arithmetic(const Instruction& i);
    template <typename F>
    void each(const Instruction& i, double cost, F f) {
        uint32_t* to = out(i);
        const uint32_t width = module_.type(i.type).words;
        const uint32_t *a = in(i.operands[0]), *b = i.operands.size() > 1 ? in(i.operands[1]) : a;
        for (uint32_t n = 0; n < width; ++n)
            to[n] = f(a[n], b[n]);
        issue(i, cost * width, i.operands);
    }

    const Module& module_;
    const SubgroupQuestion& question_;
    SubgroupRun work_;
    std::array<uint32_t, 3> local_{1, 1, 1};
    std::vector<uint32_t> words_, memory_;
    std::vector<double> memory_ready_, memory_overlapped_;
    std::vector<Level> memory_levels_;
    std::vector<size_t> slots_;
    std::vector<uint32_t> widths_;
    std::vector<double> ready_, overlapped_;
    std::vector<Level> levels_;
    std::vector<Pointer> pointers_;
    std::vector<Control> controls_;  // the branches around
    uint32_t returned_ = 0;
    uint64_t followed_ = 0;        // instructions
    double block_ = 0, body_ = 0;  // when the loads of this block, and of this loop's body, may be issued
};

template <typename F>
auto of_floats(F f) {
    return [f](uint32_t a, uint32_t b) { return as_word(f(as_float(a), as_float(b))); };
}
template <typename F>
auto compare_floats(F f) {
    return [f](uint32_t a, uint32_t b) -> uint32_t { return f(as_float(a), as_float(b)); };
}
template <typename F>
auto compare_ints(F f) {
    return [f](uint32_t a, uint32_t b) -> uint32_t { return f(as_int(a), as_int(b)); };
}
template <typename F>
auto compare(F f) {
    return [f](uint32_t a, uint32_t b) -> uint32_t { return f(a, b); };
}

bool Run::arithmetic(const Instruction& i) {
    switch (i.op) {
        case OpIAdd:
            each(i, 1, std::plus<uint32_t>());
            return true;
        case OpISub:
            each(i, 1, std::minus<uint32_t>());
            return true;
        case OpIMul:
            each(i, integer_product, std::multiplies<uint32_t>());
            return true;
        case OpFAdd:
            work_.multiply_adds += levels_[i.operands[0]] == varying ? module_.type(i.type).words : 0;
            each(i, 1, of_floats(std::plus<float>()));
            return true;
        case OpFSub:
            each(i, 1, of_floats(std::minus<float>()));
            return true;
        case OpFMul:
            each(i, i.folded ? 0 : 1, of_floats(std::multiplies<float>()));
            return true;
        case OpFDiv:
            each(i, division, of_floats(std::divides<float>()));
            return true;
        case OpUDiv:
            each(i, 2 * division, [](uint32_t a, uint32_t b) { return b == 0 ? 0 : a / b; });
            return true;
        case OpSDiv:
            each(i, 2 * division, [](uint32_t a, uint32_t b) {
                return b == 0 ? 0u : static_cast<uint32_t>(as_int(a) / as_int(b));
            });
            return true;
        case OpUMod:
            each(i, 2 * division, [](uint32_t a, uint32_t b) { return b == 0 ? 0 : a % b; });
            return true;
        case OpSRem:
        case OpSMod:
            each(i, 2 * division, [](uint32_t a, uint32_t b) {
                return b == 0 ? 0u : static_cast<uint32_t>(as_int(a) % as_int(b));
            });
            return true;
        case OpFRem:
        case OpFMod:
            each(i, division, of_floats([](float a, float b) { return b == 0 ? 0 : std::fmod(a, b); }));
            return true;
        case OpSNegate:
            each(i, 1, [](uint32_t a, uint32_t) { return 0u - a; });
            return true;
        case OpFNegate:  // a modifier of what uses it
            each(i, 0, of_floats([](float a, float) { return -a; }));
            return true;
        case OpConvertFToU:
            each(i, 1, [](uint32_t a, uint32_t) { return to_uint(as_float(a)); });
            return true;
        case OpConvertFToS:
            each(i, 1, [](uint32_t a, uint32_t) { return to_int(as_float(a)); });
            return true;
        case OpConvertSToF:
            each(i, 1, [](uint32_t a, uint32_t) { return as_word(static_cast<float>(as_int(a))); });
            return true;
        case OpConvertUToF:
            each(i, 1, [](uint32_t a, uint32_t) { return as_word(static_cast<float>(a)); });
            return true;
        case OpUConvert:
        case OpSConvert:
        case OpFConvert:
            each(i, 1, [](uint32_t a, uint32_t) { return a; });
            return true;
        case OpLogicalEqual:
        case OpIEqual:
            each(i, 1, compare(std::equal_to<uint32_t>()));
            return true;
        case OpLogicalNotEqual:
        case OpINotEqual:
            each(i, 1, compare(std::not_equal_to<uint32_t>()));
            return true;
        case OpLogicalOr:
        case OpBitwiseOr:
            each(i, 1, std::bit_or<uint32_t>());
            return true;
        case OpLogicalAnd:
        case OpBitwiseAnd:
            each(i, 1, std::bit_and<uint32_t>());
            return true;
        case OpBitwiseXor:
            each(i, 1, std::bit_xor<uint32_t>());
            return true;
        case OpLogicalNot:
            each(i, 0, [](uint32_t a, uint32_t) { return a ^ 1u; });
            return true;
        case OpNot:
            each(i, 1, [](uint32_t a, uint32_t) { return ~a; });
            return true;
        case OpUGreaterThan:
            each(i, 1, compare(std::greater<uint32_t>()));
            return true;
        case OpUGreaterThanEqual:
            each(i, 1, compare(std::greater_equal<uint32_t>()));
            return true;
        case OpULessThan:
            each(i, 1, compare(std::less<uint32_t>()));
            return true;
        case OpULessThanEqual:
            each(i, 1, compare(std::less_equal<uint32_t>()));
            return true;
        case OpSGreaterThan:
            each(i, 1, compare_ints(std::greater<int32_t>()));
            return true;
        case OpSGreaterThanEqual:
            each(i, 1, compare_ints(std::greater_equal<int32_t>()));
            return true;
        case OpSLessThan:
            each(i, 1, compare_ints(std::less<int32_t>()));
            return true;
        case OpSLessThanEqual:
            each(i, 1, compare_ints(std::less_equal<int32_t>()));
            return true;
        case OpFOrdEqual:
        case OpFUnordEqual:
            each(i, 1, compare_floats(std::equal_to<float>()));
            return true;
        case OpFOrdNotEqual:
        case OpFUnordNotEqual:
            each(i, 1, compare_floats(std::not_equal_to<float>()));
            return true;
        case OpFOrdLessThan:
        case OpFUnordLessThan:
            each(i, 1, compare_floats(std::less<float>()));
            return true;
        case OpFOrdGreaterThan:
        case OpFUnordGreaterThan:
            each(i, 1, compare_floats(std::greater<float>()));
            return true;
        case OpFOrdLessThanEqual:
        case OpFUnordLessThanEqual:
            each(i, 1, compare_floats(std::less_equal<float>()));
            return true;
        case OpFOrdGreaterThanEqual:
        case OpFUnordGreaterThanEqual:
            each(i, 1, compare_floats(std::greater_equal<float>()));
            return true;
        case OpIsNan:
            each(i, 1, [](uint32_t a, uint32_t) -> uint32_t { return std::isnan(as_float(a)); });
            return true;
        case OpIsInf:
            each(i, 1, [](uint32_t a, uint32_t) -> uint32_t { return std::isinf(as_float(a)); });
            return true;
        case OpShiftRightLogical:
            each(i, 1, [](uint32_t a, uint32_t b) { return a >> (b & 31); });
            return true;
        case OpShiftRightArithmetic:
            each(i, 1, [](uint32_t a, uint32_t b) { return static_cast<uint32_t>(as_int(a) >> (b & 31)); });
            return true;
        case OpShiftLeftLogical:
            each(i, 1, [](uint32_t a, uint32_t b) { return a << (b & 31); });
            return true;
        case OpBitCount:
            each(i, 1, [](uint32_t a, uint32_t) { return static_cast<uint32_t>(std::popcount(a)); });
            return true;
        default:
            return false;
    }
}

void Run::execute(const Instruction& i) {
    if (arithmetic(i)) return;
    const Operands o = i.operands;
    switch (i.op) {
        case OpVariable: {
            const uint32_t element = module_.type(i.type).element;
            pointers_[i.result] = {.type = element, .storage = Function};
            if (widths_[i.result] == 0) {  // once, whatever calls the function
                slot(i.result, 1);
                if (module_.type(element).op == OpTypeArray) work_.array_words += module_.type(element).words;
                words_[slots_[i.result]] = reserve(std::max(1u, module_.type(element).words));
            }
            pointers_[i.result].offset = words_[slots_[i.result]];
            return;
        }
        case OpAccessChain:
        case OpInBoundsAccessChain:
            access_chain(i);
            return;
        case OpLoad:
            load(i);
            return;
        case OpStore:
            store(i);
            return;
        case OpArrayLength:
            *out(i) = 0;
            mark(i, uniform);
            return;
        case OpImageRead:
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            ++work_.loads;
            load(i, 1, question_.memory_latency, ready_[o[1]], varying);
            return;
        case OpVectorTimesScalar: {
            uint32_t* to = out(i);
            for (uint32_t n = 0; n < module_.type(i.type).words; ++n)
                to[n] = as_word(as_float(in(o[0])[n]) * as_float(*in(o[1])));
            issue(i, i.folded ? 0 : module_.type(i.type).words, o);
            return;
        }
        case OpVectorTimesMatrix:
        case OpMatrixTimesVector: {  // nothing depends on what it is
            const uint32_t products = module_.type_of(o[i.op == OpMatrixTimesVector ? 0 : 1]).words;
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            work_.multiply_adds += products;
            issue(i, products, o);
            return;
        }
        case OpTranspose:
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            gather(i, o);
            return;
        case OpDot: {
            float sum = 0;
            const uint32_t width = module_.type_of(o[0]).words;
            for (uint32_t n = 0; n < width; ++n)
                sum += as_float(in(o[0])[n]) * as_float(in(o[1])[n]);
            *out(i) = as_word(sum);
            work_.multiply_adds += width;
            issue(i, width, o);
            return;
        }
        case OpUMulExtended: {
            const uint64_t product = uint64_t{*in(o[0])} * *in(o[1]);
            uint32_t* to = out(i);
            to[0] = static_cast<uint32_t>(product);
            to[1] = static_cast<uint32_t>(product >> 32);
            issue(i, 2 * integer_product, o);
            return;
        }
        case OpAny:
        case OpAll: {
            const uint32_t* from = in(o[0]);
            const auto set = [](uint32_t word) { return word != 0; };
            const uint32_t width = module_.type_of(o[0]).words;
            *out(i) =
                i.op == OpAny ? std::any_of(from, from + width, set) : std::all_of(from, from + width, set);
            issue(i, width - 1, o);
            return;
        }
        case OpSelect: {
            uint32_t* to = out(i);
            const uint32_t width = module_.type(i.type).words, chooses = module_.type_of(o[0]).words;
            for (uint32_t n = 0; n < width; ++n)
                to[n] = in(o[0])[chooses == 1 ? 0 : n] != 0 ? in(o[1])[n] : in(o[2])[n];
            issue(i, width, o);
            if (levels_[o[0]] == constant)  // the other one is never computed
                copy_value(i.result, *in(o[0]) != 0 ? o[1] : o[2]);
            return;
        }
        case OpBitcast:
        case OpCopyObject:
            copy(i, o[0]);
            return;
        case OpCompositeConstruct: {
            uint32_t* to = out(i);
            for (const uint32_t part : o) {
                const uint32_t width = module_.type_of(part).words;
                std::copy_n(in(part), width, to);
                to += width;
            }
            gather(i, o);
            return;
        }
        case OpCompositeExtract:
        case OpCompositeInsert: {
            const bool insert = i.op == OpCompositeInsert;
            const uint32_t whole = insert ? o[1] : o[0];
            uint32_t type = module_.type_of_id(whole), at = 0;
            for (const uint32_t index : o.subspan(insert ? 2 : 1)) {
                const Type& t = module_.type(type);
                const bool member = t.op == OpTypeStruct;
                at += member ? t.first_word.at(index) : index * std::max(1u, module_.type(t.element).words);
                type = member ? t.members.at(index) : t.element;
            }
            const uint32_t width = std::max(1u, module_.type(type).words);
            uint32_t* to = out(i);
            if (insert) {
                std::copy_n(in(whole), module_.type(i.type).words, to);
                std::copy_n(in(o[0]), width, to + at);
                gather(i, o.first(2));
            } else {
                std::copy_n(in(whole) + at, width, to);
                gather(i, o.first(1));
            }
            return;
        }
        case OpVectorExtractDynamic: {
            const uint32_t width = module_.type_of(o[0]).words;
            *out(i) = in(o[0])[std::min(*in(o[1]), width - 1)];
            issue(i, levels_[o[1]] == constant ? 0 : width, o);
            return;
        }
        case OpVectorInsertDynamic: {
            const uint32_t width = module_.type(i.type).words;
            uint32_t* to = out(i);
            std::copy_n(in(o[0]), width, to);
            to[std::min(*in(o[2]), width - 1)] = *in(o[1]);
            issue(i, levels_[o[2]] == constant ? 0 : width, o);
            return;
        }
        case OpVectorShuffle: {
            uint32_t* to = out(i);
            const uint32_t first = module_.type_of(o[0]).words;
            for (size_t n = 2; n < o.size(); ++n)
                to[n - 2] = o[n] == ~0u ? 0 : o[n] < first ? in(o[0])[o[n]] : in(o[1])[o[n] - first];
            gather(i, o.first(2));
            return;
        }
        case OpBitFieldInsert:
        case OpBitFieldSExtract:
        case OpBitFieldUExtract: {
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            issue(i, 2 * module_.type(i.type).words, o);
            return;
        }
        case OpControlBarrier:
            spend(varying, barrier_cost);
            ++work_.barriers;
            end_block();
            end_body();
            return;
        case OpMemoryBarrier:
        case OpLoopMerge:
        case OpSelectionMerge:
            return;
        case OpExtInst:
            extended(i);
            return;
        case OpCooperativeMatrixLoadKHR:
            *out(i) = 0;
            if (pointers_[o[0]].storage == Workgroup) {
                ++work_.shared_accesses;
                load(i, 4, question_.shared_latency, pointers_[o[0]].ready, varying);
            } else {
                ++work_.loads;
                load(i, 4, question_.memory_latency, pointers_[o[0]].ready, varying);
            }
            return;
        case OpCooperativeMatrixStoreKHR:
            wait(ready_[o[1]], overlapped_[o[1]]);
            spend(varying, 4);
            ++(pointers_[o[0]].storage == Workgroup ? work_.shared_accesses : work_.stores);
            return;
        case OpCooperativeMatrixMulAddKHR: {
            // M x N sums of K products: K from A's and C's sizes.
            const double a = module_.type_of(o[0]).count, b = module_.type_of(o[1]).count,
                         c = module_.type(i.type).count;
            work_.matrix_multiply_adds += std::sqrt(a * b * c);
            *out(i) = 0;
            issue(i, 1, o.first(3));
            levels_[i.result] = varying;
            return;
        }
        case OpCooperativeMatrixLengthKHR:
            *out(i) = 8;
            mark(i, constant);
            return;
        default:
            break;
    }
    if (i.op >= OpGroupNonUniformElect && i.op <= OpGroupNonUniformLogicalXor) {
        const uint32_t width = std::max(1u, module_.type(i.type).words);
        const uint32_t from = o.size() > 1 ? o[i.op >= 349 ? 2 : 1] : o[0];
        uint32_t* to = out(i);
        if (o.size() > 1 && module_.type_of(from).words == width)
            std::copy_n(in(from), width, to);
        else
            std::fill_n(to, width, 1u);
        // An operation over all lanes is a tree, a shuffle a trip through the data paths.
        issue(i, (i.op >= 349 ? 10 : 2) * width, o.size() > 1 ? Operands(&from, 1) : Operands());
        levels_[i.result] = varying;
        return;
    }
    if (i.op >= 227 && i.op <= 242) {  // atomics
        if (i.result != 0) *out(i) = 0;
        ++work_.loads;
        load(i, 2, question_.memory_latency, 0, varying);
        return;
    }
    throw Error("shader {}: SPIR-V instruction {} is not known here", question_.name, i.op);
}

void Run::extended(const Instruction& i) {
    enum : uint32_t {
        Round = 1,
        RoundEven = 2,
        Trunc = 3,
        FAbs = 4,
        SAbs = 5,
        FSign = 6,
        Floor = 8,
        Ceil = 9,
        Fract = 10,
        Sin = 13,
        Cos = 14,
        Pow = 26,
        Exp = 27,
        Log = 28,
        Exp2 = 29,
        Log2 = 30,
        Sqrt = 31,
        InverseSqrt = 32,
        FMin = 37,
        UMin = 38,
        SMin = 39,
        FMax = 40,
        UMax = 41,
        SMax = 42,
        FClamp = 43,
        UClamp = 44,
        SClamp = 45,
        FMix = 46,
        Step = 48,
        Fma = 50,
        PackHalf2x16 = 58,
        UnpackHalf2x16 = 62,
        FindILsb = 73,
        FindSMsb = 74,
        FindUMsb = 75
    };
    const uint32_t what = i.operands[1];
    const Operands o = i.operands.subspan(2);
    uint32_t* to = out(i);
    const uint32_t width = module_.type(i.type).words;
    const auto apply = [&](double cost, auto f) {
        for (uint32_t n = 0; n < width; ++n)
            to[n] = f(n);
        issue(i, cost * width, o);
    };
    const auto a = [&](uint32_t n) { return as_float(in(o[0])[n]); };
    const auto b = [&](uint32_t n) { return as_float(in(o[1])[n]); };
    const auto word = [&](size_t operand, uint32_t n) { return in(o[operand])[n]; };
    switch (what) {
        case Round:
        case RoundEven:
            return apply(1, [&](uint32_t n) { return as_word(std::nearbyint(a(n))); });
        case Trunc:
            return apply(1, [&](uint32_t n) { return as_word(std::trunc(a(n))); });
        case FAbs:
            return apply(0, [&](uint32_t n) { return as_word(std::abs(a(n))); });
        case SAbs:
            return apply(2, [&](uint32_t n) { return static_cast<uint32_t>(std::abs(as_int(word(0, n)))); });
        case Floor:
            return apply(1, [&](uint32_t n) { return as_word(std::floor(a(n))); });
        case Ceil:
            return apply(1, [&](uint32_t n) { return as_word(std::ceil(a(n))); });
        case Fract:
            return apply(1, [&](uint32_t n) { return as_word(a(n) - std::floor(a(n))); });
        case FMin:
            return apply(1, [&](uint32_t n) { return as_word(std::min(a(n), b(n))); });
        case FMax:
            return apply(1, [&](uint32_t n) { return as_word(std::max(a(n), b(n))); });
        case UMin:
            return apply(1, [&](uint32_t n) { return std::min(word(0, n), word(1, n)); });
        case UMax:
            return apply(1, [&](uint32_t n) { return std::max(word(0, n), word(1, n)); });
        case SMin:
            return apply(1, [&](uint32_t n) {
                return static_cast<uint32_t>(std::min(as_int(word(0, n)), as_int(word(1, n))));
            });
        case SMax:
            return apply(1, [&](uint32_t n) {
                return static_cast<uint32_t>(std::max(as_int(word(0, n)), as_int(word(1, n))));
            });
        case FClamp:
            return apply(
                1, [&](uint32_t n) { return as_word(std::min(std::max(a(n), b(n)), as_float(word(2, n)))); });
        case UClamp:
            return apply(2,
                         [&](uint32_t n) { return std::min(std::max(word(0, n), word(1, n)), word(2, n)); });
        case SClamp:
            return apply(2, [&](uint32_t n) {
                return static_cast<uint32_t>(
                    std::min(std::max(as_int(word(0, n)), as_int(word(1, n))), as_int(word(2, n))));
            });
        case FMix:
            return apply(2, [&](uint32_t n) { return as_word(a(n) + (b(n) - a(n)) * as_float(word(2, n))); });
        case Fma:
            work_.multiply_adds += levels_[o[0]] == varying ? width : 0;
            return apply(1, [&](uint32_t n) { return as_word(a(n) * b(n) + as_float(word(2, n))); });
        case PackHalf2x16:  // zero here; one instruction for both
            *to = 0;
            return issue(i, 1, o);
        case UnpackHalf2x16:
            std::fill_n(to, width, 0u);
            return issue(i, 2, o);
        case FindILsb:
            return apply(1, [&](uint32_t n) {
                return word(0, n) == 0 ? ~0u : static_cast<uint32_t>(std::countr_zero(word(0, n)));
            });
        case FindSMsb:
        case FindUMsb:
            return apply(1,
                         [&](uint32_t n) { return static_cast<uint32_t>(std::bit_width(word(0, n))) - 1; });
        case Sqrt:
        case InverseSqrt:
        case Exp:
        case Exp2:
        case Log:
        case Log2:
        case Sin:
        case Cos:
            return apply(transcendental, [&](uint32_t) { return as_word(1); });  // nothing depends on which
        case Pow:
            return apply(2 * transcendental, [&](uint32_t) { return as_word(1); });
        default:
            throw Error("shader {}: extended instruction {} is not known here", question_.name, what);
    }
}

}  // namespace

SubgroupRun run_subgroup(const SubgroupQuestion& question) {
    const Module module(question.spirv, question.constants, question.name);
    return Run(module, question).run();
}

}  // namespace vkm::engine
