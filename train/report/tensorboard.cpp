#include <base/checksum.h>
#include <base/host.h>
#include <base/process.h>
#include <image/encode/png.h>
#include <train/report/tensorboard.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>

namespace vkm::train {
namespace {

template <typename T>
std::string raw(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

// Encodes a number for protocol buffers: a field is (number << 3 | wire type) as a varint, then its value.
std::string varint(uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7)
        bytes += static_cast<char>(value | 0x80);
    return bytes + static_cast<char>(value);
}
std::string integer_field(uint32_t number, uint64_t value) {
    return varint(number << 3) + varint(value);
}
std::string double_field(uint32_t number, double value) {
    return varint(number << 3 | 1) + raw(value);
}
std::string bytes_field(uint32_t number, std::string_view value) {
    return varint(number << 3 | 2) + varint(value.size()) + std::string(value);
}
std::string float_field(uint32_t number, float value) {
    return varint(number << 3 | 5) + raw(value);
}

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
constexpr uint32_t event_wall_time = 1, event_step = 2, event_file_version = 3, event_summary = 5,
                   event_session_log = 7;
constexpr uint32_t summary_value = 1, session_status = 1;
constexpr uint32_t value_tag = 1, value_simple = 2, value_image = 4, value_histogram = 5;
constexpr uint32_t image_height = 1, image_width = 2, image_colours = 3, image_file = 4;
constexpr uint32_t histogram_least = 1, histogram_most = 2, histogram_count = 3, histogram_sum = 4,
                   histogram_squares = 5, histogram_limits = 6, histogram_counts = 7;
constexpr uint64_t session_start = 1;

std::string wall_time() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return double_field(event_wall_time, std::chrono::duration<double>(now).count());
}

uint32_t masked_crc(std::string_view bytes) {
    return std::rotr(crc32c(std::as_bytes(std::span(bytes))), 15) + 0xa282ead8u;
}

void append_record(AppendFile& file, std::string_view event) {
    const std::string length = raw<uint64_t>(event.size());
    const std::string record = length + raw(masked_crc(length)) + std::string(event) + raw(masked_crc(event));
    file.append(std::as_bytes(std::span(record)));
}

/// Returns the buckets' largest values, in order.
const std::vector<double>& limits() {
    static const std::vector<double> all = [] {
        constexpr double least = 1e-12, most = 1e20, factor = 1.1;
        std::vector<double> positive;
        for (double limit = least; limit < most; limit *= factor)
            positive.push_back(limit);
        positive.push_back(std::numeric_limits<double>::max());
        std::vector<double> both;
        for (auto limit = positive.rbegin(); limit != positive.rend(); ++limit)
            both.push_back(-*limit);
        both.push_back(0);
        both.insert(both.end(), positive.begin(), positive.end());
        return both;
    }();
    return all;
}

/// Returns a name TensorBoard looks for. The counter keeps two files of one second and process apart.
std::string file_name() {
    static std::atomic<unsigned> counter = 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return fmt::format("events.out.tfevents.{}.{}.{}.{}",
                       std::chrono::duration_cast<std::chrono::seconds>(now).count(), host_name(),
                       process_id(), counter++);
}

}  // namespace

TensorBoard::TensorBoard(const std::filesystem::path& folder, std::optional<uint64_t> resumed_step)
    : file_(folder / file_name(), AppendFile::Existing::refuse) {
    append_record(file_, wall_time() + bytes_field(event_file_version, "brain.Event:2"));
    if (resumed_step)
        append_record(file_,
                      wall_time() + integer_field(event_step, *resumed_step + 1) +
                          bytes_field(event_session_log, integer_field(session_status, session_start)));
}

void TensorBoard::write_summary(uint64_t step, const std::string& values) {
    append_record(file_, wall_time() + integer_field(event_step, step) + bytes_field(event_summary, values));
}

void TensorBoard::write(uint64_t step, std::span<const Scalar> scalars) {
    std::string values;
    for (const Scalar& scalar : scalars)
        values += bytes_field(summary_value, bytes_field(value_tag, scalar.tag) +
                                                 float_field(value_simple, static_cast<float>(scalar.value)));
    write_summary(step, values);
}

void TensorBoard::write(uint64_t step, std::string_view tag, const Histogram& histogram) {
    std::string ends, counts;
    for (const Histogram::Bucket& bucket : histogram.buckets()) {
        ends += raw(bucket.limit);
        counts += raw(bucket.count);
    }
    write_summary(
        step, bytes_field(summary_value,
                          bytes_field(value_tag, tag) +
                              bytes_field(value_histogram,
                                          double_field(histogram_least, histogram.least()) +
                                              double_field(histogram_most, histogram.most()) +
                                              double_field(histogram_count, histogram.count()) +
                                              double_field(histogram_sum, histogram.sum()) +
                                              double_field(histogram_squares, histogram.sum_of_squares()) +
                                              bytes_field(histogram_limits, ends) +
                                              bytes_field(histogram_counts, counts))));
}

void TensorBoard::write(uint64_t step, std::string_view tag, const image::Image& image) {
    constexpr uint64_t rgb = 3;
    const std::vector<std::byte> file = image::encode_png(image);
    const std::string_view bytes{reinterpret_cast<const char*>(file.data()), file.size()};
    write_summary(
        step,
        bytes_field(summary_value,
                    bytes_field(value_tag, tag) +
                        bytes_field(value_image,
                                    integer_field(image_height, static_cast<uint64_t>(image.height)) +
                                        integer_field(image_width, static_cast<uint64_t>(image.width)) +
                                        integer_field(image_colours, rgb) + bytes_field(image_file, bytes))));
}

void Histogram::add(double value) {
    if (!std::isfinite(value)) {
        ++non_finite_;
        return;
    }
    least_ = count_ > 0 ? std::min(least_, value) : value;
    most_ = count_ > 0 ? std::max(most_, value) : value;
    ++count_;
    sum_ += value;
    squares_ += value * value;
    counts_.resize(limits().size());
    ++counts_[static_cast<size_t>(std::ranges::lower_bound(limits(), value) - limits().begin())];
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
    const auto holds = [](double count) { return count > 0; };
    const auto first = std::ranges::find_if(counts_, holds);
    const auto last = std::find_if(counts_.rbegin(), counts_.rend(), holds);
    std::vector<Bucket> list;
    if (first == counts_.end()) return list;
    const auto begin = static_cast<size_t>(first - counts_.begin());
    for (size_t i = begin > 0 ? begin - 1 : 0; i < static_cast<size_t>(counts_.rend() - last); ++i)
        list.push_back({limits()[i], counts_[i]});
    return list;
}

}  // namespace vkm::train
