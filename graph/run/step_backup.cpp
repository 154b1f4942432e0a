#include <graph/run/step_backup.h>

#include <utility>

namespace vkm::graph {
namespace {

uint64_t total_bytes(const std::vector<engine::Slice>& slices) {
    uint64_t bytes = 0;
    for (const engine::Slice& slice : slices)
        bytes += slice.bytes;
    return bytes;
}

}  // namespace

StepBackup::StepBackup(engine::Device& device, std::vector<engine::Slice> changed, size_t slots)
    : device_(device),
      changed_(std::move(changed)),
      slot_bytes_(total_bytes(changed_)),
      kept_(device.allocate(slot_bytes_ * slots, engine::MemoryKind::device, "what a step changes")) {}

template <typename Copy>
void StepBackup::each(size_t slot, const Copy& copy) const {
    uint64_t at = slot * slot_bytes_;
    for (const engine::Slice& slice : changed_) {
        copy(slice, engine::Slice{&kept_, at, slice.bytes});
        at += slice.bytes;
    }
}

void StepBackup::save(engine::CommandList& list, size_t slot) const {
    each(slot, [&](const engine::Slice& changed, const engine::Slice& kept) { list.copy(changed, kept); });
}

void StepBackup::restore(size_t slot) {
    engine::CommandList list = device_.record();
    each(slot, [&](const engine::Slice& changed, const engine::Slice& kept) { list.copy(kept, changed); });
    list.finish();
    device_.wait(device_.submit(list));
}

}  // namespace vkm::graph
