#pragma once

#include <base/error.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace vkm::bench {

/// Reports that there are no photographs, or no weights for them, and which file would have them.
class NoPhotographs : public Error {
  public:
    using Error::Error;
};

/// Calls `take` with the name and content of every image file of a tar archive, in its order, until `take` returns false.
/// Throws NoPhotographs where it cannot be read or is no such archive.
void each_photograph(const std::filesystem::path& archive,
                     const std::function<bool(const std::string& name, std::span<const uint8_t>)>& take);

}  // namespace vkm::bench
