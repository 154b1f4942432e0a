#include <base/align.h>
#include <graph/lower/lowering.h>
#include <graph/measure/node_timer.h>
#include <graph/run/record.h>
#include <graph/step_params.h>

#include <algorithm>
#include <cstring>

namespace vkm::graph {
namespace {

using engine::Slice;

constexpr size_t most_copies = 64, most_runs = 2000;
constexpr int64_t most_drawn_bytes = 1 << 18;

// Stored bytes of a random tensor. One larger than a few hundred thousand values repeats its first rows.
std::vector<std::byte> random_bytes(const Value& value, int64_t classes) {
    const TensorType& type = value.type;
    const int64_t rows = most_drawn_bytes / std::max<int64_t>(1, type.row_bytes());
    Value drawn = value;
    if (rows < type.shape.rows()) drawn.type.shape = {1, 1, std::max<int64_t>(1, rows), type.shape.c};
    const std::vector<std::byte> part = to_bytes(random_value(drawn, classes), drawn.type);
    std::vector<std::byte> bytes(static_cast<size_t>(type.bytes()));
    const auto period = static_cast<size_t>(drawn.type.shape.rows() * drawn.type.row_bytes());
    for (size_t at = 0; at < bytes.size(); at += period)
        std::memcpy(bytes.data() + at, part.data(), std::min({period, part.size(), bytes.size() - at}));
    return bytes;
}

}  // namespace

NodeRun::NodeRun(PlannedDevice& device, SingleNode node, const Options& options)
    : NodeRun(device, std::move(node), device.plan(), options) {}

NodeRun::NodeRun(PlannedDevice& device, SingleNode node, const KernelPlan& plan, const Options& options)
    : device_(device.device()), node_(std::move(node)) {
    const Program program = lower(node_.graph, plan);
    const auto scratch = [](const ProgramBuffer& buffer) { return buffer.value == no_value; };
    values_ = static_cast<size_t>(std::ranges::find_if(program.buffers, scratch) - program.buffers.begin());
    uint64_t footprint = 0;
    for (const ProgramBuffer& buffer : program.buffers)
        footprint += align_up(static_cast<uint64_t>(buffer.bytes), device_.plan().binding_alignment);
    if (2 * footprint > options.most_bytes)
        throw OutOfDeviceMemory("{}: two copies of {} take {} MB; {} MB are free for them",
                                device_.description(), node_.graph.nodes().front().layer, 2 * footprint >> 20,
                                options.most_bytes >> 20);
    const uint64_t wanted = options.least_footprint / std::max<uint64_t>(1, footprint) + 1;
    const uint64_t possible = options.most_bytes / std::max<uint64_t>(1, footprint);
    const size_t copies = std::clamp<size_t>(std::min(wanted, possible), 2, most_copies);
    constexpr uint64_t largest_block = 256u << 20;
    block_bytes_ = std::min<uint64_t>(copies * footprint, largest_block);
    for (size_t i = 0; i < copies; ++i) {
        copies_.emplace_back();
        for (size_t buffer = 0; buffer < values_; ++buffer)
            copies_.back().values.push_back(allocate(static_cast<uint64_t>(program.buffers[buffer].bytes)));
    }
    fill(program, copies_.front());
    engine::CommandList duplicate = device_.record();
    for (size_t i = 1; i < copies; ++i)
        for (size_t buffer = 0; buffer < values_; ++buffer)
            if (copies_[0].values[buffer].bytes > 0)
                duplicate.copy(copies_[0].values[buffer], copies_[i].values[buffer]);
    duplicate.finish();
    device_.wait(device_.submit(duplicate));

    add(plan);
    const double once_us = list_of(ways_.front(), 1).run(1).front().device_us;
    runs_ = engine::repeats_for(once_us, options.least_us, most_runs);
}

size_t NodeRun::add(const KernelPlan& plan) {
    Way way{lower(node_.graph, plan), {}, {}, {}};
    reserve_scratch(way.program);
    for (size_t i = values_; i < way.program.buffers.size(); ++i) {
        const ProgramBuffer& buffer = way.program.buffers[i];
        if (buffer.role != Role::table) continue;
        const size_t tables = static_cast<int32_t>(i) == way.program.counters ? copies_.size() : 1;
        for (size_t table = 0; table < tables; ++table) {
            way.tables[i].push_back(allocate(static_cast<uint64_t>(buffer.bytes)));
            device_.write(way.tables[i].back(), buffer.contents);
        }
    }
    way.kernels = create_kernels(device_, way.program);
    ways_.push_back(std::move(way));
    return ways_.size() - 1;
}

Slice NodeRun::allocate(uint64_t bytes) {
    const engine::DevicePlan& plan = device_.plan();
    const uint64_t aligned = align_up(bytes, plan.binding_alignment);
    if (blocks_.empty() || used_ + aligned > blocks_.back().size()) {
        blocks_.push_back(device_.allocate(std::max(aligned, std::min(block_bytes_, plan.block_bytes)),
                                           engine::MemoryKind::device, "tensors to measure"));
        used_ = 0;
    }
    const Slice slice{&blocks_.back(), used_, bytes};
    used_ += aligned;
    return slice;
}

void NodeRun::reserve_scratch(const Program& program) {
    uint64_t bytes = 0;
    for (const ProgramBuffer& buffer : std::span(program.buffers).subspan(values_))
        bytes += align_up(static_cast<uint64_t>(buffer.bytes), device_.plan().binding_alignment);
    for (Copy& copy : copies_)
        if (copy.scratch.bytes < bytes) copy.scratch = allocate(bytes);
}

void NodeRun::fill(const Program& program, const Copy& copy) {
    const int64_t classes = label_classes(node_);
    StepParams step;
    step.learning_rate = 1e-9f;  // an update many times over leaves the parameters where they are
    for (const ValueId id : node_.inputs) {
        const Value& value = node_.graph.value(id);
        Slice slice = copy.values[static_cast<size_t>(program.buffer_of_value[static_cast<size_t>(id)])];
        slice.offset += value.view_of == no_value ? 0 : static_cast<uint64_t>(value.view_offset);
        std::vector<std::byte> bytes = random_bytes(value, classes);
        if (value.role == Role::step_params) std::memcpy(bytes.data(), &step, sizeof step);
        slice.bytes = bytes.size();
        device_.write(slice, bytes);
    }
}

void NodeRun::record(engine::CommandList& list, const Way& way, size_t copy_number) const {
    const Copy& copy = copies_[copy_number];
    std::vector<Slice> buffers = copy.values;
    uint64_t used = 0;
    for (const ProgramBuffer& buffer : std::span(way.program.buffers).subspan(values_)) {
        if (const auto table = way.tables.find(buffers.size()); table != way.tables.end()) {
            buffers.push_back(table->second[copy_number % table->second.size()]);
            continue;
        }
        const auto bytes = static_cast<uint64_t>(buffer.bytes);
        buffers.push_back({copy.scratch.block, copy.scratch.offset + used, bytes});
        used += align_up(bytes, device_.plan().binding_alignment);
    }
    const auto slice = [&](const Region& region) {
        const Slice& whole = buffers[static_cast<size_t>(region.buffer)];
        return Slice{whole.block, whole.offset + static_cast<uint64_t>(region.offset),
                     static_cast<uint64_t>(region.bytes)};
    };
    for (size_t i = 0; i < way.program.commands.size(); ++i)
        graph::record(list, way.program.commands[i], way.kernels[i], slice);
}

engine::TimedList NodeRun::list_of(const Way& way, size_t runs) {
    return {device_, [&](engine::CommandList& list) {
                for (size_t i = 0; i < runs; ++i)
                    record(list, way, i % copies_.size());
            }};
}

std::vector<engine::Sample> NodeRun::measure(size_t submissions, size_t number) {
    Way& way = ways_.at(number);
    if (!way.list) way.list.emplace(list_of(way, runs_));
    std::vector<engine::Sample> samples = way.list->run(submissions);
    for (engine::Sample& sample : samples) {
        sample.device_us /= static_cast<double>(runs_);
        sample.host_us /= static_cast<double>(runs_);
    }
    return samples;
}

}  // namespace vkm::graph
