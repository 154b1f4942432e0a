#include <base/random.h>
#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/image_files.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace vkm::train {
namespace {

/// Returns a record whose red, green and blue planes count up from different values.
std::string record(std::initializer_list<int> labels) {
    std::string bytes;
    for (const int label : labels)
        bytes += static_cast<char>(label);
    for (int channel = 0; channel < 3; ++channel) {
        for (int i = 0; i < 1024; ++i)
            bytes += static_cast<char>(i % 64 + 64 * channel);
    }
    return bytes;
}

std::string names(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += "class" + std::to_string(i) + "\n";
    return text + "\n";
}

class CifarTest : public testing::Test {
  protected:
    void write_cifar10(const std::string& folder) const {
        test::write_file(folder_ / (folder + "batches.meta.txt"), names(10));
        for (int i = 1; i <= 5; ++i) {
            test::write_file(folder_ / (folder + "data_batch_" + std::to_string(i) + ".bin"),
                             record({i}) + record({9}));
        }
        test::write_file(folder_ / (folder + "test_batch.bin"), record({0}));
    }
    std::string error_of() const {
        return test::message_of<DatasetError>(
            [&] { open_dataset("cifar10:" + folder_.path().string(), Split::train, {}); });
    }

    test::TemporaryFolder folder_;
};

TEST_F(CifarTest, ReadsTheFilesInOrderFromTheFolderOrItsParent) {
    for (const std::string& nested : {std::string(), std::string("cifar-10-batches-bin/")}) {
        write_cifar10(nested);
        const auto set = open_dataset("cifar10:" + folder_.path().string(), Split::train, {});
        ASSERT_EQ(set->size(), 10u);
        EXPECT_EQ(set->num_classes(), 10);
        EXPECT_EQ(set->class_names()[9], "class9");
        EXPECT_EQ(set->label(0), 1);
        EXPECT_EQ(set->label(8), 5);
        EXPECT_EQ(set->label(9), 9);
        const image::Image image = std::get<image::Image>(set->sample(3));
        EXPECT_EQ(image.height, 32);
        EXPECT_EQ(image.width, 32);
        const std::vector<uint8_t> second_row(image.rgb.begin() + 96, image.rgb.begin() + 102);
        EXPECT_EQ(second_row, (std::vector<uint8_t>{32, 96, 160, 33, 97, 161}));
        EXPECT_EQ(open_dataset("cifar10:" + folder_.path().string(), Split::val, {})->size(), 1u);
    }
}

TEST_F(CifarTest, Cifar100HasFineLabels) {
    test::write_file(folder_ / "fine_label_names.txt", names(100));
    test::write_file(folder_ / "train.bin", record({3, 77}));
    test::write_file(folder_ / "test.bin", record({4, 99}) + record({5, 0}));
    const std::string spec = "cifar100:" + folder_.path().string();
    EXPECT_EQ(open_dataset(spec, Split::train, {})->label(0), 77);
    const auto set = open_dataset(spec, Split::val, {});
    EXPECT_EQ(set->num_classes(), 100);
    EXPECT_EQ(set->label(1), 0);
    EXPECT_EQ(set->name(1), "cifar100 test image 1");
    EXPECT_EQ(std::get<image::Image>(set->sample(1)).rgb[0], 0);
}

TEST_F(CifarTest, SaysWhatIsWrongWithTheRelease) {
    EXPECT_THAT(error_of(), testing::HasSubstr("batches.meta.txt: cannot be read"));
    write_cifar10("");
    test::write_file(folder_ / "batches.meta.txt", names(9));
    EXPECT_THAT(error_of(), testing::HasSubstr("holds 9 class names instead of 10"));
    write_cifar10("");
    test::write_file(folder_ / "data_batch_2.bin", record({1}).substr(1));
    EXPECT_THAT(error_of(),
                testing::HasSubstr("data_batch_2.bin: is not a whole number of 3073-byte records"));
    test::write_file(folder_ / "data_batch_2.bin", "");
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_2.bin: is not a whole number"));
    test::write_file(folder_ / "data_batch_2.bin", record({1}) + record({10}));
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_2.bin: label 10 in record 1 is out of range"));
    std::filesystem::remove(folder_ / "data_batch_2.bin");
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_2.bin: cannot be read"));
}

TEST_F(CifarTest, DamagedFilesGiveLabelsInRangeOrAnError) {
    write_cifar10("");
    Random random(RandomStream::synthetic, {4});
    const std::string good = record({1}) + record({2});
    for (int round = 0; round < 200; ++round) {
        std::string damaged = good.substr(0, random.below(3) == 0 ? random.below(6146) : 6146);
        if (!damaged.empty())
            damaged[random.below(2) * 3073 % damaged.size()] = static_cast<char>(random.below(256));
        test::write_file(folder_ / "data_batch_1.bin", damaged);
        try {
            const auto set = open_dataset("cifar10:" + folder_.path().string(), Split::train, {});
            for (size_t i = 0; i < set->size(); ++i)
                ASSERT_LT(set->label(i), 10);
        } catch (const DatasetError& error) {
            ASSERT_THAT(error.what(), testing::HasSubstr("data_batch_1.bin"));
        }
    }
}

/// Writes both releases of the same images by Python itself, the pickles as several of its versions do.
constexpr const char* write_releases = R"(
import os, pickle, numpy
draw = numpy.random.RandomState(1)
def names(count): return ['class%d' % i for i in range(count)]
def binary(name, records): open(name, 'wb').write(b''.join(bytes(l) + p.tobytes() for l, p in records))
for protocol in (2, 3, 4, 5):
    for kind in ('', 'bytes'):
        text = (lambda s: s.encode()) if kind else (lambda s: s)
        dump = lambda name, value: pickle.dump(value, open(name, 'wb'), protocol)
        os.makedirs('%d%s/cifar-100-python' % (protocol, kind)); os.makedirs('%d%s/cifar-100-binary' % (protocol, kind))
        folder = '%d%s/' % (protocol, kind)
        dump(folder + 'cifar-100-python/meta', {text('fine_label_names'): [text(n) for n in names(100)], text('coarse_label_names'): []})
        open(folder + 'cifar-100-binary/fine_label_names.txt', 'w').write('\n'.join(names(100)))
        for part, count in (('train', 7), ('test', 3)):
            data = draw.randint(0, 256, (count, 3072)).astype(numpy.uint8)
            fine = [int(l) for l in draw.randint(0, 100, count)]
            dump(folder + 'cifar-100-python/' + part, {text('data'): data, text('fine_labels'): fine,
                 text('coarse_labels'): [0] * count, text('filenames'): [text('x.png')] * count, text('batch_label'): text('one')})
            binary(folder + 'cifar-100-binary/' + part + '.bin', [((0, l), p) for l, p in zip(fine, data)])
)";

TEST_F(CifarTest, ThePythonReleaseHoldsWhatTheBinaryOneDoes) {
    if (!test::run_python(folder_.path(), write_releases)) GTEST_SKIP() << "needs numpy (python3-numpy)";
    for (const char* written : {"2", "2bytes", "3", "3bytes", "4", "4bytes", "5", "5bytes"}) {
        SCOPED_TRACE(written);
        const std::filesystem::path folder = folder_ / written;
        for (const Split split : {Split::train, Split::val}) {
            const auto open = [&](const std::string& release) {
                return open_dataset("cifar100:" + (folder / release).string(), split, {});
            };
            const auto python = open("cifar-100-python"), binary = open("cifar-100-binary");
            ASSERT_EQ(python->size(), binary->size());
            EXPECT_EQ(python->class_names(), binary->class_names());
            for (size_t i = 0; i < python->size(); ++i) {
                EXPECT_EQ(python->label(i), binary->label(i));
                EXPECT_EQ(std::get<image::Image>(python->sample(i)).rgb,
                          std::get<image::Image>(binary->sample(i)).rgb);
            }
        }
    }
}

/// Returns a pickle as Python 2's cPickle writes it: a dict of a numpy array of bytes and a list of labels.
std::string python2_batch(const std::string& pixels, std::initializer_list<int> labels) {
    const auto text = [](const std::string& s) {
        return "U" + std::string(1, static_cast<char>(s.size())) + s;
    };
    std::string batch =
        "\x80\x02}(" + text("data") + "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK" +
        std::string(1, '\0') + "\x85" + text("b") + "tR(K\x01K" + static_cast<char>(labels.size()) + "M" +
        std::string("\x00\x0c", 2) +
        "\x86"
        "cnumpy\ndtype\n(" +
        text("u1") + "K" + std::string(1, '\0') + "K\x01tR(K\x03" + text("|") +
        "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK" + std::string(1, '\0') + "tb\x89T" +
        test::raw(static_cast<uint32_t>(pixels.size())) + pixels + "tb" + text("labels") + "](";
    for (const int label : labels)
        batch += "K" + std::string(1, static_cast<char>(label));
    return batch + "eu.";
}

TEST_F(CifarTest, ReadsWhatPython2WroteFromAnyLevelOfFolders) {
    const std::string release = "a/cifar-10-batches-py/";
    std::string meta = "\x80\x02}(U\x0blabel_names](";
    for (int i = 0; i < 10; ++i)
        meta +=
            "U\x06"
            "class" +
            std::to_string(i);
    test::write_file(folder_ / (release + "batches.meta"), meta + "eu.");
    for (const char* file :
         {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"})
        test::write_file(folder_ / (release + file),
                         python2_batch(record({3}).substr(1) + record({7}).substr(1), {3, 7}));
    for (const char* level : {".", "a", "a/cifar-10-batches-py"}) {
        const auto set = open_dataset("cifar10:" + (folder_ / level).string(), Split::train, {});
        EXPECT_EQ(set->size(), 10u);
        EXPECT_EQ(set->label(1), 7);
        EXPECT_EQ(set->class_names()[4], "class4");
        EXPECT_EQ(std::get<image::Image>(set->sample(0)).rgb[1], 64);
    }
    test::write_file(folder_ / (release + "data_batch_3"), python2_batch(record({3}).substr(1), {3, 7}));
    EXPECT_THAT(error_of(),
                testing::HasSubstr("data_batch_3: 3072 bytes of pixels are not those of its 2 labels"));
    test::write_file(folder_ / (release + "data_batch_3"), python2_batch(record({3}).substr(1), {13}));
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_3: label 13 in record 0 is out of range"));
    test::write_file(folder_ / (release + "data_batch_3"), "\x80\x02}(U");
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_3: pickle"));
    test::write_file(folder_ / (release + "data_batch_3"), "\x80\x02}.");
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_3: has no 'labels'"));
}

TEST_F(CifarTest, ArchivesAreToBeUnpacked) {
    const std::filesystem::path archive = test::write_file(folder_ / "cifar-10-python.tar.gz", "\x1f\x8b");
    EXPECT_THAT(error_of(), testing::HasSubstr("cifar-10-python.tar.gz: is an archive: unpack it (tar xf "));
    EXPECT_THAT(test::message_of<DatasetError>(
                    [&] { open_dataset("cifar10:" + archive.string(), Split::train, {}); }),
                testing::HasSubstr("is an archive: unpack it"));
}

}  // namespace
}  // namespace vkm::train
