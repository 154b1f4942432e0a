#pragma once

#include <graph/flat_buffers.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vkm::test {

/// Returns the names of a flat buffer's tensors, as they lie in it.
inline std::vector<std::string> names_by_offset(const graph::Graph& graph, graph::Role role) {
    std::vector<const graph::Value*> views;
    for (const graph::Value& value : graph.values())
        if (value.role == role && value.view_of != graph::no_value) views.push_back(&value);
    std::ranges::sort(views, {}, &graph::Value::view_offset);
    std::vector<std::string> names;
    for (const graph::Value* view : views)
        names.push_back(view->name);
    return names;
}

/// Expects that views of a flat buffer begin where Vulkan lets a binding begin, in a half-precision copy too,
/// lie inside and do not overlap.
inline void expect_sound_layout(const graph::Graph& graph, graph::Role role) {
    const graph::ValueId flat = graph::flat_buffer(graph, role);
    ASSERT_NE(flat, graph::no_value);
    std::vector<bool> taken(static_cast<size_t>(graph.type(flat).bytes()), false);
    for (const graph::Value& value : graph.values()) {
        if (value.role != role || value.view_of == graph::no_value) continue;
        SCOPED_TRACE(value.name);
        EXPECT_EQ(value.view_of, flat);
        EXPECT_EQ(value.view_offset % 512, 0);
        for (int64_t byte = value.view_offset; byte < value.view_offset + value.type.bytes(); ++byte) {
            ASSERT_LT(byte, graph.type(flat).bytes());
            ASSERT_FALSE(taken[static_cast<size_t>(byte)]) << "byte " << byte << " has two owners";
            taken[static_cast<size_t>(byte)] = true;
        }
    }
}

}  // namespace vkm::test
