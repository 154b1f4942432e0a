#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Names what a case asks of a device.
struct CaseWork {
    std::string model, mode, precision;
    int64_t batch = 1;
    double operations = 0;  ///< of one run: multiply-adds, or whatever grows as they do
};

struct CaseCost {
    double setup = 0;  ///< seconds before the first run
    double run = 0;    ///< seconds of one
};

/// Foretells what a case will cost from those that were run. Pure.
class CostEstimate {
  public:
    void add(const CaseWork&, const CaseCost&);
    /// Scales the nearest known case: of the same mode rather than of the same model, and of the same model rather than
    /// of the same precision. Nothing where none is known.
    std::optional<CaseCost> of(const CaseWork&) const;

  private:
    struct Known {
        CaseWork work;
        CaseCost cost;
    };
    double setup_of(const CaseWork&, const Known& nearest) const;

    std::vector<Known> known_;
};

}  // namespace vkm::bench
