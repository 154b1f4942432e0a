#include <base/align.h>
#include <graph/lower/memory.h>

#include <algorithm>
#include <numeric>

namespace vkm::graph {

std::vector<Lifetime> lifetimes(const Program& program) {
    const auto commands = static_cast<int32_t>(program.commands.size());
    std::vector<Lifetime> result(program.buffers.size(), Lifetime{commands, -1});
    for (int32_t i = 0; i < commands; ++i)
        for (const Region& region : regions(program.commands[static_cast<size_t>(i)])) {
            Lifetime& life = result.at(static_cast<size_t>(region.buffer));
            life.first = std::min(life.first, i);
            life.last = std::max(life.last, i);
        }
    return result;
}

int64_t MemoryPlan::total_bytes() const {
    return std::accumulate(block_bytes.begin(), block_bytes.end(), int64_t{0});
}

namespace {

struct Placed {
    Lifetime life;
    int64_t begin, end;
};

// Returns the lowest offset where `bytes` fit beside what is alive then. `placed` is ordered by begin.
int64_t lowest_offset(const std::vector<Placed>& placed, const Lifetime& life, int64_t bytes) {
    int64_t offset = 0;
    for (const Placed& other : placed) {
        if (!other.life.overlaps(life)) continue;
        if (offset + bytes <= other.begin) break;
        offset = std::max(offset, other.end);
    }
    return offset;
}

}  // namespace

MemoryPlan plan_memory(const Program& program, int64_t block_bytes, int64_t alignment, bool keep) {
    std::vector<Lifetime> lives = lifetimes(program);
    MemoryPlan plan;
    plan.places.resize(program.buffers.size());
    std::vector<size_t> order;
    for (size_t i = 0; i < program.buffers.size(); ++i) {
        if (program.buffers[i].role != Role::activation || lives[i].empty()) continue;
        if (keep) lives[i].last = static_cast<int32_t>(program.commands.size());
        order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return program.buffers[a].bytes > program.buffers[b].bytes; });
    std::vector<std::vector<Placed>> blocks;
    for (const size_t i : order) {
        const int64_t bytes = align_up(program.buffers[i].bytes, alignment);
        if (bytes > block_bytes)
            throw OutOfDeviceMemory(
                "{} needs {} MiB in one piece and the device allocates at most {} MiB at once: "
                "use a smaller --batch-size",
                program.buffers[i].name, bytes >> 20, block_bytes >> 20);
        for (size_t block = 0;; ++block) {
            if (block == blocks.size()) {
                blocks.emplace_back();
                plan.block_bytes.push_back(0);
            }
            const int64_t offset = lowest_offset(blocks[block], lives[i], bytes);
            if (offset + bytes > block_bytes) continue;
            const Placed placed{lives[i], offset, offset + bytes};
            blocks[block].insert(
                std::upper_bound(blocks[block].begin(), blocks[block].end(), placed,
                                 [](const Placed& a, const Placed& b) { return a.begin < b.begin; }),
                placed);
            plan.places[i] = {static_cast<int32_t>(block), offset};
            plan.block_bytes[block] = std::max(plan.block_bytes[block], offset + bytes);
            break;
        }
    }
    return plan;
}

}  // namespace vkm::graph
