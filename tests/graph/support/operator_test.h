#pragma once

#include "devices.h"

#include <graph/graph.h>
#include <graph/operator.h>
#include <graph/reference/reference.h>

#include <functional>
#include <map>
#include <string>

namespace vkm::test {

/// Builds the network around the operator a test is about, and returns the output to look at.
/// Tensors of element type `dtype` come from differentiable() where a gradient is to be checked, and
/// from Graph::input where not.
using Build = std::function<graph::ValueId(graph::Graph&, graph::DType dtype)>;

/// Adds a tensor whose gradient the test checks. It is filled with N(0, 1) unless Options::fill has its name.
graph::ValueId differentiable(graph::Graph&, std::string name, graph::TensorType);

struct Options {
    double fp32_tolerance = 2e-5;  ///< of the largest magnitude in the tensor compared
    double fp16_tolerance = 4e-3;
    double negligible = 1e-6;  ///< the smallest magnitude that counts: gradients may be zero but for rounding
    bool fp32 = true, fp16 = true;  ///< with which storage
    bool gradients = true;
    graph::StepParams step;
    std::map<std::string, std::function<void(graph::HostTensor&)>> fill;
    std::function<graph::Graph(const graph::Graph&)> pass = {};  ///< applied to the network and its gradients
    std::function<std::vector<DeviceUnderTest>()> devices = devices_both_ways;
};

/// Runs the network forward and backward on every device and compares every value with the CPU reference. Of
/// devices_both_ways(), those that would take a path again are left to variants_wanted().
void expect_matches_reference(const Build&, const Options& = {});

/// Compares the reference's own gradients with central differences in double precision.
void expect_gradients_match_finite_differences(const Build&, const Options& = {});

/// Does both of the above.
void expect_operator_holds(const Build&, const Options& = {});

}  // namespace vkm::test
