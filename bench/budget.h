#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::bench {

/// Shares a time out over parts that follow each other. What a part leaves goes to those after it. Looks at no clock but
/// the one it is given.
class Budget {
  public:
    using Clock = std::function<double()>;  ///< seconds since any time
    struct Part {
        std::string name;
        double weight = 1;  ///< of what is left when it begins, against the parts after it
    };

    /// The time begins now.
    Budget(double seconds, std::vector<Part>, Clock);

    /// Ends the part before. Throws vkm::Error where there is no such part, or where it was passed.
    void begin(std::string_view part);
    /// Returns the seconds that the current part still has, never less than 0. Before the first part it is nothing.
    double left() const;
    /// Returns the seconds that all parts together still have.
    double whole_left() const;
    /// Returns one case's share of the current part, where so many cases of it are left.
    double share(size_t cases) const;

  private:
    std::vector<Part> parts_;
    Clock clock_;
    double end_, part_end_;
    size_t next_ = 0;
};

}  // namespace vkm::bench
