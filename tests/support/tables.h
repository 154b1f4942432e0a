#pragma once

#include <graph/lower/lowering.h>

namespace vkm::test {

/// Returns the bytes of the constant tables that a program's kernels read: where partial results and their totals lie.
inline int64_t table_bytes(const graph::Program& program) {
    int64_t bytes = 0;
    for (const graph::ProgramBuffer& buffer : program.buffers)
        if (!buffer.contents.empty()) bytes += buffer.bytes;
    return bytes;
}

}  // namespace vkm::test
