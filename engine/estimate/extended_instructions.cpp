#include <engine/estimate/interpreter.h>

#include <base/error.h>

#include <cmath>

namespace vkm::engine::spirv {
void Interpreter::extended(const Instruction& i) {
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

}  // namespace vkm::engine::spirv
