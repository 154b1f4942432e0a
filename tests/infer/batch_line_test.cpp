#include <base/error.h>
#include <infer/batch_line.h>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace vkm::infer {
namespace {

/// Waits for a time that differs from image to image, so that threads overtake each other.
void dawdle(size_t number) {
    std::this_thread::sleep_for(std::chrono::microseconds(number * 7919 % 300));
}

/// Passes images through readers and runners, and returns what the consumer gets of each.
std::vector<double> pass(size_t images, size_t batch_size, int readers, int runners) {
    BatchLine line(images, batch_size, 1, static_cast<size_t>(runners) + 2);
    std::vector<std::thread> threads;
    for (int i = 0; i < readers; ++i)
        threads.emplace_back([&] {
            while (const auto row = line.take_row()) {
                dawdle(row->image());
                row->batch->pixels[row->index] = static_cast<uint8_t>(row->image() % 251);
                if (row->image() % 5 == 3) row->batch->problems[row->index] = Unclassified{"broken"};
                line.finish_row(*row);
            }
        });
    for (int i = 0; i < runners; ++i)
        threads.emplace_back([&] {
            while (BatchLine::Batch* const batch = line.take_batch(true)) {
                dawdle(batch->first + 1);
                for (size_t row = 0; row < batch->count; ++row)
                    batch->logits[row] = {static_cast<double>(batch->pixels[row])};
                line.finish_batch(*batch);
            }
        });
    std::vector<double> results;
    while (BatchLine::Batch* const batch = line.next()) {
        EXPECT_EQ(batch->first, results.size());
        for (size_t row = 0; row < batch->count; ++row)
            results.push_back(batch->problems[row] ? -1 : batch->logits[row].at(0));
        line.give_back(*batch);
    }
    for (std::thread& thread : threads)
        thread.join();
    return results;
}

TEST(BatchLineTest, GivesEveryImageOnceAndInOrder) {
    for (const size_t images : {0, 1, 7, 64}) {
        std::vector<double> expected;
        for (size_t i = 0; i < images; ++i)
            expected.push_back(i % 5 == 3 ? -1 : static_cast<double>(i % 251));
        for (const size_t batch_size : {1, 4, 100})
            for (const int threads : {1, 3})
                EXPECT_EQ(pass(images, batch_size, threads, threads), expected);
    }
}

TEST(BatchLineTest, HoldsNoMoreImagesThanItsBatches) {
    BatchLine line(1000, 4, 1, 3);
    for (int i = 0; i < 12; ++i)
        line.finish_row(*line.take_row());
    std::atomic<bool> taken = false;
    std::thread reader([&] {
        line.take_row();
        taken = true;
    });
    line.finish_batch(*line.take_batch(true));
    BatchLine::Batch* const first = line.next();
    EXPECT_FALSE(taken) << "every batch is in use";
    line.give_back(*first);
    reader.join();
    EXPECT_TRUE(taken);
    EXPECT_EQ(line.take_batch(false)->first, 4u);
    EXPECT_EQ(line.take_batch(false)->first, 8u);
    EXPECT_EQ(line.take_batch(false), nullptr) << "the next one is being read";
}

TEST(BatchLineTest, AFailureEndsEveryWait) {
    BatchLine line(10, 2, 1, 2);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        while (line.take_row()) {
        }
    });
    threads.emplace_back([&] { EXPECT_EQ(line.take_batch(true), nullptr); });
    line.stop(std::make_exception_ptr(Error("the device is lost")));
    line.stop(std::make_exception_ptr(Error("another")));
    try {
        line.next();
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "the device is lost");
    }
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace vkm::infer
