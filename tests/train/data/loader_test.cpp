#include <image/crop.h>
#include <train/data/epoch_order.h>
#include <train/data/loader.h>
#include <train/data/synthetic.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <thread>

#include "support/captured_log.h"

namespace vkm::train {
namespace {

/// Gives images of one grey, the index, some of which cannot be read. Sizes differ unless they are drawings.
class FakeDataset : public Dataset {
  public:
    explicit FakeDataset(size_t size, SampleKind kind = SampleKind::drawing, std::set<size_t> broken = {})
        : size_(size), kind_(kind), broken_(std::move(broken)) {}

    size_t size() const override { return size_; }
    int num_classes() const override { return 10; }
    const std::vector<std::string>& class_names() const override { return names_; }
    SampleKind kind() const override { return kind_; }
    int label(size_t index) const override { return static_cast<int>(index % 10); }
    std::string name(size_t index) const override { return "fake " + std::to_string(index); }

    Sample sample(size_t index) const override {
        ++reads;
        if (index == fatal) throw std::runtime_error("out of luck");
        if (broken_.contains(index)) throw image::ImageError("{}: broken", name(index));
        if (index % 3 == 0) std::this_thread::yield();  // workers overtake one another
        const int side =
            kind_ == SampleKind::photograph ? 5 + static_cast<int>(index % 7) : side_at_input_size;
        const auto values = static_cast<size_t>(3 * side * side);
        if (kind_ == SampleKind::tensor)
            return image::FloatImage{side, side, std::vector<float>(values, static_cast<float>(index))};
        image::Image image{side, side, std::vector<uint8_t>(values, static_cast<uint8_t>(index))};
        if (kind_ == SampleKind::photograph) {
            for (size_t i = 0; i < values; ++i)
                image.rgb[i] = static_cast<uint8_t>(index * 31 + i * 7);
        }
        return image;
    }

    mutable std::atomic<int> reads = 0;
    size_t fatal = SIZE_MAX;
    int side_at_input_size = 4;

  private:
    size_t size_;
    SampleKind kind_;
    std::set<size_t> broken_;
    std::vector<std::string> names_;
};

LoaderOptions options_of(LoaderMode mode, int batch_size) {
    LoaderOptions options;
    options.mode = mode;
    options.batch_size = batch_size;
    options.input_size = 4;
    options.crop_pct = 1;
    options.workers = 3;
    options.seed = 5;
    return options;
}

/// Holds what a batch held, copied out of the ring.
struct Seen {
    int64_t epoch, number;
    int count;
    std::vector<int32_t> labels;
    std::vector<uint32_t> indices;
    std::vector<std::byte> pixels;
    std::vector<Source> sources;  ///< of photographs

    bool operator==(const Seen&) const = default;
};

Seen copy_of(const Batch& b) {
    const auto bytes = b.pixel_bytes();
    const auto* const sources = std::get_if<std::vector<Source>>(&b.pixels);
    return {b.epoch,
            b.number,
            b.count,
            b.labels,
            b.indices,
            {bytes.begin(), bytes.end()},
            sources ? *sources : std::vector<Source>{}};
}

std::vector<Seen> take(Loader& loader, size_t batches) {
    std::vector<Seen> seen;
    while (seen.size() < batches) {
        const Loader::Lease batch = loader.next();
        if (!batch) break;
        seen.push_back(copy_of(*batch));
    }
    return seen;
}

std::vector<Seen> take(const std::shared_ptr<const Dataset>& set, const LoaderOptions& options,
                       size_t batches) {
    Loader loader(set, options);
    return take(loader, batches);
}

TEST(LoaderTest, EvaluationDeliversEverySampleOnceAndPadsTheLastBatch) {
    const auto set = std::make_shared<FakeDataset>(11);
    Loader loader(set, options_of(LoaderMode::evaluation, 4));
    EXPECT_EQ(loader.batches_per_epoch(), 3);
    const std::vector<Seen> seen = take(loader, 100);
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].indices, (std::vector<uint32_t>{0, 1, 2, 3}));
    EXPECT_EQ(seen[0].labels, (std::vector<int32_t>{0, 1, 2, 3}));
    EXPECT_EQ(seen[2].count, 3);
    EXPECT_EQ(seen[2].labels, (std::vector<int32_t>{8, 9, 0, -1}));
    const std::vector<std::byte>& pixels = seen[2].pixels;
    ASSERT_EQ(pixels.size(), 4u * 48);
    for (size_t row = 0; row < 4; ++row) {
        const auto expected = static_cast<std::byte>(row < 3 ? 8 + row : 0);
        EXPECT_TRUE(std::all_of(&pixels[48 * row], &pixels[48 * row] + 48,
                                [&](std::byte b) { return b == expected; }));
    }
    EXPECT_EQ(loader.next(), nullptr) << "the end stays the end";
}

TEST(LoaderTest, TrainingGoesThroughShuffledEpochsOfFullBatches) {
    const auto set = std::make_shared<FakeDataset>(22);
    const LoaderOptions options = options_of(LoaderMode::training, 5);
    const std::vector<Seen> seen = take(set, options, 12);
    for (size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i].epoch, static_cast<int64_t>(i / 4));
        EXPECT_EQ(seen[i].number, static_cast<int64_t>(i % 4));
        EXPECT_EQ(seen[i].count, 5);
        const std::vector<uint32_t> order = epoch_order(22, true, 5, i / 4);
        const auto begin = order.begin() + static_cast<ptrdiff_t>(i % 4 * 5);
        EXPECT_EQ(seen[i].indices, std::vector<uint32_t>(begin, begin + 5));
    }
}

TEST(LoaderTest, UnshuffledTrainingKeepsTheOrder) {
    LoaderOptions options = options_of(LoaderMode::training, 2);
    options.shuffle = false;
    const std::vector<Seen> seen = take(std::make_shared<FakeDataset>(5), options, 3);
    EXPECT_EQ(seen[1].indices, (std::vector<uint32_t>{2, 3}));
    EXPECT_EQ(seen[2].indices, (std::vector<uint32_t>{0, 1}));
    EXPECT_EQ(seen[2].epoch, 1);
}

TEST(LoaderTest, WorkersAndRingDoNotChangeWhatIsDelivered) {
    const auto set = std::make_shared<FakeDataset>(50, SampleKind::photograph, std::set<size_t>{3, 4, 17});
    LoaderOptions options = options_of(LoaderMode::training, 7);
    options.augmentation.crop = Crop::random_resized;
    const test::CapturedLog warnings;
    options.workers = 1;
    const std::vector<Seen> expected = take(set, options, 20);
    for (const int workers : {2, 5}) {
        options.workers = workers;
        options.batches_ahead = workers;
        EXPECT_EQ(take(set, options, 20), expected) << workers << " workers";
    }
}

TEST(LoaderTest, StartingLaterGivesTheSameBatches) {
    const auto set = std::make_shared<FakeDataset>(50, SampleKind::photograph, std::set<size_t>{8, 9});
    LoaderOptions options = options_of(LoaderMode::training, 8);
    options.augmentation.crop = Crop::random_resized;
    const test::CapturedLog warnings;
    const std::vector<Seen> all = take(set, options, 18);
    for (const size_t start : {size_t{4}, size_t{6}, size_t{11}}) {
        options.epoch = static_cast<int64_t>(start / 6);
        options.batch = static_cast<int64_t>(start % 6);
        EXPECT_EQ(take(set, options, 18 - start),
                  std::vector<Seen>(all.begin() + static_cast<ptrdiff_t>(start), all.end()));
    }
    options.epoch = 0;
    options.batch = 6;  // the end of an epoch is the start of the next
    EXPECT_EQ(take(set, options, 1).front(), all[6]);
}

TEST(LoaderTest, RowsOfTheProcessesTogetherAreTheBatch) {
    const auto set = std::make_shared<FakeDataset>(30, SampleKind::drawing, std::set<size_t>{12});
    LoaderOptions options = options_of(LoaderMode::training, 10);
    const test::CapturedLog warnings;
    const std::vector<Seen> whole = take(set, options, 6);
    options.row_count = 4;
    const std::vector<Seen> first = take(set, options, 6);
    options.first_row = 4;
    options.row_count = 0;
    const std::vector<Seen> second = take(set, options, 6);
    for (size_t i = 0; i < whole.size(); ++i) {
        ASSERT_EQ(first[i].count, 4);
        ASSERT_EQ(second[i].count, 6);
        std::vector<uint32_t> joined = first[i].indices;
        joined.insert(joined.end(), second[i].indices.begin(), second[i].indices.end());
        EXPECT_EQ(joined, whole[i].indices);
    }
}

TEST(LoaderTest, ARowRangeBeyondThePartialBatchIsEmpty) {
    LoaderOptions options = options_of(LoaderMode::evaluation, 4);
    options.first_row = 2;
    const std::vector<Seen> seen = take(std::make_shared<FakeDataset>(5), options, 5);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].indices, (std::vector<uint32_t>{2, 3}));
    EXPECT_EQ(seen[1].count, 0);
}

TEST(LoaderTest, TrainingPutsTheNextReadableSampleInTheRowOfABrokenOne) {
    const auto set = std::make_shared<FakeDataset>(8, SampleKind::drawing, std::set<size_t>{2, 3, 7});
    LoaderOptions options = options_of(LoaderMode::training, 4);
    options.shuffle = false;
    const test::CapturedLog warnings;
    Loader loader(set, options);
    const std::vector<Seen> seen = take(loader, 2);
    EXPECT_EQ(seen[0].indices, (std::vector<uint32_t>{0, 1, 4, 4}));
    EXPECT_EQ(seen[0].labels, (std::vector<int32_t>{0, 1, 4, 4}));
    EXPECT_EQ(seen[1].indices, (std::vector<uint32_t>{4, 5, 6, 0})) << "the order goes round";
    EXPECT_EQ(warnings.text(), "fake 2: broken\nfake 3: broken\nfake 7: broken\n");
    EXPECT_EQ(loader.failures(), 3);
}

TEST(LoaderTest, EvaluationLeavesBrokenSamplesOutAndCountsThem) {
    const auto set = std::make_shared<FakeDataset>(10, SampleKind::drawing, std::set<size_t>{0, 2, 9});
    LoaderOptions options = options_of(LoaderMode::evaluation, 5);
    const test::CapturedLog warnings;
    Loader loader(set, options);
    const std::vector<Seen> seen = take(loader, 5);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].count, 3);
    EXPECT_EQ(seen[0].indices, (std::vector<uint32_t>{1, 3, 4, 0, 0}));
    EXPECT_EQ(seen[0].labels, (std::vector<int32_t>{1, 3, 4, -1, -1}));
    EXPECT_EQ(seen[0].pixels[0], std::byte{1});
    EXPECT_EQ(seen[0].pixels[3 * 48], std::byte{0});
    EXPECT_EQ(seen[1].count, 4);
    EXPECT_EQ(loader.failures(), 3);
}

TEST(LoaderTest, LoadersThatShareTheListNameAndCountABrokenSampleOnce) {
    const auto set = std::make_shared<FakeDataset>(8, SampleKind::drawing, std::set<size_t>{2, 7});
    LoaderOptions options = options_of(LoaderMode::training, 4);
    options.unreadable = std::make_shared<UnreadableImages>();
    const test::CapturedLog log;
    Loader training(set, options);
    take(training, 10);  // five epochs
    EXPECT_EQ(training.failures(), 2);
    options.mode = LoaderMode::evaluation;
    options.end_epoch = -1;
    for (int epoch = 0; epoch < 2; ++epoch) {
        Loader evaluation(set, options);
        take(evaluation, 10);
    }
    EXPECT_EQ(options.unreadable->count(), 2);
    EXPECT_THAT(log.text(),
                testing::AnyOf("fake 2: broken\nfake 7: broken\n", "fake 7: broken\nfake 2: broken\n"));
}

TEST(LoaderTest, EvaluationOfWhatIsKnownToBeBrokenFailsAsAtFirst) {
    const auto set = std::make_shared<FakeDataset>(2, SampleKind::drawing, std::set<size_t>{0, 1});
    LoaderOptions options = options_of(LoaderMode::evaluation, 4);
    options.unreadable = std::make_shared<UnreadableImages>();
    const test::CapturedLog log;
    for (int epoch = 0; epoch < 2; ++epoch) {
        Loader loader(set, options);
        EXPECT_THROW(take(loader, 10), DatasetError);
    }
}

TEST(LoaderTest, StopsWhereNothingCanBeRead) {
    std::set<size_t> all;
    for (size_t i = 0; i < 300; ++i)
        all.insert(i);
    const auto set = std::make_shared<FakeDataset>(300, SampleKind::drawing, all);
    LoaderOptions options = options_of(LoaderMode::training, 4);
    const test::CapturedLog warnings;
    Loader training(set, options);
    EXPECT_THROW(training.next(), DatasetError);
    EXPECT_THROW(training.next(), DatasetError) << "it stays failed";
    options.mode = LoaderMode::evaluation;
    Loader evaluation(set, options);
    EXPECT_THROW(take(evaluation, 1000), DatasetError);
}

TEST(LoaderTest, ExceptionsOfWorkersReachTheConsumerInOrder) {
    const auto set = std::make_shared<FakeDataset>(20);
    set->fatal = 9;
    Loader loader(set, options_of(LoaderMode::evaluation, 4));
    EXPECT_EQ(take(loader, 2).size(), 2u) << "the batches before it are delivered";
    EXPECT_THROW(loader.next(), std::runtime_error);
}

TEST(LoaderTest, DeliversNormalisedTensorsAsTheyAre) {
    const std::vector<Seen> seen =
        take(std::make_shared<FakeDataset>(6, SampleKind::tensor), options_of(LoaderMode::evaluation, 4), 5);
    ASSERT_EQ(seen.size(), 2u);
    ASSERT_EQ(seen[1].pixels.size(), 4u * 48 * sizeof(float));
    float value = 0;
    std::memcpy(&value, &seen[1].pixels[48 * sizeof(float)], sizeof value);
    EXPECT_EQ(value, 5.0f);
}

TEST(LoaderTest, PhotographsAreToBeResizedAndCroppedAsEvaluationDoes) {
    const auto set = std::make_shared<FakeDataset>(9, SampleKind::photograph);
    LoaderOptions options = options_of(LoaderMode::evaluation, 9);
    options.crop_pct = 0.8;
    const std::vector<Seen> seen = take(set, options, 1);
    for (size_t i = 0; i < 9; ++i) {
        const image::Image image = std::get<image::Image>(set->sample(i));
        Framing framing;
        framing.cut = {0, 0, image.height, image.width};
        framing.resize = image::evaluation_crop(image.height, image.width, 4, 0.8);
        Source expected;
        frame(expected, source_layout(4), framing, image, framing.cut);
        EXPECT_TRUE(seen[0].sources[i] == expected) << i;
    }
}

TEST(LoaderTest, RandomCropsChangeWithTheEpoch) {
    const auto set = std::make_shared<FakeDataset>(8, SampleKind::photograph);
    LoaderOptions options = options_of(LoaderMode::training, 8);
    options.shuffle = false;
    options.augmentation.crop = Crop::random_resized;
    const std::vector<Seen> seen = take(set, options, 2);
    EXPECT_EQ(seen[0].indices, seen[1].indices);
    EXPECT_NE(seen[0].sources, seen[1].sources);
}

TEST(LoaderTest, HoldsNoMoreThanItsRingAndUsesItOverAndOver) {
    const auto set = std::make_shared<FakeDataset>(1000);
    LoaderOptions options = options_of(LoaderMode::training, 10);
    options.batches_ahead = 3;
    Loader loader(set, options);
    std::set<const void*> buffers;
    for (int i = 0; i < 50; ++i) {
        const Loader::Lease batch = loader.next();
        buffers.insert(batch->pixel_bytes().data());
        EXPECT_LE(set->reads, 10 * (i + 3));
    }
    EXPECT_LE(buffers.size(), 3u);
}

TEST(LoaderTest, ALeaseKeepsItsBatchFromBeingOverwritten) {
    const auto set = std::make_shared<FakeDataset>(1000);
    LoaderOptions options = options_of(LoaderMode::training, 10);
    Loader::Lease kept;
    Seen before{};
    {
        Loader loader(set, options);
        kept = loader.next();
        before = copy_of(*kept);
        take(loader, 20);
        EXPECT_EQ(copy_of(*kept), before);
    }
    EXPECT_EQ(copy_of(*kept), before) << "and outlives the loader";
}

TEST(LoaderTest, StopsCleanlyAtAnyMoment) {
    const auto set = std::make_shared<Synthetic>(500, Split::train, 4, 0);
    for (size_t batches = 0; batches < 20; ++batches) {
        LoaderOptions options = options_of(LoaderMode::training, 16);
        options.workers = 4;
        EXPECT_EQ(take(set, options, batches).size(), batches);
    }
}

TEST(LoaderTest, SaysWhatDoesNotFit) {
    const auto set = std::make_shared<FakeDataset>(10);
    const auto expect_error = [&](auto change) {
        LoaderOptions options = options_of(LoaderMode::training, 4);
        change(options);
        EXPECT_THROW(Loader(set, options), Error);
    };
    expect_error([](LoaderOptions& o) { o.batch_size = 11; });
    expect_error([](LoaderOptions& o) { o.batch_size = 0; });
    expect_error([](LoaderOptions& o) { o.input_size = 0; });
    expect_error([](LoaderOptions& o) { o.crop_pct = 1.5; });
    expect_error([](LoaderOptions& o) { o.workers = -1; });
    expect_error([](LoaderOptions& o) { o.batches_ahead = 1; });
    expect_error([](LoaderOptions& o) { o.first_row = 4; });
    expect_error([](LoaderOptions& o) { o.row_count = 5; });
    expect_error([](LoaderOptions& o) { o.batch = 3; });
    EXPECT_THROW(Loader(std::make_shared<FakeDataset>(0), options_of(LoaderMode::evaluation, 4)),
                 DatasetError);

    LoaderOptions larger = options_of(LoaderMode::training, 4);
    larger.input_size = 8;
    Loader loader(set, larger);
    EXPECT_THROW(loader.next(), DatasetError) << "drawings are not resized";
}

}  // namespace
}  // namespace vkm::train
