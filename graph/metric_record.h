#pragma once

#include <base/error.h>
#include <graph/tensor.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

namespace vkm::graph {

/// Describes a metric whose elements have names: a struct of floats, declared beside the
/// operator that computes it.
template <typename Record>
concept MetricRecord = std::is_trivially_copyable_v<Record> && sizeof(Record) % sizeof(float) == 0;

/// Returns the type of the value that holds such a record.
template <MetricRecord Record>
TensorType record_type() {
    return channel_vector(static_cast<int64_t>(sizeof(Record) / sizeof(float)));
}

/// Returns the record that a metric's stored bytes hold. Throws Error where they are of another size.
template <MetricRecord Record>
Record read_record(std::span<const std::byte> stored) {
    if (static_cast<int64_t>(stored.size()) != record_type<Record>().bytes())
        throw Error("a metric of {} bytes is not the record of {} that was expected", stored.size(),
                    record_type<Record>().bytes());
    Record record;
    std::memcpy(&record, stored.data(), sizeof record);
    return record;
}

}  // namespace vkm::graph
