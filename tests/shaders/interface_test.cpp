#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <interface/catalog.h>
#include <interface_shaders/catalog.h>

#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>

#include <refused/gap_in_push.h>
#include <refused/nested_push.h>
#include <refused/one_name.h>
#include <refused/second_set.h>
#include <refused/two_names.h>
#include <refused/wide_constant.h>

namespace vkm {
namespace {

using interface_shaders::AllKinds;
using interface_shaders::Copy;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(InterfaceTest, ConstantsHaveTheShadersDefaults) {
    const AllKinds::Constants constants{.workgroup = 64, .workgroup_z = 2};
    EXPECT_EQ(constants.row_count, 3u);
    EXPECT_EQ(constants.shift, -4);
    EXPECT_EQ(constants.slope, 0.5f);
    EXPECT_FALSE(constants.add_bias);
    static_assert(std::is_same_v<decltype(constants.shift), int32_t>);
    static_assert(std::is_same_v<decltype(constants.add_bias), bool>);
}

TEST(InterfaceTest, ConstantsBecomeWordsInTheOrderOfTheirIds) {
    const AllKinds::Constants constants{
        .workgroup = 64, .row_count = 5, .shift = -2, .slope = 0.25f, .add_bias = true, .workgroup_z = 2};
    EXPECT_THAT(constant_words(constants), ElementsAre(64, 5, 0xfffffffe, 0, 0x3e800000, 1, 0, 2))
        << "ids 3 and 6 are nobody's";
}

TEST(InterfaceTest, BindingsComeInTheOrderOfTheirNumbers) {
    const AllKinds::Bindings<int> bindings{.x = 1, .y = 3, .running_totals = 4};
    std::vector<int> seen;
    bindings.each([&](int binding) { seen.push_back(binding); });
    EXPECT_THAT(seen, ElementsAre(1, 0, 3, 4)) << "the bias, left out, is empty";
}

bool operator==(const BindingUse& a, const BindingUse& b) {
    return a.name == b.name && a.reads == b.reads && a.writes == b.writes && a.needed == b.needed;
}

TEST(InterfaceTest, SaysWhatBecomesOfEachBinding) {
    EXPECT_TRUE((AllKinds::uses[0] == BindingUse{"x", true, false, true}));
    EXPECT_TRUE((AllKinds::uses[1] == BindingUse{"bias", true, false, false}));
    EXPECT_TRUE((AllKinds::uses[2] == BindingUse{"y", false, true, true}));
    EXPECT_TRUE((AllKinds::uses[3] == BindingUse{"running_totals", true, true, false}));
}

TEST(InterfaceTest, PushConstantsLieAsTheShaderReadsThem) {
    const std::vector<std::byte> bytes = push_bytes<AllKinds>(
        {.scale = {1, 2, 3, 4}, .quads = 5, .first = -6, .epsilon = 7, .more = {8, 9, 10}});
    std::array<uint32_t, 10> words{};
    ASSERT_EQ(bytes.size(), sizeof(words));
    std::memcpy(words.data(), bytes.data(), bytes.size());
    const auto bits = [](float value) { return std::bit_cast<uint32_t>(value); };
    EXPECT_THAT(words, ElementsAre(bits(1), bits(2), bits(3), bits(4), 5, 0xfffffffa, bits(7), 8, 9, 10));
}

TEST(InterfaceTest, ShadersOfOneInterfaceDifferInAPart) {
    EXPECT_EQ(Copy::even.name, "copy_even");
    EXPECT_EQ(Copy::odd.name, "copy_odd");
    const Copy::Constants common{.workgroup = 32, .twice = false};
    EXPECT_THAT(constant_words(common, interface_shaders::Even{.step = 2}), ElementsAre(32, 2, 0, 0));
    EXPECT_THAT(constant_words(common, interface_shaders::Odd{}), ElementsAre(32, 8, 0, 0));
}

using namespace shader_interface;

template <size_t N>
std::string refusal_of(const uint32_t (&spirv)[N], const char* name) {
    try {
        read_interface(spirv, name);
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

TEST(InterfaceTest, RefusesWhatHasNoCounterpartAndSaysWhere) {
    EXPECT_EQ(refusal_of(nested_push, "nested"),
              "shader nested: push constant sizes is not made of 32-bit numbers");
    EXPECT_EQ(refusal_of(gap_in_push, "gap"),
              "shader gap: push constant scale lies at byte 16, where C++ has byte 4: "
              "put the larger members first");
    EXPECT_EQ(refusal_of(wide_constant, "wide"),
              "shader wide: specialization constant limit is not made of 32-bit numbers");
    EXPECT_EQ(refusal_of(second_set, "set"), "shader set: Totals is not a binding of descriptor set 0");
    EXPECT_THAT(refusal_of(two_names, "names"), HasSubstr("shader names: "));
    EXPECT_THAT(refusal_of(two_names, "names"), HasSubstr("is also called"));
    EXPECT_EQ(refusal_of(one_name, "name"), "shader name: two specialization constants are called rows");
}

TEST(InterfaceTest, RefusesWhatIsNotSpirv) {
    EXPECT_EQ(refusal_of({1, 2, 3, 4, 5, 6}, "noise"), "shader noise: this is no SPIR-V");
    for (size_t words = 5; words < std::size(two_names); ++words)
        try {
            read_interface(std::span(two_names).first(words), "cut");
        } catch (const std::runtime_error&) {
        }
}

Interface interface_with(const std::string& constant, const std::string& member) {
    return {.constants = {{.id = 0, .name = "workgroup", .of_workgroup = true}, {.id = 1, .name = constant}},
            .bindings = {{.number = 0, .name = "x", .reads = true, .writes = false, .needed = true}},
            .push = {{.offset = 0, .name = member}}};
}

std::string refusal_of(const std::vector<shader_interface::Shader>& shaders) {
    try {
        catalog_header(shaders, "test");
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

TEST(InterfaceTest, VariantsOfAShaderMustAgree) {
    const Interface one = interface_with("rows", "quads");
    const auto with = [&](const Interface& other) {
        return refusal_of({{.name = "fill",
                            .interface = "fill",
                            .part = "",
                            .variants = {{"f32_buffer", one}, {"f16_buffer", other}}}});
    };
    EXPECT_EQ(with(one), "");
    EXPECT_EQ(with(interface_with("columns", "quads")),
              "shader fill (f16_buffer): has specialization constant 1 uint32_t columns = 0 where variant "
              "f32_buffer has specialization constant 1 uint32_t rows = 0");
    EXPECT_EQ(with(interface_with("rows", "count")),
              "shader fill (f16_buffer): has push constant uint32_t count at byte 0 where variant f32_buffer "
              "has push constant uint32_t quads at byte 0");
}

TEST(InterfaceTest, ShadersOfOneInterfaceMustAgreeInAllButTheirPart) {
    const auto shader = [](const std::string& name, const std::string& part, const Interface& of) {
        return shader_interface::Shader{
            .name = name, .interface = "copy", .part = part, .variants = {{"f32_buffer", of}}};
    };
    const Interface rows = interface_with("rows", "quads"), columns = interface_with("columns", "quads");
    EXPECT_EQ(refusal_of({shader("a", "by_rows", rows), shader("b", "by_columns", columns)}), "");
    EXPECT_EQ(refusal_of({shader("a", "by_rows", rows), shader("b", "", columns)}),
              "shader b: specialization constant 1 uint32_t columns = 0 is not one of every shader of "
              "interface copy");
    EXPECT_EQ(refusal_of({shader("a", "tile", rows), shader("b", "tile", columns)}),
              "shader b: has specialization constant 1 uint32_t columns = 0 where part tile of other shaders "
              "has specialization constant 1 uint32_t rows = 0");
    EXPECT_THAT(refusal_of({shader("a", "", rows), shader("b", "", interface_with("rows", "count"))}),
                HasSubstr("shader b: has push constant uint32_t count"));
}

}  // namespace
}  // namespace vkm
