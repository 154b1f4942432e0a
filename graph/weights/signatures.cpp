#include <graph/weights/signatures.h>

#include <cstdint>
#include <cstring>
#include <optional>

namespace vkm::graph {
namespace {

/// Reads a number in base 128, and leaves what is behind it.
std::optional<uint64_t> number(std::span<const std::byte>& bytes) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<uint64_t>(bytes.front());
        bytes = bytes.subspan(1);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    return {};
}

/// Returns whether a message begins with a field, and leaves what is behind its key.
bool begins(std::span<const std::byte>& bytes, std::byte key) {
    if (bytes.empty() || bytes.front() != key) return false;
    bytes = bytes.subspan(1);
    return true;
}

constexpr std::byte varint_field_1{0x08}, text_field_1{0x0a}, field_2{0x12};

}  // namespace

// A value (field 1) whose first field, the tag, is text, and whose second is a tensor that begins with its
// shape or type. A TensorFlow graph's nodes have text there.
bool looks_like_mindspore(std::span<const std::byte> bytes) {
    if (!begins(bytes, text_field_1)) return false;
    const auto value = number(bytes);
    if (!value || *value > bytes.size() || !begins(bytes, text_field_1)) return false;
    const auto tag = number(bytes);
    if (!tag || *tag == 0 || *tag >= bytes.size()) return false;
    bytes = bytes.subspan(*tag);
    if (!begins(bytes, field_2) || !number(bytes) || bytes.empty()) return false;
    return bytes.front() == varint_field_1 || bytes.front() == text_field_1 || bytes.front() == field_2;
}

// The version of the format (field 1), which is small, and then another field.
bool looks_like_onnx(std::span<const std::byte> bytes) {
    constexpr uint64_t oldest = 3, newest = 64;  // TensorFlow's saved models begin with version 1
    if (!begins(bytes, varint_field_1)) return false;
    const auto version = number(bytes);
    constexpr auto is_field = [](std::byte key) {
        const auto field = static_cast<uint8_t>(key) >> 3, type = static_cast<uint8_t>(key) & 7;
        return field >= 2 && (type == 0 || type == 2);
    };
    return version && *version >= oldest && *version <= newest && !bytes.empty() && is_field(bytes.front());
}

bool looks_like_tflite(std::span<const std::byte> bytes) {
    return bytes.size() >= 8 && std::memcmp(bytes.data() + 4, "TFL3", 4) == 0;
}

}  // namespace vkm::graph
