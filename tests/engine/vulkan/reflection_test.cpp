#include <base/error.h>
#include <engine/vulkan/reflection.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <test_shaders/catalog.h>

namespace vkm::engine {
namespace {

using testing::ElementsAre;

Binding storage_buffer(uint32_t binding, bool reads, bool writes) {
    return {binding, BindingType::storage_buffer, TexelFormat::none, reads, writes};
}
Binding texel_buffer(uint32_t binding, TexelFormat format) {
    return {binding, BindingType::storage_texel_buffer, format, true, false};
}

ShaderInterface interface_of(const Shader& shader, Storage storage, LoadPath load,
                             std::vector<uint32_t> constants = {64}) {
    return reflect(shader.variant(storage, load), constants, shader.name);
}

TEST(ReflectionTest, ReadonlyAndWriteonlyBuffersAreTold) {
    const auto i = interface_of(test_shaders::scale, Storage::f32, LoadPath::buffer);
    EXPECT_THAT(i.bindings, ElementsAre(storage_buffer(0, true, false), storage_buffer(1, false, true)));
}

TEST(ReflectionTest, BufferUpdatedInPlaceReadsAndWrites) {
    const auto i = interface_of(test_shaders::accumulate, Storage::f32, LoadPath::buffer);
    EXPECT_THAT(i.bindings, ElementsAre(storage_buffer(0, true, false), storage_buffer(1, true, true)));
}

TEST(ReflectionTest, TexelBuffersKeepTheirFormat) {
    EXPECT_THAT(interface_of(test_shaders::scale, Storage::f32, LoadPath::texel).bindings,
                ElementsAre(texel_buffer(0, TexelFormat::rgba32f), storage_buffer(1, false, true)));
    EXPECT_THAT(interface_of(test_shaders::scale, Storage::f16, LoadPath::texel).bindings,
                ElementsAre(texel_buffer(0, TexelFormat::rgba16f), storage_buffer(1, false, true)));
}

TEST(ReflectionTest, PushConstantsEndWithTheirLastMember) {
    EXPECT_EQ(interface_of(test_shaders::scale, Storage::f32, LoadPath::buffer).push_constant_bytes, 8u);
    // mat4 at 0, uvec2 at 64, uint[3] at 72
    EXPECT_EQ(interface_of(test_shaders::subgroup, Storage::f32, LoadPath::buffer).push_constant_bytes, 84u);
}

TEST(ReflectionTest, WorkgroupSizeFollowsSpecializationConstants) {
    using Size = std::array<uint32_t, 3>;
    EXPECT_EQ(interface_of(test_shaders::scale, Storage::f32, LoadPath::buffer, {32}).local_size,
              (Size{32, 1, 1}));
    EXPECT_EQ(interface_of(test_shaders::scale, Storage::f32, LoadPath::buffer, {}).local_size,
              (Size{1, 1, 1}));
    EXPECT_EQ(interface_of(test_shaders::tile, Storage::f32, LoadPath::buffer, {9, 8, 4}).local_size,
              (Size{8, 4, 2}));
}

/// Every shader of the program has an interface that this engine can bind.
TEST(ReflectionTest, EveryEmbeddedShaderIsUnderstood) {
    for (const Shader* shader : shaders::all())
        for (const Storage storage : {Storage::f32, Storage::f16})
            for (const LoadPath load : {LoadPath::buffer, LoadPath::texel}) {
                const ShaderInterface i = interface_of(*shader, storage, load);
                EXPECT_FALSE(i.bindings.empty()) << shader->name;
                EXPECT_LE(i.push_constant_bytes, 128u) << shader->name;
            }
}

TEST(ReflectionTest, WhatIsNotSpirvIsRefused) {
    EXPECT_THROW(reflect({}, {}, "empty"), Error);
    const std::vector<uint32_t> words(20, 0x12345678);
    EXPECT_THROW(reflect(words, {}, "noise"), Error);
}

TEST(ReflectionTest, TruncatedSpirvIsRefusedOrReadWithoutHarm) {
    const auto code = test_shaders::subgroup.variant(Storage::f32, LoadPath::buffer);
    for (size_t words = 0; words < code.size(); ++words) {
        try {
            reflect(code.first(words), {}, "truncated");
        } catch (const Error&) {
        }
    }
}

TEST(ReflectionTest, DamagedSpirvIsRefusedOrReadWithoutHarm) {
    const auto code = test_shaders::scale.variant(Storage::f16, LoadPath::texel);
    for (size_t at = 5; at < code.size(); ++at)
        for (const uint32_t value : {0u, 1u, 0xffffffffu, code[at] ^ 0x10000u, code[at] + 1}) {
            std::vector<uint32_t> damaged(code.begin(), code.end());
            damaged[at] = value;
            try {
                reflect(damaged, {}, "damaged");
            } catch (const Error&) {
            }
        }
}

}  // namespace
}  // namespace vkm::engine
