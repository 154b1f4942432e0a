#pragma once

#include <graph/run/world.h>

#include <gtest/gtest.h>

#include <barrier>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <thread>

namespace vkm::test {

/// Stands for several processes by as many threads of this one.
class ThreadsWorld {
  public:
    explicit ThreadsWorld(size_t size)
        : barrier_(static_cast<std::ptrdiff_t>(size)), sent_(size), counts_(size) {
        for (size_t rank = 0; rank < size; ++rank)
            members_.push_back(std::make_unique<Member>(*this, rank));
    }

    size_t size() const { return members_.size(); }
    graph::World& member(size_t rank) { return *members_.at(rank); }

    /// Runs `work` once for each rank, all at the same time, and throws what one of them threw. All throw, or none.
    void run(const std::function<void(graph::World&)>& work) {
        std::vector<std::exception_ptr> failures(size());
        {
            std::vector<std::jthread> threads;
            for (const auto& member : members_)
                threads.emplace_back([&work, &member, &failure = failures[member->rank()]] {
                    try {
                        work(*member);
                    } catch (...) {
                        failure = std::current_exception();
                    }
                });
        }
        for (const std::exception_ptr& failure : failures)
            if (failure) std::rethrow_exception(failure);
    }

  private:
    class Member final : public graph::World {
      public:
        Member(ThreadsWorld& all, size_t rank) : all_(all), rank_(rank) {}

        size_t rank() const override { return rank_; }
        size_t size() const override { return all_.size(); }
        void all_gather(std::span<const std::byte> mine, std::span<const size_t> bytes,
                        std::span<std::byte> all) override {
            ASSERT_EQ(mine.size(), bytes[rank_]);
            ASSERT_EQ(std::accumulate(bytes.begin(), bytes.end(), size_t{0}), all.size());
            all_.meet(rank_, mine, bytes, [&] {
                for (size_t i = 0, at = 0; i < size(); at += bytes[i++]) {
                    ASSERT_EQ(all_.sent_[i].size(), bytes[i]);
                    copy(all.subspan(at, bytes[i]), all_.sent_[i]);
                }
            });
        }
        void all_to_all(std::span<const std::byte> to, std::span<const size_t> to_bytes,
                        std::span<std::byte> from, std::span<const size_t> from_bytes) override {
            all_.meet(rank_, to, to_bytes, [&] {
                for (size_t i = 0, at = 0; i < size(); at += from_bytes[i++]) {
                    const std::span<const size_t> sent = all_.counts_[i];
                    ASSERT_EQ(sent[rank_], from_bytes[i]);
                    const size_t before =
                        std::accumulate(sent.begin(), sent.begin() + static_cast<long>(rank_), size_t{0});
                    copy(from.subspan(at, from_bytes[i]), all_.sent_[i].subspan(before, from_bytes[i]));
                }
            });
        }

      private:
        static void copy(std::span<std::byte> to, std::span<const std::byte> from) {
            if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
        }

        ThreadsWorld& all_;
        size_t rank_;
    };

    // Lets everyone read what everyone has. Nobody goes on before all have read.
    void meet(size_t rank, std::span<const std::byte> sent, std::span<const size_t> counts,
              const std::function<void()>& read) {
        sent_[rank] = sent;
        counts_[rank] = counts;
        barrier_.arrive_and_wait();
        read();
        barrier_.arrive_and_wait();
    }

    std::barrier<> barrier_;
    std::vector<std::span<const std::byte>> sent_;
    std::vector<std::span<const size_t>> counts_;
    std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace vkm::test
