#include <base/atomic_file.h>
#include <train/data/dataset_kinds.h>
#include <train/data/held_back.h>
#include <train/data/loader.h>
#include <train/data/pack/pack_format.h>
#include <train/data/pack/write_pack.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "support/bytes.h"
#include "support/captured_log.h"
#include "support/image_files.h"
#include "support/limits.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/test_data.h"

namespace vkm::train {
namespace {

using testing::HasSubstr;

class PackTest : public testing::Test {
  protected:
    PackTest() {
        for (int i = 0; i < 11; ++i)
            test::write_file(folder_ / fmt::format("images/train/{}/{}.ppm", i % 3 ? "cat" : "dog", i),
                             noise(9 + i, 23 - i, i));
        for (int i = 0; i < 3; ++i)
            test::write_file(folder_ / fmt::format("images/val/cat/{}.ppm", i), noise(8, 8 + i, 100 + i));
        for (const char* name : {"baseline.jpg", "rotated_by_exif.jpg", "rgb.png"})
            copy_sample(name);
    }

    /// Returns a PPM of pixels that differ.
    static std::string noise(int height, int width, int seed) {
        std::string text = fmt::format("P6 {} {} 255\n", width, height);
        for (int i = 0; i < 3 * height * width; ++i)
            text += static_cast<char>(i * 37 + i / 7 * seed);
        return text;
    }

    /// Takes one of tests/data/images into the training part.
    void copy_sample(const std::string& name) const {
        std::filesystem::copy_file(test_data() / "images" / name, folder_ / ("images/train/dog/" + name));
    }

    std::shared_ptr<const Dataset> unpacked(Split split = Split::train) const {
        return open_dataset("imagefolder:" + (folder_ / "images").string(), split, {});
    }
    std::shared_ptr<const Dataset> packed(Split split = Split::train,
                                          const std::string& file = "a.pack") const {
        return open_dataset("pack:" + (folder_ / file).string(), split, {});
    }
    PackSummary write(const PackOptions& options = {}, const std::string& file = "a.pack") const {
        const std::atomic<bool> stop = false;
        return write_pack(
                   folder_ / file, {{Split::train, unpacked()}, {Split::val, unpacked(Split::val)}}, options,
                   [](int64_t, int64_t) {}, stop)
            .value();
    }
    std::string content(const std::string& file = "a.pack") const {
        return test::file_content(folder_ / file);
    }

    /// Returns what opening the file says that holds these bytes.
    std::string refused(std::string_view bytes) const {
        test::write_content(folder_ / "damaged.pack", bytes);
        return test::message_of<DatasetError>([&] { packed(Split::train, "damaged.pack"); });
    }

    test::TemporaryFolder folder_;
};

image::Image image_of(const Dataset& data, size_t i) {
    return std::get<image::Image>(data.sample(i));
}

void expect_same(const image::Image& a, const image::Image& b, const std::string& name) {
    EXPECT_EQ(a.height, b.height) << name;
    EXPECT_EQ(a.width, b.width) << name;
    EXPECT_TRUE(a.rgb == b.rgb) << name;
}

TEST_F(PackTest, HoldsTheDataSetThatWasPacked) {
    for (const PackedAs as : {PackedAs::jpeg, PackedAs::raw}) {
        const PackSummary summary = write({.as = as});
        EXPECT_EQ(summary.images, static_cast<int64_t>(unpacked()->size() + 3));
        EXPECT_EQ(summary.unreadable, 0);
        EXPECT_EQ(summary.bytes, content().size());
        for (const Split split : {Split::train, Split::val}) {
            const auto before = unpacked(split), now = packed(split);
            ASSERT_EQ(now->size(), before->size());
            EXPECT_EQ(now->class_names(), before->class_names());
            EXPECT_EQ(now->num_classes(), before->num_classes());
            for (size_t i = 0; i < now->size(); ++i) {
                EXPECT_EQ(now->label(i), before->label(i));
                EXPECT_EQ(std::filesystem::path(now->name(i)).filename(),
                          std::filesystem::path(before->name(i)).filename());
                expect_same(image_of(*now, i), image_of(*before, i), now->name(i));
                const image::ChoosePart middle = [](int height, int width) {
                    return image::Rectangle{height / 4, width / 3, height / 2, width / 3 + 1};
                };
                expect_same(now->part(i, middle), before->part(i, middle), now->name(i));
            }
        }
        EXPECT_THAT(packed()->name(0), HasSubstr("a.pack/cat/"));
    }
}

TEST_F(PackTest, FilesThatAreNotScaledStayAsTheyAre) {
    write();
    const auto before = unpacked(), now = packed();
    for (size_t i = 0; i < now->size(); ++i)
        EXPECT_EQ(now->file(i), before->file(i));
    write({.as = PackedAs::raw});
    EXPECT_FALSE(packed()->file(0).has_value());
}

TEST_F(PackTest, RawImagesOfAShortSideAreThoseThatPillowScales) {
    if (!test::run_python(folder_.path(), "import PIL"))
        GTEST_SKIP() << "needs Pillow (python3-pil) as oracle";
    constexpr int side = 12;
    write({.short_side = side, .as = PackedAs::raw});
    write({.short_side = side, .interpolation = Interpolation::bicubic, .as = PackedAs::raw}, "bicubic.pack");
    const auto before = unpacked(), now = packed(), bicubic = packed(Split::train, "bicubic.pack");
    std::string script = "from PIL import Image, ImageOps\n";
    for (size_t i = 0; i < before->size(); ++i)
        script += fmt::format(
            "image = ImageOps.exif_transpose(Image.open('{0}')).convert('RGB')\n"
            "w, h = image.size\n"
            "size = ({1}, int({1} * h / w)) if w <= h else (int({1} * w / h), {1})\n"
            "for name, kind in (('bilinear', Image.BILINEAR), ('bicubic', Image.BICUBIC)):\n"
            "    scaled = image if min(w, h) <= {1} else image.resize(size, kind)\n"
            "    open('{2}.' + name, 'wb').write(scaled.tobytes())\n",
            before->name(i), side, i);
    ASSERT_TRUE(test::run_python(folder_.path(), script)) << test::file_content(folder_ / "python.log");
    for (size_t i = 0; i < before->size(); ++i)
        for (const auto& [data, name] : {std::pair(now, "bilinear"), std::pair(bicubic, "bicubic")}) {
            const image::Image image = image_of(*data, i);
            EXPECT_LE(std::min(image.height, image.width), std::max(side, 8));
            EXPECT_TRUE(std::string(image.rgb.begin(), image.rgb.end()) ==
                        test::file_content(folder_ / fmt::format("{}.{}", i, name)))
                << data->name(i) << ", " << name;
        }
}

TEST_F(PackTest, JpegsOfAShortSideAreSmallAndNear) {
    write({.short_side = 12, .quality = 100});
    write({.short_side = 12, .as = PackedAs::raw}, "raw.pack");
    const auto now = packed(), raw = packed(Split::train, "raw.pack");
    for (size_t i = 0; i < now->size(); ++i) {
        const image::Image a = image_of(*now, i), b = image_of(*raw, i);
        EXPECT_EQ(a.height, b.height);
        EXPECT_EQ(a.width, b.width);
    }
}

TEST_F(PackTest, WorkersChangeNoByte) {
    write({.short_side = 10, .as = PackedAs::raw, .workers = 1});
    const std::string one = content();
    for (const int workers : {2, 5}) {
        write({.short_side = 10, .as = PackedAs::raw, .workers = workers});
        EXPECT_TRUE(content() == one) << workers;
    }
}

TEST_F(PackTest, TrainingImagesLieInAnOrderThatTheSeedDraws) {
    write({.seed = 1});
    const std::vector<uint32_t> order = packed()->reading_order(), val = packed(Split::val)->reading_order();
    std::vector<uint32_t> sorted = order;
    std::ranges::sort(sorted);
    EXPECT_NE(order, sorted);
    EXPECT_EQ(sorted.size(), packed()->size());
    EXPECT_EQ(val, (std::vector<uint32_t>{0, 1, 2}));
    write({.seed = 2});
    EXPECT_NE(packed()->reading_order(), order);
}

TEST_F(PackTest, WhatIsHeldBackIsThatOfTheUnpackedData) {
    write();
    const HeldBack before = hold_back(unpacked(), {0.4, 7}), now = hold_back(packed(), {0.4, 7});
    EXPECT_EQ(now.fingerprint(), before.fingerprint());
    for (const auto& part : {now.training, now.validation}) {
        std::vector<uint32_t> order = part->reading_order();
        part->will_need(order);
        std::ranges::sort(order);
        ASSERT_EQ(order.size(), part->size());
        for (uint32_t i = 0; i < order.size(); ++i)
            EXPECT_EQ(order[i], i);
    }
}

TEST_F(PackTest, PackingAPackGivesTheSameImages) {
    write();
    const std::atomic<bool> stop = false;
    write_pack(
        folder_ / "b.pack", {{Split::train, packed()}, {Split::val, packed(Split::val)}}, {},
        [](int64_t, int64_t) {}, stop);
    EXPECT_TRUE(content("b.pack") == content());
}

TEST_F(PackTest, DataWithoutPartsAreOneSetWhateverTheSplit) {
    const std::atomic<bool> stop = false;
    write_pack(
        folder_ / "one.pack", {{Split::train, unpacked()}}, {}, [](int64_t, int64_t) {}, stop);
    EXPECT_FALSE(has_splits("pack:" + (folder_ / "one.pack").string()));
    EXPECT_EQ(packed(Split::val, "one.pack")->size(), unpacked()->size());
    write();
    EXPECT_TRUE(has_splits("pack:" + (folder_ / "a.pack").string()));
    EXPECT_TRUE(has_splits("pack:/nowhere/at/all.pack"));
}

TEST_F(PackTest, ImagesThatCannotBeReadAreNamedAndLeftOut) {
    test::write_content(folder_ / "images/train/cat/2.ppm", "P6 9 9 255\nshort");
    const test::CapturedLog log;
    EXPECT_EQ(write().unreadable, 1);
    EXPECT_THAT(log.text(), HasSubstr("cat/2.ppm"));
    EXPECT_EQ(packed()->size() + 1, unpacked()->size());
    for (size_t i = 0; i < packed()->size(); ++i)
        EXPECT_THAT(packed()->name(i), testing::Not(HasSubstr("cat/2.ppm")));
}

TEST_F(PackTest, ADamagedRecordIsAnImageThatCannotBeRead) {
    write({.as = PackedAs::raw});
    const auto before = unpacked();
    const std::string whole = content();
    const std::vector<uint32_t> order = packed()->reading_order();
    // The first byte behind the header is one of the image that lies first.
    for (const size_t place : {pack_header_bytes, pack_header_bytes + 50}) {
        std::string damaged = whole;
        damaged[place] = static_cast<char>(damaged[place] ^ 1);
        test::write_content(folder_ / "a.pack", damaged);
        const auto now = packed();
        const std::string said = test::message_of<image::ImageError>([&] { now->sample(order[0]); });
        EXPECT_THAT(said, HasSubstr(now->name(order[0])));
        EXPECT_THAT(said, HasSubstr("is damaged: copy it again, or pack"));
        for (size_t i = 1; i < order.size(); ++i)
            expect_same(image_of(*now, order[i]), image_of(*before, order[i]), now->name(order[i]));

        LoaderOptions options;
        options.batch_size = 4;
        options.input_size = 8;
        const test::CapturedLog log;
        Loader loader(now, options);
        for (int batch = 0; batch < 12; ++batch)
            EXPECT_EQ(loader.next()->count, 4);
        EXPECT_EQ(loader.failures(), 1);
    }
}

TEST_F(PackTest, AFlippedByteOfTheHeaderOrIndexIsAnErrorThatSaysWhatToDo) {
    write();
    const std::string whole = content();
    uint64_t index = 0;
    std::memcpy(&index, &whole[24], sizeof index);
    std::vector<size_t> places;
    for (size_t place = 0; place < pack_header_bytes; ++place)
        places.push_back(place);
    for (size_t place = index; place < whole.size(); place += 7)
        places.push_back(place);
    for (const size_t place : places) {
        std::string damaged = whole;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
        EXPECT_THAT(refused(damaged), HasSubstr("vkmbv3 pack SPEC FILE")) << place;
    }
}

TEST_F(PackTest, AFileThatIsCutOffIsAnErrorThatSaysWhatToDo) {
    write();
    const std::string whole = content();
    for (size_t bytes = 0; bytes < whole.size(); bytes += bytes < 80 ? 1 : 97)
        EXPECT_THAT(refused(std::string_view(whole).substr(0, bytes)), HasSubstr("vkmbv3 pack SPEC FILE"))
            << bytes;
    EXPECT_THAT(refused(whole.substr(0, whole.size() - 1)),
                HasSubstr(fmt::format("is cut off after {} of {} bytes", whole.size() - 1, whole.size())));
    EXPECT_THAT(refused(whole + "x"), HasSubstr("and should have"));
    EXPECT_THAT(refused("no pack file at all"), HasSubstr("is no pack file"));
}

TEST_F(PackTest, AnotherVersionIsNamed) {
    write();
    std::string whole = content();
    const auto header = encode(PackHeader{.version = 7});
    std::memcpy(whole.data(), header.data(), header.size());
    EXPECT_THAT(refused(whole), HasSubstr("is a pack file of version 7 and this program reads version 1"));
}

TEST_F(PackTest, AFullDiskKeepsTheFileThatWasThere) {
    write();
    const std::string before = content();
    {
        const test::FileSizeLimit limit(3000);
        EXPECT_THROW(write({.as = PackedAs::raw}), FileError);
    }
    EXPECT_TRUE(content() == before);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 2);
}

TEST_F(PackTest, StoppingLeavesNothing) {
    std::atomic<bool> stop = false;
    const auto written = write_pack(
        folder_ / "a.pack", {{Split::train, unpacked()}}, {},
        [&](int64_t done, int64_t) { stop = done == 3; }, stop);
    EXPECT_FALSE(written.has_value());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(PackTest, WhatMustNotBeWrittenIsRefused) {
    test::write_content(folder_ / "a.pack", "somebody's notes");
    EXPECT_THAT(test::message_of<FileError>([&] { write(); }), HasSubstr("is there and is no pack file"));
    EXPECT_EQ(content(), "somebody's notes");
    const std::atomic<bool> stop = false;
    EXPECT_THROW(write_pack(
                     folder_ / "b.pack", {{Split::train, open_dataset("synthetic:20", Split::train, {})}}, {},
                     [](int64_t, int64_t) {}, stop),
                 DatasetError);
}

}  // namespace
}  // namespace vkm::train
