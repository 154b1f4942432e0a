#include <bench/kernel_run.h>
#include <graph/gradients.h>
#include <graph/lowering.h>
#include <graph/step_params.h>

#include <algorithm>
#include <cstring>

namespace vkm::bench {
namespace {

using engine::Slice;
using graph::TensorType;

constexpr size_t most_copies = 64, most_runs = 2000;
constexpr int64_t most_drawn_bytes = 1 << 18;

uint64_t align(uint64_t bytes, uint64_t alignment) {
    return (bytes + alignment - 1) / alignment * alignment;
}

// Stored bytes of a random tensor. One larger than a few hundred thousand values repeats its first rows.
std::vector<std::byte> random_bytes(const TensorType& type, const std::string& name, int64_t classes) {
    const int64_t rows = most_drawn_bytes / std::max<int64_t>(1, type.row_bytes());
    TensorType drawn = type;
    if (rows < type.shape.rows()) drawn.shape = {1, 1, std::max<int64_t>(1, rows), type.shape.c};
    const std::vector<std::byte> part = graph::to_bytes(graph::random_value(drawn, name, classes), drawn);
    std::vector<std::byte> bytes(static_cast<size_t>(type.bytes()));
    const auto period = static_cast<size_t>(drawn.shape.rows() * drawn.row_bytes());
    for (size_t at = 0; at < bytes.size(); at += period)
        std::memcpy(bytes.data() + at, part.data(), std::min({period, part.size(), bytes.size() - at}));
    return bytes;
}

}  // namespace

KernelRun::KernelRun(engine::Device& device, graph::SingleNode node, const Options& options)
    : device_(device), node_(std::move(node)), program_(graph::lower(node_.graph, device.plan())) {
    uint64_t footprint = 0;
    for (const graph::ProgramBuffer& buffer : program_.buffers)
        footprint += align(static_cast<uint64_t>(buffer.bytes), device_.plan().binding_alignment);
    if (2 * footprint > options.most_bytes)
        throw OutOfDeviceMemory("{}: two copies of {} take {} MB; {} MB are free for them",
                                device_.description(), node_.graph.nodes().front().layer, 2 * footprint >> 20,
                                options.most_bytes >> 20);
    const uint64_t wanted = options.least_footprint / std::max<uint64_t>(1, footprint) + 1;
    const uint64_t possible = options.most_bytes / std::max<uint64_t>(1, footprint);
    const size_t copies = std::clamp<size_t>(std::min(wanted, possible), 2, most_copies);
    for (size_t i = 0; i < copies; ++i)
        copies_.push_back(allocate());
    fill(copies_.front());
    {
        engine::CommandList duplicate = device_.record();
        for (size_t i = 1; i < copies; ++i)
            for (size_t buffer = 0; buffer < program_.buffers.size(); ++buffer)
                if (copies_[0][buffer].bytes > 0) duplicate.copy(copies_[0][buffer], copies_[i][buffer]);
        duplicate.finish();
        device_.wait(device_.submit(duplicate));
    }

    std::vector<engine::KernelSpec> specs;
    for (const graph::Command& command : program_.commands)
        if (const auto* dispatch = std::get_if<graph::DispatchCommand>(&command.what))
            specs.push_back(dispatch->kernel);
    const std::vector<const engine::Kernel*> created = device_.kernels(specs);
    size_t next = 0;
    for (const graph::Command& command : program_.commands)
        kernels_.push_back(std::holds_alternative<graph::DispatchCommand>(command.what) ? created[next++]
                                                                                        : nullptr);

    const double once_us = list_of(1).run(1).front().device_us;
    runs_ = repeats_for(once_us, options.least_us, most_runs);
    list_.emplace(list_of(runs_));
}

KernelRun::Copy KernelRun::allocate() {
    const engine::DevicePlan& plan = device_.plan();
    Copy copy;
    for (const graph::ProgramBuffer& buffer : program_.buffers) {
        const auto bytes = static_cast<uint64_t>(buffer.bytes);
        const uint64_t aligned = align(bytes, plan.binding_alignment);
        if (blocks_.empty() || used_ + aligned > blocks_.back().size()) {
            constexpr uint64_t usual_block = 256u << 20;
            blocks_.push_back(device_.allocate(std::max(aligned, std::min(usual_block, plan.block_bytes)),
                                               engine::MemoryKind::device, "benchmark tensors"));
            used_ = 0;
        }
        copy.push_back({&blocks_.back(), used_, bytes});
        used_ += aligned;
    }
    return copy;
}

void KernelRun::fill(const Copy& copy) {
    const int64_t classes = graph::label_classes(node_);
    graph::StepParams step;
    step.learning_rate = 1e-9f;  // an update many times over leaves the parameters where they are
    for (const graph::ValueId id : node_.inputs) {
        const graph::Value& value = node_.graph.value(id);
        Slice slice = copy[static_cast<size_t>(program_.buffer_of_value[static_cast<size_t>(id)])];
        slice.offset += value.view_of == graph::no_value ? 0 : static_cast<uint64_t>(value.view_offset);
        std::vector<std::byte> bytes = random_bytes(value.type, value.name, classes);
        if (value.role == graph::Role::step_params) std::memcpy(bytes.data(), &step, sizeof step);
        slice.bytes = bytes.size();
        device_.write(slice, bytes);
    }
}

void KernelRun::record(engine::CommandList& list, const Copy& copy) const {
    const auto slice = [&](const graph::Region& region) {
        const Slice& whole = copy[static_cast<size_t>(region.buffer)];
        return Slice{whole.block, whole.offset + static_cast<uint64_t>(region.offset),
                     static_cast<uint64_t>(region.bytes)};
    };
    for (size_t i = 0; i < program_.commands.size(); ++i) {
        const graph::Command& command = program_.commands[i];
        if (const auto* dispatch = std::get_if<graph::DispatchCommand>(&command.what)) {
            std::vector<Slice> bindings;
            for (const graph::Region& region : dispatch->bindings)
                bindings.push_back(slice(region));
            list.dispatch(
                {kernels_[i], bindings, dispatch->push, dispatch->groups, command.label, dispatch->flops});
        } else if (const auto* copied = std::get_if<graph::CopyCommand>(&command.what)) {
            list.copy(slice(copied->from), slice(copied->to));
        } else if (const auto* filled = std::get_if<graph::FillCommand>(&command.what)) {
            list.fill(slice(filled->region), 0);
        }
    }
}

TimedList KernelRun::list_of(size_t runs) {
    return {device_, [&](engine::CommandList& list) {
                for (size_t i = 0; i < runs; ++i)
                    record(list, copies_[i % copies_.size()]);
            }};
}

std::vector<Sample> KernelRun::measure(size_t submissions) {
    std::vector<Sample> samples = list_->run(submissions);
    for (Sample& sample : samples) {
        sample.device_us /= static_cast<double>(runs_);
        sample.host_us /= static_cast<double>(runs_);
    }
    return samples;
}

}  // namespace vkm::bench
