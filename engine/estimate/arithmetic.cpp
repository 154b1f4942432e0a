#include <engine/estimate/interpreter.h>

#include <bit>
#include <cmath>
#include <functional>

namespace vkm::engine::spirv {
namespace {

uint32_t to_uint(float value) {
    return value > 0 && value < 4294967296.0f ? static_cast<uint32_t>(value) : 0;
}
uint32_t to_int(float value) {
    return std::abs(value) < 2147483648.0f ? static_cast<uint32_t>(static_cast<int32_t>(value)) : 0;
}

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

}  // namespace

double Interpreter::quotient_cost(uint32_t divisor) const {
    if (levels_[divisor] != constant) return 2 * division;
    return std::has_single_bit(*in(divisor)) ? 1 : 2 * integer_product + 1;
}

bool Interpreter::arithmetic(const Instruction& i) {
    switch (i.op) {
        case OpIAdd: {
            const bool offset =
                i.offset && (levels_[i.operands[0]] == constant || levels_[i.operands[1]] == constant);
            each(i, offset ? 0 : 1, std::plus<uint32_t>());
            part_of_access_[i.result] = offset;
            return true;
        }
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
            each(i, quotient_cost(i.operands[1]), [](uint32_t a, uint32_t b) { return b == 0 ? 0 : a / b; });
            return true;
        case OpSDiv:
            each(i, 2 * division, [](uint32_t a, uint32_t b) {
                return b == 0 ? 0u : static_cast<uint32_t>(as_int(a) / as_int(b));
            });
            return true;
        case OpUMod:
            each(i, quotient_cost(i.operands[1]) + integer_product,
                 [](uint32_t a, uint32_t b) { return b == 0 ? 0 : a % b; });
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

}  // namespace vkm::engine::spirv
