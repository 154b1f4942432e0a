#pragma once

#include <engine/plan/quirks.h>
#include <engine/plan/snapshot.h>
#include <shaders/shader.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::engine {

enum class DeviceClass : uint8_t { wide_gpu, integrated, mobile, software };
std::string_view name(DeviceClass);

/// Says how the inputs of a step, which the host writes, come to where kernels read them.
enum class UploadPath : uint8_t {
    in_place,     ///< the host writes them there
    in_step,      ///< the step begins with a copy
    beside_steps  ///< another queue copies them while the step before computes
};

/// Names a queue of a device.
struct QueueIndex {
    uint32_t family = 0, index = 0;

    bool operator==(const QueueIndex&) const = default;
};

/// Holds what a user or a test may force on a device.
struct PlanOptions {
    std::optional<LoadPath> load_path = {};
    std::optional<uint64_t> window_bytes = {};  ///< at most this much of a tensor is bound at once
    std::optional<uint64_t> block_bytes = {};   ///< at most this much is allocated at once
    /// A device whose family of queues has one only copies beside its steps on that one, in submissions of their own.
    std::optional<UploadPath> uploads = {};
    /// Keeps statistics of compiled kernels. Some drivers then leave their caches unused.
    bool profile = false;
};

/// Says what a device can do, and how this program uses it: features, limits, memory and queue. It knows
/// nothing of what runs there: what kernels prefer is in graph/kernel_plan.h.
struct DevicePlan {
    std::string device_name;
    DeviceClass device_class = DeviceClass::wide_gpu;

    /// How kernels read their inputs. It follows from the device (where its caches are) and is no kernel's
    /// choice: it bounds window_bytes, and every kernel is compiled for it.
    LoadPath load_path = LoadPath::buffer;
    bool fp16_storage = true;  ///< packed in 32-bit words unless a quirk forbids it
    bool fp16_arithmetic = false;
    /// Kernels round what they store as fp16 by the device's own conversion (Storage::f16_native): it can be told to round
    /// to the nearest and to keep subnormal numbers, which are the bits that other kernels make of integers.
    bool native_half_stores = false;
    uint32_t subgroup_size = 1;  ///< size kernels may rely on; required_subgroup_size says how it is enforced
    uint32_t required_subgroup_size = 0;  ///< 0: the driver takes no such demand
    bool subgroup_shuffle = false, subgroup_arithmetic = false;
    /// Shapes of a subgroup's products, fp16 times fp16 plus fp32, the best first. Shaders that require
    /// cooperative_matrix may be specialized to them, and their kernels pin the subgroup. The device features
    /// they need are enabled.
    std::vector<DeviceSnapshot::CooperativeMatrix> cooperative_matrices;
    std::string no_cooperative_matrix;  ///< why there is none: "the driver has no VK_KHR_cooperative_matrix"
    /// Where there are such shapes: what else the driver lets matrices hold. It is enabled; no kernel of a network has it.
    bool int8_matrices = false, bfloat16_matrices = false, float8_matrices = false;
    bool integer_dot_product = false;  ///< a shader may have products of packed bytes, in hardware or not

    /// Processors: multiprocessors, compute units, shader cores. As reported, else by name, else typical of the
    /// class; 0 for software.
    uint32_t processors = 0;
    uint32_t processor_lanes = 0;   ///< multiply-adds that one of them makes a cycle, in fp32
    bool processors_known = false;  ///< reported, or known by the device's name

    uint32_t max_workgroup_invocations = 128;  ///< also along x alone
    std::array<uint32_t, 3> max_workgroup_count{65535, 65535, 65535};
    uint32_t shared_memory_bytes = 16384;
    uint32_t storage_buffers = 8;        ///< most that a kernel may bind
    uint64_t window_bytes = 128u << 20;  ///< most that one binding may span; a multiple of binding_alignment
    uint64_t binding_alignment = 256;    ///< of every binding's offset, storage and texel; a power of two
    uint64_t block_bytes = 1u << 30;     ///< most that one allocation may hold
    uint64_t work_per_submit = 0;        ///< floating-point operations a submit may hold; 0: no bound

    bool timeline_semaphore = false;  ///< else fences
    bool unified_memory = false;      ///< the device has no other memory than the host's
    /// What memory of the host that the device imports begins and ends at multiples of, a power of two; 0: it imports none.
    uint64_t import_alignment = 0;
    /// What kernels read once, the host writes where they read it. All other memory is written in place only
    /// where it is unified: a discrete device's own is faster where the host does not see it.
    bool direct_upload = false;
    /// Copies the inputs of a step while the step before computes; nothing where they are written in place or
    /// copied by the step. The features it takes are enabled.
    std::optional<QueueIndex> upload_queue;
    std::string upload_reason;  ///< why uploads go that way: "family 1 only transfers"
    /// The driver makes a kernel's machine code when it is first dispatched, one kernel at a time, and not when it is
    /// created.
    bool compiles_at_dispatch = false;
    bool timestamps = false;
    bool pipeline_statistics = false;  ///< asked for (PlanOptions::profile) and supported
    uint32_t queue_family = 0;
    std::vector<std::string> extensions;  ///< to enable

    std::vector<Quirk> quirks;           ///< those of the given ones that apply
    std::vector<std::string> fallbacks;  ///< one line for everything that is not as fast as it could be

    UploadPath uploads() const {
        return direct_upload  ? UploadPath::in_place
               : upload_queue ? UploadPath::beside_steps
                              : UploadPath::in_step;
    }
    bool operator==(const DevicePlan&) const = default;
};

/// Decides a device's plan, from nothing but its arguments. Throws UnsupportedDevice naming the limit that is
/// below the baseline (docs/architecture.md), or the option that asks for what the device does not have.
DevicePlan plan_device(const DeviceSnapshot&, std::span<const Quirk>, const PlanOptions& = {});

}  // namespace vkm::engine
