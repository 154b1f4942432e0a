#pragma once

#include <base/align.h>
#include <engine/vulkan/device.h>
#include <graph/graph.h>
#include <graph/kernel_plan.h>
#include <graph/lower/deferred_sums.h>
#include <graph/lower/extensible_dispatches.h>
#include <graph/lower/program.h>
#include <graph/lower/windows.h>
#include <shaders/interface.h>

#include <initializer_list>
#include <span>

namespace vkm::graph {

class Operator;

/// Names one of several ways to lower a node: a tile size, a workgroup, a number of parts of a sum.
template <typename T>
struct Variant {
    std::string name;  ///< as a tuning knows it: "4x2"
    T value;
};

/// Gives an operator's `lower` what it works with: the kernel plan, its tensors as regions of memory, and a
/// place to emit dispatches.
class Lowering {
  public:
    /// `regions` holds one for every value of the graph. What is emitted counts as the
    /// program's node `counted_as`.
    Lowering(const Graph&, const Node&, std::span<const Region> regions, NodeId counted_as, const KernelPlan&,
             Program&, DeferredSums&, ExtensibleDispatches&);

    const KernelPlan& plan() const { return plan_; }
    size_t input_count() const { return node_.inputs.size(); }
    const TensorType& input_type(size_t i) const { return graph_.type(node_.inputs.at(i)); }
    const TensorType& output_type(size_t i = 0) const { return graph_.type(node_.outputs.at(i)); }

    Region input(size_t i) const { return region(node_.inputs.at(i)); }
    Region output(size_t i = 0) const { return region(node_.outputs.at(i)); }
    /// Returns a window of the input's images.
    Region input_images(size_t i, const Window& w) const {
        return input(i).units(w.first, w.count, input_type(i).image_bytes());
    }
    Region output_images(const Window& w, size_t i = 0) const {
        return output(i).units(w.first, w.count, output_type(i).image_bytes());
    }
    /// Returns memory that lives for this node only.
    Region scratch(int64_t bytes, std::string name);
    /// Returns memory for `parts` partial results of total's size, lying one after the other, which are added up before
    /// anything reads the total (kernels/sum_parts.h); or the total itself where one part is all. The caller chooses
    /// `parts` so that they respect the binding range (most_parts).
    Region summed_later(int64_t parts, const Region& total);
    /// Returns whether partial results of all these totals can wait together; what waits is added up first where that is why
    /// not. If not, each has to be written before memory for the next is asked for.
    bool sum_together_later(const std::vector<DeferredSums::Sum>&);
    /// Adds up what waits for it, if this node reads or writes one of the totals; else waits on.
    void add_up_for_this_node();
    /// Adds up what waits for it.
    void add_up();
    /// Returns `count` words that are 0 before and after every dispatch that uses them, and nobody else's.
    Region counters(int64_t count);
    /// Returns memory that holds these bytes whenever a kernel reads it, rounded up to whole quads.
    Region table(std::span<const std::byte> contents, std::string name);

    /// Cuts `count` units (usually images of a batch) so that every tensor, given by its stored bytes per
    /// unit, respects the device's binding range and offset alignment. Usually returns one window. Throws
    /// when a unit cannot fit.
    std::vector<Window> windows(int64_t count, std::initializer_list<int64_t> unit_bytes) const;

    /// Returns one of `candidates`, all of which compute the node: the one that was measured to be
    /// fastest for these shapes (KernelPlan::tuning), or else the first, which is the plan's default.
    /// `what` names the choice among those of the operator: "tile". Of candidates with the same name only
    /// the first counts.
    template <typename T>
    T choose(std::string_view what, const std::vector<Variant<T>>& candidates) {
        std::vector<std::string> names;
        for (const Variant<T>& candidate : candidates)
            names.push_back(candidate.name);
        return candidates.at(choose_name(what, names)).value;
    }

    using Groups = std::array<uint32_t, 3>;

    /// Describes a dispatch of a kernel whose interface is one of <shaders/catalog.h>:
    ///     lowering.dispatch<shaders::Add>({.constants = {.workgroup = workgroup},
    ///                                      .bindings = {.a = a, .b = b, .y = y},
    ///                                      .push = {.quads = quads},
    ///                                      .groups = groups});
    template <typename Interface>
    struct Dispatch {
        const Shader& shader = Interface::shader;  ///< to be given where several have the interface
        Storage storage = Storage::f32;
        bool pin_subgroup = false;
        typename Interface::Constants constants;
        /// Bindings that these constants leave unused are left out.
        typename Interface::template Bindings<Region> bindings;
        typename Interface::Push push;
        Groups groups{1, 1, 1};
        double flops = 0;  ///< multiply-adds x 2
    };
    /// Emits the dispatch. `parts`: constants beyond the interface's own.
    template <typename Interface, typename... Parts>
    void dispatch(const Dispatch<Interface>& d, const Parts&... parts) {
        emit(command(d, parts...));
    }

    /// Emits a dispatch in which a later node may do its own work: `extend` says how (ExtensibleDispatches).
    template <typename Work, typename Interface, typename... Parts>
    void dispatch_extensible(void (*extend)(Dispatch<Interface>&, const Work&), const Dispatch<Interface>& d,
                             const Parts&... parts) {
        dispatch(d, parts...);
        extensible_.add_emitted<Work>(program_.commands.size() - 1, extension<Work>(extend, d));
    }
    /// The same for a dispatch that waits for that work: it is emitted before anything touches its memory, or at the end.
    template <typename Work, typename Interface>
    void dispatch_later(void (*extend)(Dispatch<Interface>&, const Work&), const Dispatch<Interface>& d) {
        Command waiting{counted_as_, label(), command(d)};
        emit_before(waiting);
        extensible_.add_waiting<Work>(std::move(waiting), extension<Work>(extend, d));
    }
    /// Has the dispatch that makes a region do this work, too. Returns whether there is one that can.
    template <typename Work>
    bool extend_dispatch(const Region& made, const Work& work) {
        std::optional<Command> waited;
        if (!extensible_.extend(program_, made, work, waited)) return false;
        if (!waited) return true;
        waited->node = counted_as_;  // it runs in this node's place
        waited->label = label();
        emit_command(std::move(*waited));
        return true;
    }
    /// Emits what still waits.
    void emit_waiting();

    /// Zeroes a region.
    void fill_zero(const Region&);
    void copy(const Region& from, const Region& to);
    /// Lowers the nodes of another graph in this one's place. That graph's inputs and `outputs` are this
    /// node's, in order; all else is scratch.
    void lower_as(const Graph&, std::span<const ValueId> outputs);
    /// Suspends the device until the host has reduced the region over all devices (graph/ops/all_reduce.cpp).
    void host_reduce(ReduceCommand);

  private:
    const Region& region(ValueId id) const { return regions_[static_cast<size_t>(id)]; }
    std::string label() const;
    Storage stored(Storage storage) const {
        return storage == Storage::f16 && plan_.device.native_half_stores ? Storage::f16_native : storage;
    }
    template <typename Interface>
    static std::vector<Region> bound(const Dispatch<Interface>& d) {
        std::vector<Region> bindings;
        d.bindings.each([&](const Region& region) { bindings.push_back(region); });
        fill_unused(bindings, Interface::uses, d.shader);
        return bindings;
    }
    template <typename Interface, typename... Parts>
    DispatchCommand command(const Dispatch<Interface>& d, const Parts&... parts) const {
        return {{&d.shader, stored(d.storage), plan_.device.load_path, constant_words(d.constants, parts...),
                 d.pin_subgroup},
                bound(d),
                push_bytes<Interface>(d.push),
                d.groups,
                d.flops};
    }
    size_t choose_name(std::string_view what, const std::vector<std::string>& candidates);
    /// Gives every binding that was left out what another of its kind has: each must hold something.
    static void fill_unused(std::vector<Region>&, std::span<const BindingUse>, const Shader&);
    /// Returns what changes a dispatch's command as `extend` changes the dispatch: its bindings and what it is told.
    template <typename Work, typename Interface>
    static ExtensibleDispatches::Extend<Work> extension(void (*extend)(Dispatch<Interface>&, const Work&),
                                                        const Dispatch<Interface>& d) {
        return [extend, d](DispatchCommand& command, const Work& work) {
            Dispatch<Interface> extended(d);
            extend(extended, work);
            command.bindings = bound(extended);
            command.push = push_bytes<Interface>(extended.push);
        };
    }
    void emit_command(Command);
    /// Emits what waits and touches what the command touches.
    void emit_before(const Command&);
    template <typename What>
    void emit(What);

    const Graph& graph_;
    const Node& node_;
    std::span<const Region> regions_;
    NodeId counted_as_;
    const KernelPlan& plan_;
    Program& program_;
    DeferredSums& deferred_;
    ExtensibleDispatches& extensible_;
};

/// Returns a / b, rounded up, as grids and kernels count.
constexpr uint32_t divide_up(int64_t a, int64_t b) {
    return static_cast<uint32_t>(vkm::divide_up(a, b));
}

/// Returns a size as kernels are told it.
constexpr uint32_t u32(int64_t value) {
    return static_cast<uint32_t>(value);
}

/// Returns a workgroup grid of at least `workgroups`, folded over y where x is not enough. Kernels fold it
/// back as y * gl_NumWorkGroups.x + x and test their index.
std::array<uint32_t, 3> fold_workgroups(int64_t workgroups, const KernelPlan&);

/// Lowers every node in order. Choices follow the plan's tuning. One that the tuning does not know, or knows
/// only by a candidate that does not exist here, is the plan's default.
Program lower(const Graph&, const KernelPlan&);

}  // namespace vkm::graph
