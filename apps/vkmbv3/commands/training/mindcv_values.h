#pragma once

#include "cli/given_options.h"

#include <map>
#include <string>
#include <string_view>

namespace vkm::apps {

/// Holds what one of MindCV's yaml files says, with the defaults of MindCV's program for keys that it lacks.
class MindcvValues {
  public:
    /// Throws UsageError where a key is unknown, stands twice, or cannot have the value that it has.
    MindcvValues(const OptionValues& file, std::string path);

    const std::string& path() const { return path_; }
    bool in_file(std::string_view key) const { return values_.contains(key); }

    std::string text(std::string_view key) const;
    std::string lower(std::string_view key) const;  ///< in lower case
    bool none(std::string_view key) const;
    /// Return a value that is one. Throw UsageError where it is none.
    bool truth(std::string_view key) const;
    double number(std::string_view key) const;

    /// Throws UsageError: the key's value cannot be said here, and what to do.
    [[noreturn]] void refuse(std::string_view key, std::string_view what_to_do) const;
    /// Throws UsageError: two keys contradict each other.
    [[noreturn]] void contradict(std::string_view key, std::string_view other, std::string_view why) const;

  private:
    std::string path_;
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace vkm::apps
