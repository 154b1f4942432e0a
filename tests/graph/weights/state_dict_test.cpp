#include <base/half.h>
#include <graph/weights/state_dict.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <cmath>
#include <limits>

namespace vkm::graph {
namespace {

using test::raw;

NamedTensor stated_tensor(WeightType type, std::vector<int64_t> shape, const std::string& content) {
    const auto data = test::bytes(content);
    return {"t", type, std::move(shape), {data.begin(), data.end()}};
}

TEST(StateDictTest, FindsByName) {
    StateDict state;
    state.tensors = {from_floats("a", {2}, std::vector{1.f, 2.f}), from_floats("b", {}, std::vector{3.f})};
    ASSERT_TRUE(state.find("b"));
    EXPECT_EQ(to_floats(*state.find("b")), std::vector{3.f});
    EXPECT_EQ(state.find("c"), nullptr);
}

TEST(StateDictTest, ConvertsEveryTypeToFloat) {
    EXPECT_EQ(to_floats(stated_tensor(WeightType::boolean, {3}, raw<uint8_t, uint8_t, uint8_t>(0, 1, 255))),
              (std::vector{0.f, 1.f, 1.f}));
    EXPECT_EQ(to_floats(stated_tensor(WeightType::u8, {2}, raw<uint8_t, uint8_t>(0, 255))),
              (std::vector{0.f, 255.f}));
    EXPECT_EQ(to_floats(stated_tensor(WeightType::i8, {2}, raw<int8_t, int8_t>(-128, 127))),
              (std::vector{-128.f, 127.f}));
    EXPECT_EQ(to_floats(stated_tensor(WeightType::i16, {1}, raw<int16_t>(-300))), std::vector{-300.f});
    EXPECT_EQ(to_floats(stated_tensor(WeightType::u16, {1}, raw<uint16_t>(65535))), std::vector{65535.f});
    EXPECT_EQ(to_floats(stated_tensor(WeightType::i32, {1}, raw<int32_t>(-70000))), std::vector{-70000.f});
    EXPECT_EQ(to_floats(stated_tensor(WeightType::u32, {1}, raw<uint32_t>(1u << 31))),
              std::vector{2147483648.f});
    EXPECT_EQ(to_floats(stated_tensor(WeightType::i64, {}, raw<int64_t>(-1))), std::vector{-1.f});
    EXPECT_EQ(to_floats(stated_tensor(WeightType::u64, {}, raw<uint64_t>(1ull << 63))),
              std::vector{9223372036854775808.f});
    EXPECT_EQ(to_floats(stated_tensor(WeightType::f16, {2}, raw<uint16_t, uint16_t>(0x3c00, 0xc000))),
              (std::vector{1.f, -2.f}));
    EXPECT_EQ(to_floats(stated_tensor(WeightType::bf16, {2}, raw<uint16_t, uint16_t>(0x3f80, 0xc040))),
              (std::vector{1.f, -3.f}));
    EXPECT_EQ(to_floats(stated_tensor(WeightType::f32, {1, 1}, raw(0.1f))), std::vector{0.1f});
    EXPECT_EQ(to_floats(stated_tensor(WeightType::f64, {1}, raw(0.1))), std::vector{0.1f});
}

TEST(StateDictTest, ReadsHalfEdgeCases) {
    EXPECT_EQ(from_half(0x0001), std::ldexp(1.0f, -24));
    EXPECT_EQ(from_half(0x03ff), std::ldexp(1023.0f, -24));
    EXPECT_EQ(from_half(0x0400), std::ldexp(1.0f, -14));
    EXPECT_EQ(from_half(0x7bff), 65504.0f);
    EXPECT_EQ(from_half(0xfc00), -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(from_half(0x7e01)));
    EXPECT_TRUE(std::signbit(from_half(0x8000)));
}

TEST(StateDictTest, RefusesDataThatDoNotFillTheShape) {
    EXPECT_THROW(to_floats(stated_tensor(WeightType::f32, {2}, raw(0.1f))), WeightsError);
    EXPECT_THROW(to_floats(stated_tensor(WeightType::f32, {-1}, raw(0.1f))), WeightsError);
    EXPECT_THROW(from_floats("t", {2, 2}, std::vector{1.f}), WeightsError);
}

TEST(StateDictTest, CountsWithoutOverflow) {
    constexpr int64_t big = int64_t{1} << 32;
    EXPECT_EQ(element_count({}), 1);
    EXPECT_EQ(element_count(std::vector<int64_t>{3, 0, 5}), 0);
    EXPECT_EQ(element_count(std::vector<int64_t>{big, big}), std::nullopt);
    EXPECT_EQ(byte_count(std::vector<int64_t>{big, big / 4}, WeightType::f64), std::nullopt);
    EXPECT_EQ(byte_count(std::vector<int64_t>{2, 3}, WeightType::f64), 48);
}

TEST(WeightsErrorTest, KeepsHostileNamesToOnePrintableLine) {
    const std::string message = WeightsError("tensor {}", "a\n\x1b[2J" + std::string(5000, 'x')).what();
    EXPECT_EQ(message.find_first_of("\n\x1b"), std::string::npos);
    EXPECT_LE(message.size(), 1000u);
}

}  // namespace
}  // namespace vkm::graph
