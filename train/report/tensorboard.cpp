#include <base/checksum.h>
#include <train/report/tensorboard.h>

#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstring>
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
constexpr uint32_t summary_value = 1, value_tag = 1, value_simple = 2, session_status = 1;
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

/// Returns a name TensorBoard looks for. The counter keeps two files of one second and process apart.
std::string file_name() {
    static std::atomic<unsigned> counter = 0;
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host = {"localhost"};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return fmt::format("events.out.tfevents.{}.{}.{}.{}",
                       std::chrono::duration_cast<std::chrono::seconds>(now).count(), host.data(), ::getpid(),
                       counter++);
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

void TensorBoard::write(uint64_t step, std::span<const Scalar> scalars) {
    std::string summary;
    for (const Scalar& scalar : scalars)
        summary +=
            bytes_field(summary_value, bytes_field(value_tag, scalar.tag) +
                                           float_field(value_simple, static_cast<float>(scalar.value)));
    append_record(file_, wall_time() + integer_field(event_step, step) + bytes_field(event_summary, summary));
}

}  // namespace vkm::train
