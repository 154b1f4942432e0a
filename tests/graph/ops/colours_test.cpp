#include "graph/support/operator_test.h"

#include <graph/ops/colours.h>

#include <gtest/gtest.h>

#include <bit>

namespace vkm::test {
namespace {

using namespace graph;
using ops::ColourKind;
using ops::ColourProgram;

constexpr ColourProgram every_operation{.passes = 2, .operations = 4, .erasures = 0, .kinds = 0x1fe};

void put(HostTensor& programs, int64_t n, int64_t at, int32_t word) {
    programs.at(n, 0, 0, at) = word;
}

void put_operation(HostTensor& programs, int64_t n, int64_t i, ColourKind kind) {
    const int64_t at = every_operation.operations_at() + i * ColourProgram::operation_words;
    put(programs, n, at, static_cast<int32_t>(kind));
    const float factor = 0.3f + 0.2f * static_cast<float>(n % 7);
    const int32_t factor_word = std::bit_cast<int32_t>(factor);
    put(programs, n, at + 1, factor_word);
    if (kind == ColourKind::table)
        for (int64_t k = 0; k < 64; ++k)
            put(programs, n, at + ColourProgram::table_at + k,
                static_cast<int32_t>(0x01234567u * static_cast<uint32_t>(k + n)));
    if (kind == ColourKind::statistics) {
        put(programs, n, at + 1, static_cast<int32_t>(n % 3));
        put(programs, n, at + 2, factor_word);
    }
    if (kind == ColourKind::hue) put(programs, n, at + 1, static_cast<int32_t>(n * 37 % 256));
    if (kind < ColourKind::nearest) return;
    put(programs, n, at + 1, 0x00808182);
    const int32_t turn[12] = {0,  static_cast<int32_t>(0xe0000000u),
                              -1, static_cast<int32_t>(0xd0000000u),
                              2,  77,
                              0,  0x30000000,
                              0,  static_cast<int32_t>(0xf0000000u),
                              -1, 5};
    for (int64_t k = 0; k < 12; ++k)
        put(programs, n, at + 2 + k, turn[k]);
}

/// Gives every image a program of two passes, which look around or not and want statistics.
void write_programs(HostTensor& programs) {
    std::fill(programs.values.begin(), programs.values.end(), 0);
    constexpr ColourKind around[] = {ColourKind::sharpness, ColourKind::nearest, ColourKind::bilinear,
                                     ColourKind::bicubic};
    constexpr ColourKind alone[] = {ColourKind::table, ColourKind::saturation, ColourKind::hue};
    constexpr int32_t passes[8] = {0, 2, 0, 1, 2, 4, 1, 3};
    for (int64_t n = 0; n < programs.shape.n; ++n) {
        for (int64_t k = 0; k < 8; ++k)
            put(programs, n, k, passes[k]);
        put_operation(programs, n, 0, around[n % 4]);
        put_operation(programs, n, 1, ColourKind::statistics);
        put_operation(programs, n, 2, n % 2 == 0 ? around[(n + 1) % 4] : alone[n % 3]);
        put_operation(programs, n, 3, ColourKind::statistics);
    }
}

Options options_for(int64_t size) {
    Options options;
    options.gradients = false;
    options.fill["images"] = [=](HostTensor& images) {
        for (size_t i = 0; i < images.values.size(); ++i)
            images.values[i] =
                static_cast<double>(i * 7919 * 7919 % 0xffffff + (i / static_cast<size_t>(size)) % 2);
    };
    options.fill["programs"] = write_programs;
    return options;
}

Build programmed(int64_t images, int64_t size) {
    return [=](Graph& graph, DType dtype) {
        const ValueId pixels = graph.input("images", {DType::i32, {images, size, size, 1}});
        const ValueId programs =
            graph.input("programs", {DType::i32, {images, 1, 1, every_operation.words()}});
        std::vector<ValueId> inputs{pixels, programs, pixels, pixels};
        for (int64_t pass = 0; pass < 2; ++pass) {
            inputs[3] = graph.add1("augment", ops::colour_statistics({every_operation, pass}),
                                   {pixels, programs, inputs[2]});
            if (pass == 0)
                inputs[2] = graph.add1("augment", ops::colour_pass({every_operation, pass}), inputs);
        }
        return graph.add1("augment",
                          ops::normalise({.mean = {0.4914f, 0.4822f, 0.4465f},
                                          .deviation = {0.247f, 0.2435f, 0.2616f},
                                          .output = dtype,
                                          .program = every_operation}),
                          inputs);
    };
}

TEST(NormaliseTest, MatchesReferenceWithoutAProgram) {
    const Build build = [](Graph& graph, DType dtype) {
        const ValueId pixels = graph.input("images", {DType::i32, {3, 7, 7, 1}});
        return graph.add1(
            "augment",
            ops::normalise({.mean = {0.4f, 0.5f, 0.6f}, .deviation = {0.2f, 0.3f, 0.1f}, .output = dtype}),
            {pixels});
    };
    expect_matches_reference(build, options_for(7));
}

TEST(NormaliseTest, DrawsTheNormalNumbersOfTheReference) {
    static constexpr ColourProgram erasing{.passes = 0, .operations = 0, .erasures = 2, .kinds = 0};
    for (const ops::Erase erase : {ops::Erase::zero, ops::Erase::colour, ops::Erase::noise}) {
        const Build build = [=](Graph& graph, DType dtype) {
            const ValueId pixels = graph.input("images", {DType::i32, {30, 9, 9, 1}});
            const ValueId programs = graph.input("programs", {DType::i32, {30, 1, 1, erasing.words()}});
            return graph.add1("augment",
                              ops::normalise({.output = dtype, .program = erasing, .erase = erase}),
                              {pixels, programs, pixels, pixels});
        };
        Options options = options_for(9);
        options.fill["programs"] = [](HostTensor& programs) {
            for (int64_t n = 0; n < programs.shape.n; ++n) {
                const int32_t erasures[16] = {1, 2, 3, 2, static_cast<int32_t>(n),  17, 0, 0,
                                              0, 0, 9, 9, static_cast<int32_t>(-n), 4,  0, 0};
                for (int64_t k = 0; k < 16; ++k)
                    put(programs, n, erasing.erasures_at() + k, erasures[k]);
            }
        };
        expect_matches_reference(build, options);
    }
}

TEST(ColoursTest, MatchReferenceInBothPasses) {
    expect_matches_reference(programmed(12, 17), options_for(17));
}

TEST(ColoursTest, MatchReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(programmed(24, 128), options_for(128));
}

TEST(ColoursTest, RefuseProgramsOfAnotherLength) {
    Graph graph;
    const ValueId pixels = graph.input("images", {DType::i32, {2, 8, 8, 1}});
    const ValueId programs = graph.input("programs", {DType::i32, {2, 1, 1, 64}});
    EXPECT_THROW(
        graph.add1("augment", ops::colour_pass({every_operation, 0}), {pixels, programs, pixels, pixels}),
        ShapeError);
    EXPECT_THROW(graph.add1("augment", ops::normalise({.program = every_operation}), {pixels}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
