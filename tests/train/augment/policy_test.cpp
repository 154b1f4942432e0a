#include "train/augment/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/python.h>
#include <support/temporary_folder.h>
#include <train/augment/policy.h>

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <set>

namespace vkm::train {
namespace {

using graph::ops::ColourKind;
using testing::HasSubstr;

constexpr auto bilinear = TrainInterpolation::bilinear;

std::vector<std::vector<Operation>> draws(std::string_view policy, int count, int size = 224) {
    const auto parsed = parse_policy(policy, bilinear);
    std::vector<std::vector<Operation>> all;
    for (int i = 0; i < count; ++i) {
        Random random(RandomStream::colours, {1, 2, static_cast<uint64_t>(i)});
        all.push_back(parsed->draw(random, {size, {124, 116, 104}}));
    }
    return all;
}

std::string refusal(std::string_view policy) {
    return test::message_of<Error>([&] { parse_policy(policy, bilinear); });
}

TEST(PolicyTest, UnknownOnesAreRefusedWithTheNearest) {
    EXPECT_THAT(refusal("rant-m9"), HasSubstr("did you mean 'rand'?"));
    EXPECT_THAT(refusal("ta_wid"), HasSubstr("did you mean 'ta_wide'?"));
    EXPECT_THAT(refusal("augmix-m5"), HasSubstr("'augmix' is no policy: use rand"));
    EXPECT_THAT(refusal("rand-q9"), HasSubstr("'q9' of 'rand-q9' is unknown: it takes m, n,"));
    EXPECT_THAT(refusal("rand-m"), HasSubstr("lacks a number: write m1"));
    EXPECT_THAT(refusal("rand-m9x"), HasSubstr("lacks a number"));
    EXPECT_THAT(refusal("rand-n0"), HasSubstr("n is 0"));
    EXPECT_THAT(refusal("ra-m31"), HasSubstr("one of 31 bins"));
    EXPECT_THAT(refusal("cifar10-m3"), HasSubstr("no options"));
    EXPECT_THAT(refusal(""), HasSubstr("is no policy"));
}

TEST(PolicyTest, NumbersThatAreNoneOfAnOptionAreRefused) {
    for (const char* policy : {"rand-n1.5", "ra-n1.9", "ra-m8.5", "ra-bins2.7", "ta_wide-bins30.5"})
        EXPECT_THAT(refusal(policy), HasSubstr("give a whole number")) << policy;
    EXPECT_THAT(refusal("rand-n1e30"), HasSubstr("n is 1e+30; it can be 1 to 16"));
    EXPECT_THAT(refusal("rand-w0-n14"), HasSubstr("n is 14; it can be 1 to 13"));
    EXPECT_THAT(refusal("ta_wide-bins1"), HasSubstr("bins is 1; it can be 2 to 1000"));
    EXPECT_THAT(refusal("rand-p1.5"), HasSubstr("give a probability from 0 to 1"));
    EXPECT_THAT(refusal("rand-m1e300-mmax1e300"), HasSubstr("m is 1e+300; it is 1000 at most"));
    EXPECT_THAT(refusal("rand-m0x9"), HasSubstr("lacks a number"));
}

TEST(PolicyTest, TimmsRandAugmentDoesEachOfItsOperationsEveryOtherTime) {
    constexpr int count = 20000;
    std::array<int, 3> numbers{};
    std::map<ColourKind, double> kinds;
    for (const auto& operations : draws("rand-m9-mstd0.5-inc1", count)) {
        ++numbers.at(operations.size());
        for (const Operation& operation : operations)
            kinds[operation.kind()] += 1.0 / count;
    }
    EXPECT_NEAR(numbers[0], count / 4.0, 300);
    EXPECT_NEAR(numbers[2], count / 4.0, 300);
    // Of fifteen, one operation a draw on average.
    EXPECT_NEAR(kinds[ColourKind::table], 5.0 / 15, 0.02);
    EXPECT_NEAR(kinds[ColourKind::statistics], 3.0 / 15, 0.02);
    EXPECT_NEAR(kinds[ColourKind::saturation], 1.0 / 15, 0.01);
    EXPECT_NEAR(kinds[ColourKind::sharpness], 1.0 / 15, 0.01);
    EXPECT_NEAR(kinds[ColourKind::bilinear], 5.0 / 15, 0.02);
}

TEST(PolicyTest, TimmsRandAugmentOfWeightsLeavesTwoOperationsOut) {
    const Operation inverted = invert();
    int moving = 0, all = 0;
    for (const auto& operations : draws("rand-m10-n3-w0-p1", 2000)) {
        ASSERT_EQ(operations.size(), 3u);
        for (const Operation& operation : operations) {
            EXPECT_NE(operation.words, inverted.words);
            moving += operation.kind() == ColourKind::bilinear;
            ++all;
        }
    }
    EXPECT_GT(moving, all / 2);
}

/// Returns the degrees of a rotation.
std::optional<double> degrees_of(const Operation& operation) {
    const auto number = [&](size_t at) {
        return operation.words[at] + static_cast<uint32_t>(operation.words[at + 1]) * 0x1p-32;
    };
    const double cosine = number(2), sine = number(4);
    if (operation.kind() != ColourKind::bilinear || std::abs(cosine * cosine + sine * sine - 1) > 1e-6 ||
        sine == 0)
        return {};
    return std::asin(sine) * 180 / 3.14159265358979323846;
}

TEST(PolicyTest, TimmsMagnitudesAreNormalAroundTheirsAndClamped) {
    double sum = 0, squares = 0;
    int count = 0;
    for (const auto& operations : draws("rand-m6-n1-mstd0.5-p1", 40000))
        for (const Operation& operation : operations)
            if (const auto degrees = degrees_of(operation)) {
                const double level = std::abs(*degrees) / 3;
                sum += level;
                squares += level * level;
                ++count;
            }
    ASSERT_GT(count, 2000);
    EXPECT_NEAR(sum / count, 6, 0.05);
    EXPECT_NEAR(std::sqrt(squares / count - sum / count * sum / count), 0.5, 0.03);
    for (const auto& operations : draws("rand-m10-n1-mstd3-p1", 2000))
        for (const Operation& operation : operations)
            EXPECT_LE(std::abs(degrees_of(operation).value_or(0)), 30.0001);
    bool beyond = false;
    for (const auto& operations : draws("rand-m10-n1-mstd3-mmax20-p1", 2000))
        for (const Operation& operation : operations)
            beyond |= std::abs(degrees_of(operation).value_or(0)) > 31;
    EXPECT_TRUE(beyond);
}

TEST(PolicyTest, NoDrawIsLongerThanThePolicySays) {
    for (const char* name : {"rand-m9-n3-mstd0.5-inc1", "original", "originalr-mstd0.5", "v0", "v0r", "ra",
                             "ta_wide", "imagenet", "cifar10", "svhn"}) {
        const ProgramNeeds needs = parse_policy(name, bilinear)->needs();
        for (const auto& operations : draws(name, 500)) {
            std::vector<ColourKind> kinds;
            for (const Operation& operation : operations) {
                kinds.push_back(operation.kind());
                EXPECT_TRUE(needs.kinds & graph::ops::bit(operation.kind())) << name;
            }
            EXPECT_LE(static_cast<int64_t>(kinds.size()), needs.operations) << name;
            EXPECT_LE(passes_of(kinds), needs.passes) << name;
        }
    }
}

// Does with an image all that a policy of torchvision may do with it, once.
constexpr const char* all_results = R"(
import torch
from PIL import Image
from torchvision.transforms import autoaugment as A, InterpolationMode
size = {size}
image = Image.frombytes('RGB', (size, size), open('in', 'rb').read())
policy = {policy}
space, bins = {space}
results = set()
names = {names}
for name in names or space:
    magnitudes, signed = space[name]
    for magnitude in ([float(magnitudes[i]) for i in bins] if magnitudes.ndim else [0.0]):
        for m in ([magnitude, -magnitude] if signed else [magnitude]):
            results.add(A._apply_op(image, name, m, InterpolationMode.BILINEAR, None).tobytes())
open('out', 'wb').write(b''.join(results))
)";

struct Space {
    std::string_view policy;
    std::string python, space, names = "None";
};

std::vector<Space> spaces() {
    return {{"ra", "A.RandAugment()", "(policy._augmentation_space(31, (size, size)), [9])"},
            {"ra-m3-bins10", "A.RandAugment()", "(policy._augmentation_space(10, (size, size)), [3])"},
            {"ta_wide", "A.TrivialAugmentWide()", "(policy._augmentation_space(31), range(31))"}};
}

/// Returns the images that single operations of many draws make of one.
std::vector<image::Image> drawn_results(std::string_view policy, const image::Image& image) {
    const int size = image.width;
    std::set<std::array<int32_t, graph::ops::ColourProgram::operation_words>> distinct;
    for (const auto& operations : draws(policy, 20000, size))
        for (const Operation& operation : operations)
            distinct.insert(operation.words);
    SourceLayout layout = source_layout(size);
    const ProgramNeeds needs = parse_policy(policy, bilinear)->needs();
    layout.program = {.passes = 1, .operations = 1, .erasures = 0, .kinds = needs.kinds};
    std::vector<Source> sources;
    for (const auto& words : distinct) {
        Source& source = sources.emplace_back();
        frame(source, layout, test::whole(size), image, {0, 0, size, size});
        source.program.resize(static_cast<size_t>(layout.program.words()));
        write_program(layout.program, std::vector{Operation{words}}, {}, source.program);
    }
    const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
    return to_bytes(
        seen_images(*device, test::model_of(size), layout, test::batch_of(std::move(sources), size)));
}

bool has_one_like(const std::vector<image::Image>& images, const image::Image& image) {
    return std::ranges::any_of(images, [&](const image::Image& other) {
        return std::ranges::equal(other.rgb, image.rgb, [](int a, int b) { return std::abs(a - b) <= 1; });
    });
}

TEST(PolicyTest, TorchvisionsOperationsAreAllThatCanBeDrawn) {
    constexpr int size = 24;
    const image::Image image = test::noise(size, size, 3);
    for (const Space& space : spaces()) {
        const test::TemporaryFolder folder;
        test::write_content(folder / "in", std::string(image.rgb.begin(), image.rgb.end()));
        std::string script = all_results;
        for (const auto& [name, value] :
             {std::pair("{size}", std::to_string(size)), std::pair("{policy}", space.python),
              std::pair("{space}", space.space), std::pair("{names}", space.names)})
            script.replace(script.find(name), std::strlen(name), value);
        if (!test::run_python(folder.path(), script)) GTEST_SKIP() << "needs torchvision as oracle";
        const std::string out = test::file_content(folder / "out");
        std::vector<image::Image> expected;
        for (size_t at = 0; at < out.size(); at += image.rgb.size())
            expected.push_back({size,
                                size,
                                {out.begin() + static_cast<ptrdiff_t>(at),
                                 out.begin() + static_cast<ptrdiff_t>(at + image.rgb.size())}});
        std::vector<image::Image> drawn = drawn_results(space.policy, image);
        drawn.push_back(image);  // what Identity does needs no operation
        EXPECT_GT(expected.size(), 15u);
        for (const image::Image& one : drawn)
            EXPECT_TRUE(has_one_like(expected, one)) << space.policy << ": torchvision does not do it";
        for (const image::Image& one : expected)
            EXPECT_TRUE(has_one_like(drawn, one)) << space.policy << ": is never drawn";
    }
}

}  // namespace
}  // namespace vkm::train
