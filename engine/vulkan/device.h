#pragma once

#include <engine/error.h>
#include <engine/plan/device_plan.h>
#include <engine/plan/snapshot.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::engine {

class Device;
class HostMemory;

/// Loads Vulkan and lists its physical devices. A process has one.
class Instance {
  public:
    struct Options {
        /// The Khronos layer with synchronization validation; also on with VKMBV3_VALIDATION=1.
        bool validation = false;
        /// Of the instance, besides the engine's own: what a library of windows needs (engine/present/).
        std::vector<std::string> extensions = {};
    };
    /// Throws NoVulkanLoader, or vkm::Error where validation is asked for and the layer is not installed.
    /// Without a driver or a device, devices() is empty.
    Instance();
    explicit Instance(const Options&);
    ~Instance();
    Instance(Instance&&) noexcept;

    /// Returns the physical devices in the order in which `vkmbv3 devices` prints them: one driver per GPU
    /// (duplicates by device UUID are dropped, the native driver kept), none without a compute queue. A null
    /// device (RADV under RADV_FORCE_FAMILY) is listed.
    const std::vector<DeviceSnapshot>& devices() const;

    /// Returns whether a device compiles kernels and can do nothing else: allocate(), record() and whatever
    /// follows them throw UnsupportedDevice on it.
    bool null_device(uint32_t index) const;

    /// Returns the index of the supported device whose kind is fastest: discrete, integrated, virtual, CPU.
    /// It is never a null device. Throws NoDevice.
    uint32_t default_device() const;

    /// Opens a logical device; the same index may be opened more than once.
    /// Throws NoDevice, UnsupportedDevice.
    std::unique_ptr<Device> open(uint32_t index, const PlanOptions& = {}) const;

    /// Opens a device with a plan made elsewhere: tests force fallbacks that the device does not need.
    std::unique_ptr<Device> open_planned(uint32_t index, DevicePlan) const;

    /// Returns the validation layer's messages so far, which are also logged; empty without the layer. Tests
    /// assert that it stays empty.
    std::vector<std::string> validation_messages() const;

    struct Impl;
    const Impl& impl() const { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

enum class MemoryKind : uint8_t {
    device,    ///< fastest for kernels
    inputs,    ///< the same, also written by Device::upload()
    upload,    ///< written by the host, read by the device; persistently mapped
    readback,  ///< written by the device, read by the host; cached, persistently mapped
    shared     ///< the host's, imported: see Device::import_memory()
};

/// Owns one allocation with one buffer over it. Mapped memory is coherent or made so by Device.
class Block {
  public:
    ~Block();
    Block(Block&&) noexcept;
    Block& operator=(Block&&) noexcept;

    uint64_t size() const;
    std::byte* mapped() const;  ///< null unless host-visible
    struct Impl;
    const Impl& impl() const { return *impl_; }

  private:
    friend class Device;
    explicit Block(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

/// Names part of a block. `offset` is a multiple of DevicePlan::binding_alignment where a kernel binds it.
struct Slice {
    const Block* block = nullptr;
    uint64_t offset = 0;
    uint64_t bytes = 0;
};

/// Identifies a compute pipeline: its code and its specialization constants (ids 0, 1, 2, … in order).
struct KernelSpec {
    const Shader* shader = nullptr;
    Storage storage = Storage::f32;
    LoadPath load = LoadPath::buffer;
    std::vector<uint32_t> constants;
    /// Needs full subgroups of exactly DevicePlan::subgroup_size: the workgroup's x size is a multiple of it.
    bool pin_subgroup = false;

    bool operator==(const KernelSpec&) const = default;
    std::string label() const;  ///< "SHADER[f32,texel](3,1,…)"
};

/// Holds what the driver tells of a compiled kernel (VK_KHR_pipeline_executable_properties).
struct KernelStatistic {
    std::string name;
    double value = 0;
};

/// Holds a compiled pipeline; its device owns it.
class Kernel;

/// Records a sequence of dispatches, copies and fills. It may be submitted any number of times, one
/// submission in flight at a time.
class CommandList {
  public:
    ~CommandList();
    CommandList(CommandList&&) noexcept;

    struct Dispatch {
        const Kernel* kernel = nullptr;
        std::span<const Slice> bindings;  ///< in binding order
        std::span<const std::byte> push_constants;
        std::array<uint32_t, 3> groups{1, 1, 1};
        std::string_view label;  ///< "layer/operator", for errors and the profiler
        double flops = 0;        ///< to bound the work of a submit
    };
    /// Records a dispatch. A barrier comes before it where the slices it reads or writes, as its kernel
    /// declares, overlap those of earlier commands of this list. Everything submitted earlier to the same
    /// device is ordered before this list. Throws vkm::Error naming the label where a binding, the push
    /// constants or the groups do not fit the kernel or the device, and leaves the list as it was.
    void dispatch(const Dispatch&);
    void copy(const Slice& from, const Slice& to);  ///< of equal size, not overlapping
    void fill(const Slice&, uint32_t word);         ///< offset and size in whole words
    /// Begins a part of the list that the device's clock times (Timing::parts); the one before ends here.
    void part(std::string_view name);
    /// Ends the list: its writes to readback memory will be visible to the host once it has run. Nothing may
    /// be recorded afterwards.
    void finish();

    struct Impl;
    Impl& impl() { return *impl_; }

  private:
    friend class Device;
    explicit CommandList(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

/// Says what of a command list the device's clock times. Timestamps between dispatches cost a little each.
enum class Timing : uint8_t {
    none,
    whole,       ///< from its first command to the end of its last
    dispatches,  ///< every dispatch
    parts        ///< what part() names
};

/// Holds the time that a dispatch, a part or the whole list took in the list's latest completed submission, by the
/// device's timestamps. Where dispatches overlap, what they share counts as the earlier one's.
struct DispatchTime {
    std::string label, kernel;
    double start = 0;  ///< microseconds after the first one's start
    double microseconds = 0;
    double clock = 0;  ///< its start on the device's own clock, in microseconds
};

/// Names a submission of Device::upload(). Submissions of lists are numbered apart.
struct UploadTicket {
    uint64_t number = 0;  ///< 0: nothing
};

/// Owns a logical device: memory, kernels, command lists, one queue with its timeline, and one more for uploads where
/// the plan says so. Calls must not overlap in time (one host thread a device), which also keeps two threads from
/// one queue; different devices are independent.
class Device {
  public:
    ~Device();

    const DeviceSnapshot& snapshot() const;
    const DevicePlan& plan() const;
    std::string description() const;  ///< "device 0 (llvmpipe)", for messages

    /// Allocates a block. Throws OutOfDeviceMemory with the bytes asked for and what is free.
    Block allocate(uint64_t bytes, MemoryKind, std::string_view label);
    /// Returns a block over memory of the host, for copies from and to it; nothing where this device does not take it
    /// (DevicePlan::import_alignment, or its driver refuses). Other devices may import the same. Between what they do
    /// with it lies the host: one's list has run before another's is submitted.
    std::optional<Block> import_memory(std::shared_ptr<const HostMemory>, std::string_view label);

    /// Creates all kernels in parallel, from the disk cache where possible. The results are in the order of
    /// the specs; equal specs share one pipeline. As soon as other threads compile, the calling thread calls
    /// `meanwhile()` once, which may use the device. It also calls `progress(done, total)`.
    std::vector<const Kernel*> kernels(std::span<const KernelSpec>,
                                       const std::function<void(size_t, size_t)>& progress = {},
                                       const std::function<void()>& meanwhile = {});
    /// Compiles kernels that are about to be dispatched as far as creating them has not (DevicePlan::compiles_at_dispatch).
    void compile(std::span<const Kernel* const>, const std::function<void(size_t, size_t)>& progress = {});
    std::vector<KernelStatistic> statistics(const Kernel&) const;
    size_t kernel_count() const;
    /// Writes the pipeline cache file now (also done by the destructor). Failure is logged, never thrown.
    void save_cache();

    /// Starts a command list. It times nothing on a device whose plan has no timestamps.
    CommandList record(Timing = Timing::none);

    /// Queues a finished list and returns its ticket; does not wait. On the device, it begins when an upload is
    /// done. Throws DeviceLost.
    uint64_t submit(CommandList&, UploadTicket after = {});
    bool done(uint64_t ticket) const;
    /// Waits for a submission to complete. Throws DeviceLost naming the operators that ran, DeviceTimeout
    /// after `seconds`.
    void wait(uint64_t ticket, double seconds = 300);

    /// Starts a list for upload(). It takes copies from upload memory to MemoryKind::inputs. Throws Error
    /// where the plan has no queue for it.
    CommandList record_upload();
    /// Queues a finished list of record_upload() beside what is submitted and returns its ticket; does not wait. On
    /// the device, it begins when the submission with the ticket `free` is done: the last that reads what it
    /// overwrites. Throws DeviceLost.
    UploadTicket upload(CommandList&, uint64_t free);
    /// Waits for an upload to complete, as for a submission.
    void wait(UploadTicket, double seconds = 300);

    std::vector<DispatchTime> times(const CommandList&) const;

    /// Copies between host and device, through staging memory, and waits. Not for the step loop.
    void write(const Slice&, std::span<const std::byte>);
    void read(const Slice&, std::span<std::byte>);

    struct Impl;
    Impl& impl() { return *impl_; }

  private:
    friend class Instance;
    explicit Device(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

/// Returns where caches live: $VKMBV3_CACHE, $XDG_CACHE_HOME/vkmbv3 or ~/.cache/vkmbv3; on Windows %LOCALAPPDATA%\vkmbv3.
/// Returns nothing where none of those variables is set.
std::filesystem::path cache_folder();

}  // namespace vkm::engine
