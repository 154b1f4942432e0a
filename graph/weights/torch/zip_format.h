#pragma once

#include <cstddef>
#include <cstdint>

/// What the records of a zip archive begin with, and their bytes without names and extra fields (PKWARE's APPNOTE).
namespace vkm::graph::zip {

constexpr uint32_t local_header = 0x04034b50, central_header = 0x02014b50, end_record = 0x06054b50,
                   end_record64 = 0x06064b50, end_locator64 = 0x07064b50;
constexpr size_t local_header_bytes = 30, central_header_bytes = 46, end_record_bytes = 22,
                 end_record64_bytes = 56, end_locator64_bytes = 20;

}  // namespace vkm::graph::zip
