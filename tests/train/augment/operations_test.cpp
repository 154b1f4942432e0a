#include "train/augment/sources.h"

#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/python.h>
#include <support/temporary_folder.h>

#include <fmt/format.h>

namespace vkm::train {
namespace {

using graph::ops::bit;
using graph::ops::ColourKind;

/// Names operations, one after the other, and Pillow's expression for them.
struct OperationCase {
    std::vector<Operation> operations;
    std::string pillow;  ///< of an image `i`
};

constexpr Rgb grey{128, 127, 3};

std::vector<OperationCase> pointwise() {
    std::vector<OperationCase> cases{
        {{}, "i"},
        {{invert()}, "ImageOps.invert(i)"},
        {{auto_contrast()}, "ImageOps.autocontrast(i)"},
        {{equalize()}, "ImageOps.equalize(i)"},
        {{equalize(), equalize()}, "ImageOps.equalize(ImageOps.equalize(i))"},
        {{solarize_add(60)}, "i.point([min(255, v + 60) if v < 128 else v for v in range(256)] * 3)"},
        {{brightness(1.4), contrast(0.6), saturation(1.3), hue(0.1)},
         "F.adjust_hue(enhance('Color', enhance('Contrast', enhance('Brightness', i, 1.4), .6), 1.3), .1)"},
        {{hue(-0.1), contrast(1.2), brightness(0.7)},
         "enhance('Brightness', enhance('Contrast', F.adjust_hue(i, -.1), 1.2), .7)"},
    };
    for (const double factor : {0.0, 0.1, 0.64, 1.0, 1.27, 1.9}) {
        cases.push_back({{brightness(factor)}, fmt::format("enhance('Brightness', i, {})", factor)});
        cases.push_back({{contrast(factor)}, fmt::format("enhance('Contrast', i, {})", factor)});
        cases.push_back({{saturation(factor)}, fmt::format("enhance('Color', i, {})", factor)});
        cases.push_back({{sharpness(factor)}, fmt::format("enhance('Sharpness', i, {})", factor)});
    }
    for (const int bits : {0, 1, 4, 7, 8})
        cases.push_back(
            {{posterize(bits)}, bits == 0 ? "i.point([0] * 768)" : fmt::format("posterize(i, {})", bits)});
    for (const double threshold : {0.0, 25.5, 128.0, 256.0})
        cases.push_back({{solarize(threshold)}, fmt::format("ImageOps.solarize(i, {})", threshold)});
    for (const double shift : {-0.5, -0.3, -0.05, 0.0, 0.02, 0.25, 0.5})
        cases.push_back({{hue(shift)}, fmt::format("F.adjust_hue(i, {})", shift)});
    return cases;
}

std::vector<OperationCase> moving(int size) {
    std::vector<OperationCase> cases;
    constexpr std::array names{"Image.NEAREST", "Image.BILINEAR", "Image.BICUBIC"};
    for (size_t k = 0; k < names.size(); ++k) {
        const auto resample = static_cast<Resample>(k);
        const auto add = [&](const std::array<double, 6>& m) {
            cases.push_back({{affine(m, resample, grey)},
                             fmt::format("i.transform(i.size, Image.AFFINE, ({}, {}, {}, {}, {}, {}), {}, "
                                         "fillcolor=(128, 127, 3))",
                                         m[0], m[1], m[2], m[3], m[4], m[5], names[k])});
        };
        for (const double slope : {-0.3, 0.27, 0.99}) {
            add({1, slope, 0, 0, 1, 0});
            add({1, 0, 0, slope, 1, 0});
        }
        for (const double shift : {-3.0, 0.45 * size, -0.31 * size}) {
            add({1, 0, shift, 0, 1, 0});
            add({1, 0, 0, 0, 1, shift});
        }
        for (const double degrees : {0.0, 27.0, -30.0, 90.0, 135.0, 180.0, -123.4})
            cases.push_back({{rotate(degrees, size, resample, grey)},
                             fmt::format("i.rotate({}, {}, fillcolor=(128, 127, 3))", degrees, names[k])});
    }
    cases.push_back(
        {{affine({1, 0.2, 0, 0, 1, 0}, Resample::nearest, grey), equalize(), auto_contrast(), sharpness(0.3)},
         "enhance('Sharpness', ImageOps.autocontrast(ImageOps.equalize(i.transform(i.size, Image.AFFINE, "
         "(1, .2, 0, 0, 1, 0), Image.NEAREST, fillcolor=(128, 127, 3)))), .3)"});
    return cases;
}

constexpr const char* prologue = R"(
from PIL import Image, ImageOps, ImageEnhance
import torchvision.transforms.functional as F
def enhance(what, image, factor): return getattr(ImageEnhance, what)(image).enhance(factor)
def posterize(image, bits): return image if bits >= 8 else ImageOps.posterize(image, bits)
out = open('out', 'ab')
)";

/// Runs the cases, a different image each, in Pillow.
std::vector<image::Image> by_pillow(const std::vector<OperationCase>& cases,
                                    const std::vector<image::Image>& images) {
    const test::TemporaryFolder folder;
    std::string script = prologue, bytes;
    const int size = images.front().width;
    script += fmt::format("bytes_ = open('in', 'rb').read()\nsize = {}\n", size);
    for (size_t i = 0; i < cases.size(); ++i) {
        bytes.append(images[i].rgb.begin(), images[i].rgb.end());
        script += fmt::format(
            "i = Image.frombytes('RGB', (size, size), bytes_[{0} * 3 * size * size:{1} * 3 * size * size])\n"
            "out.write(({2}).tobytes())\n",
            i, i + 1, cases[i].pillow);
    }
    test::write_content(folder / "in", bytes);
    if (!test::run_python(folder.path(), script + "out.close()\n")) return {};
    const std::string out = test::file_content(folder / "out");
    std::vector<image::Image> results;
    const size_t one = size_t{3} * size * size;
    for (size_t i = 0; i < cases.size(); ++i)
        results.push_back({size,
                           size,
                           {out.begin() + static_cast<ptrdiff_t>(i * one),
                            out.begin() + static_cast<ptrdiff_t>((i + 1) * one)}});
    return results;
}

SourceLayout layout_for(int size, const std::vector<OperationCase>& cases) {
    SourceLayout layout = source_layout(size);
    for (const OperationCase& c : cases) {
        std::vector<ColourKind> kinds;
        for (const Operation& operation : c.operations)
            kinds.push_back(operation.kind());
        for (const ColourKind kind : kinds)
            layout.program.kinds |= bit(kind);
        layout.program.operations = std::max(layout.program.operations, static_cast<int64_t>(kinds.size()));
        layout.program.passes = std::max(layout.program.passes, passes_of(kinds));
    }
    return layout;
}

/// Holds images of a size with a program each, and what Pillow makes of them.
struct Programs {
    SourceLayout layout;
    std::vector<OperationCase> cases;
    Batch batch;
    std::vector<image::Image> expected;
};

Programs programs_of(int size, uint32_t kinds) {
    Programs programs{source_layout(size), pointwise(), {}, {}};
    for (OperationCase& c : moving(size))
        programs.cases.push_back(std::move(c));
    programs.layout = layout_for(size, programs.cases);
    programs.layout.program.kinds |= kinds;  // so that all sizes have the same kernels
    std::vector<image::Image> images;
    std::vector<Source> sources;
    for (const OperationCase& c : programs.cases) {
        images.push_back(test::noise(size, size, images.size()));
        Source& source = sources.emplace_back();
        frame(source, programs.layout, test::whole(size), images.back(), {0, 0, size, size});
        source.program.resize(static_cast<size_t>(programs.layout.program.words()));
        write_program(programs.layout.program, c.operations, {}, source.program);
    }
    programs.batch = test::batch_of(std::move(sources), size);
    programs.expected = by_pillow(programs.cases, images);
    return programs;
}

TEST(OperationsTest, GivePillowsBytes) {
    std::vector<Programs> all;
    for (const int size : {37, 2, 1}) {
        all.push_back(programs_of(size, all.empty() ? 0 : all.front().layout.program.kinds));
        if (all.back().expected.empty()) GTEST_SKIP() << "needs Pillow and torchvision as oracle";
    }
    engine::on_every_device([&](uint32_t index) {
        const auto device = graph::open_device(*engine::test_instance(), index);
        for (const Programs& p : all) {
            const auto size = static_cast<int>(p.layout.size);
            const std::vector<image::Image> seen =
                to_bytes(seen_images(*device, test::model_of(size), p.layout, p.batch));
            for (size_t i = 0; i < p.cases.size(); ++i)
                EXPECT_LE(test::largest_difference(seen[i], p.expected[i]), 1)
                    << size << ": " << p.cases[i].pillow;
        }
    });
}

TEST(OperationsTest, TakeAsManyPassesAsTheyHaveNeighboursOrStatistics) {
    using enum ColourKind;
    EXPECT_EQ(passes_of(std::vector<ColourKind>{}), 0);
    EXPECT_EQ(passes_of(std::vector{table, saturation, statistics, hue}), 1);
    EXPECT_EQ(passes_of(std::vector{bilinear, statistics, table}), 1);
    EXPECT_EQ(passes_of(std::vector{table, bilinear}), 2);
    EXPECT_EQ(passes_of(std::vector{statistics, table, statistics}), 2);
}

TEST(OperationsTest, RefuseProgramsLongerThanPlanned) {
    const graph::ops::ColourProgram layout{.passes = 1, .operations = 1, .erasures = 0, .kinds = 2};
    std::vector<int32_t> words(static_cast<size_t>(layout.words()));
    EXPECT_NO_THROW(write_program(layout, std::vector{invert()}, {}, words));
    EXPECT_THROW(write_program(layout, std::vector{invert(), invert()}, {}, words), Error);
    EXPECT_THROW(write_program(layout, {}, std::vector{Erasure{}}, words), Error);
}

}  // namespace
}  // namespace vkm::train
