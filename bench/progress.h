#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vkm::bench {

/// Says on stderr what is measured: one line at a time on a terminal, every line elsewhere.
class Progress {
  public:
    Progress(bool quiet, size_t total);
    ~Progress();
    Progress(const Progress&) = delete;

    void note(std::string_view text) const;
    /// Counts a benchmark that is done. Repetitions are not in `total`.
    void done(const std::string& name, const std::string& result);

  private:
    void show(const std::string& line) const;

    bool quiet_, terminal_;
    size_t total_, count_ = 0;
};

}  // namespace vkm::bench
