#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Is one end of the way of a value from the device that makes it to those that read it. `number`: of the way, the
/// same at all its ends. Devices make transfers in the order of their numbers.
struct HandOver {
    size_t number = 0;
    bool gives = false;  ///< the end that has the value
};

/// Hands input 0 to the devices that take it under this number.
std::shared_ptr<const Operator> give(size_t number);

/// Makes output 0, of this type, what another device gives under this number.
std::shared_ptr<const Operator> take(size_t number, const TensorType&);

}  // namespace vkm::graph::ops
