#pragma once

#include <engine/estimate/spirv.h>
#include <engine/estimate/subgroup_run.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace vkm::engine::spirv {

using Operands = std::span<const uint32_t>;

/// Says how well a value is known: when the pipeline is compiled, alike in all lanes, or not at all.
enum Level : uint8_t { varying, uniform, constant };

inline float as_float(uint32_t word) {
    return std::bit_cast<float>(word);
}
inline uint32_t as_word(float value) {
    return std::bit_cast<uint32_t>(value);
}
inline int32_t as_int(uint32_t word) {
    return static_cast<int32_t>(word);
}

/// Are costs of instructions, in those of a sum of floats. What a varying one costs is said; others cost less.
inline constexpr double integer_product = 2, transcendental = 4, division = 8, barrier_cost = 20;

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

/// Follows the first lane of a subgroup through a kernel, and counts what it does and when (subgroup_run.h).
class Interpreter {
  public:
    Interpreter(const Module&, const SubgroupQuestion&);

    SubgroupRun run();

  private:
    // Registers.

    size_t slot(uint32_t id, size_t width);
    const uint32_t* in(uint32_t id) const { return words_.data() + slots_[id]; }
    uint32_t* out(const Instruction& i);

    // Time.

    /// Waits until an instruction's operands are there, and issues it.
    void issue(const Instruction& i, double cost, Operands used);
    void spend(Level level, double cost);
    void wait(double ready, double overlapped);
    /// Issues a load whose address depends on `address`, and says when it is there.
    void load(const Instruction& i, double cost, double latency, double address, Level level);
    void end_block() { block_ = work_.issue + work_.stall; }
    void end_body() { body_ = work_.issue + work_.stall_overlapped; }

    // Variables.

    void find_local_size();
    void declare(const Module::Variable& variable);
    uint32_t reserve(uint32_t width);
    void fill(uint32_t built_in, uint32_t at, uint32_t width);
    uint32_t first_lane() const;

    void access_chain(const Instruction& i);

    void load(const Instruction& i);
    void store(const Instruction& i);
    uint32_t last_word() const { return static_cast<uint32_t>(memory_.size() - 1); }
    uint32_t push_word(uint32_t offset) const;
    void mark(const Instruction& i, Level level);

    // Control.

    void call(const Routine& function);
    void decide(const Instruction& i, uint32_t condition);
    /// Makes what is known of variables that a branch or a loop has written no better than its condition is
    /// known.
    void forget(Control& control);
    void leave_control();
    void enter(const Instruction& i);
    void copy(const Instruction& i, uint32_t from) { copy_value(i.result, from); }
    void copy_value(uint32_t to, uint32_t from);

    // Arithmetic.

    void execute(const Instruction& i);
    /// Marks what only moves values: it costs nothing, and waits for nobody.
    void gather(const Instruction& i, Operands parts);
    void extended(const Instruction& i);
    /// Counts an array among those that stay in registers.
    void hold(uint32_t type);
    /// Returns what an unsigned division costs: by what is known when the pipeline is compiled it is a shift, or the high half
    /// of a product and a shift.
    double quotient_cost(uint32_t divisor) const;
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
    std::vector<bool> part_of_access_;  // an address' offset, which takes no instruction
    std::vector<Level> levels_;
    std::vector<Pointer> pointers_;
    std::vector<Control> controls_;  // the branches around
    uint32_t returned_ = 0;
    uint64_t followed_ = 0;        // instructions
    double block_ = 0, body_ = 0;  // when the loads of this block, and of this loop's body, may be issued
};

}  // namespace vkm::engine::spirv
