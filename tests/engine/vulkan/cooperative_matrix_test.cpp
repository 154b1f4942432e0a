#include <bench_shaders/catalog.h>
#include <engine/vulkan/reflection.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

#include <array>
#include <cmath>
#include <random>

namespace vkm::engine {
namespace {

using bench::shaders::multiply_add_matrix;
using Shape = DeviceSnapshot::CooperativeMatrix;

constexpr uint32_t row_tiles = 4, column_tiles = 2;  // of the shader

TEST(CooperativeMatrixTest, ItsKernelsAreUnderstood) {
    if (!multiply_add_matrix.built()) GTEST_SKIP() << "this build's glslang has no cooperative matrices";
    const ShaderInterface interface = reflect(multiply_add_matrix.variant(Storage::f32, LoadPath::buffer),
                                              std::array<uint32_t, 1>{64}, multiply_add_matrix.name);
    ASSERT_EQ(interface.bindings.size(), 3u);
    EXPECT_TRUE(interface.bindings[0].reads && !interface.bindings[0].writes);
    EXPECT_TRUE(interface.bindings[2].writes && !interface.bindings[2].reads);
    EXPECT_EQ(interface.push_constant_bytes, 4u);
    EXPECT_EQ(interface.local_size[0], 64u);
}

/// Returns fp16 numbers of three binary digits between 1/4 and 4, either sign: sums of their
/// products are exact in fp32.
std::vector<uint16_t> random_halves(size_t count, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<uint16_t> halves;
    for (size_t i = 0; i < count; ++i) {
        const auto word = static_cast<uint32_t>(random());
        halves.push_back(
            static_cast<uint16_t>((word & 1) << 15 | (13 + (word >> 1 & 3)) << 10 | (word >> 3 & 3) << 8));
    }
    return halves;
}

double value_of(uint16_t half) {
    const double magnitude = std::ldexp(1.0 + (half & 0x3ff) / 1024.0, (half >> 10 & 0x1f) - 15);
    return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

/// Returns row_tiles * turns * (sum of the tiles of a) * (sum of the tiles of b).
std::vector<float> expected_product(const Shape& s, const std::vector<uint16_t>& a,
                                    const std::vector<uint16_t>& b, uint32_t turns) {
    const auto sum = [](const std::vector<uint16_t>& tiles, size_t elements, size_t element) {
        double total = 0;
        for (size_t i = element; i < tiles.size(); i += elements)
            total += value_of(tiles[i]);
        return total;
    };
    std::vector<float> product;
    for (size_t m = 0; m < s.m; ++m)
        for (size_t n = 0; n < s.n; ++n) {
            double y = 0;
            for (size_t k = 0; k < s.k; ++k)
                y += sum(a, size_t{s.m} * s.k, m * s.k + k) * sum(b, size_t{s.k} * s.n, k * s.n + n);
            product.push_back(static_cast<float>(row_tiles * turns * y));
        }
    return product;
}

void expect_products(Device& device, const Shape& shape) {
    SCOPED_TRACE(fmt::format("{} x {} x {}", shape.m, shape.n, shape.k));
    constexpr uint32_t subgroups_of_one = 2, workgroups = 3, turns = 3;
    const uint32_t workgroup = subgroups_of_one * device.plan().subgroup_size;
    const bench::shaders::MultiplyAddMatrix::Constants constants{
        .workgroup = workgroup, .m = shape.m, .n = shape.n, .k = shape.k};
    const KernelSpec spec{&multiply_add_matrix, Storage::f32, LoadPath::buffer, constant_words(constants),
                          true};
    const std::vector<uint16_t> a = random_halves(size_t{row_tiles} * shape.m * shape.k, 1);
    const std::vector<uint16_t> b = random_halves(size_t{column_tiles} * shape.k * shape.n, 2);
    const std::vector<float> tile = expected_product(shape, a, b, turns);
    const size_t results = tile.size() * subgroups_of_one * workgroups;
    const Block left = device.allocate(a.size() * 2, MemoryKind::device, "a");
    const Block right = device.allocate(b.size() * 2, MemoryKind::device, "b");
    const Block y = device.allocate(results * 4, MemoryKind::device, "y");
    device.write({&left, 0, left.size()}, bytes_of(a));
    device.write({&right, 0, right.size()}, bytes_of(b));

    CommandList list = device.record();
    const std::array<Slice, 3> bindings{Slice{&left, 0, left.size()}, Slice{&right, 0, right.size()},
                                        Slice{&y, 0, y.size()}};
    list.dispatch({device.kernels(std::span(&spec, 1))[0],
                   bindings,
                   std::as_bytes(std::span(&turns, 1)),
                   {workgroups, 1, 1},
                   "test/matrix"});
    list.finish();
    device.wait(device.submit(list));
    std::vector<float> expected;
    for (size_t subgroup = 0; subgroup < results / tile.size(); ++subgroup)
        expected.insert(expected.end(), tile.begin(), tile.end());
    EXPECT_EQ(read_all<float>(device, y, 0, results), expected);
}

TEST(CooperativeMatrixTest, EveryListedShapeMultiplies) {
    if (!multiply_add_matrix.built()) GTEST_SKIP() << "this build's glslang has no cooperative matrices";
    size_t shapes = 0;
    on_every_device([&](uint32_t index) {
        const auto device = test_instance()->open(index);
        if (device->plan().cooperative_matrices.empty()) return;
        for (const Shape& shape : device->snapshot().cooperative_matrices) {
            if (!shape.subgroup_scope || shape.a != "float16" || shape.b != "float16" ||
                shape.c != "float32" || shape.result != "float32")
                continue;
            expect_products(*device, shape);
            ++shapes;
        }
    });
    if (shapes == 0) GTEST_SKIP() << "no device here has cooperative matrices of fp16 products in fp32";
}

}  // namespace
}  // namespace vkm::engine
