#pragma once

#include <engine/cache/tuning.h>
#include <engine/plan/quirks.h>
#include <engine/plan/snapshot.h>
#include <shaders/shader.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::engine {

enum class DeviceClass : uint8_t { wide_gpu, integrated, mobile, software };

/// How the lanes of a subgroup share operand A of a GEMM.
enum class Sharing : uint8_t {
    shared_memory,      ///< tiles staged in shared memory: no subgroup operation, any subgroup size
    shuffle,            ///< subgroupShuffle with a constant lane, clusters of 4, 8 or 16 lanes
    direct,             ///< every lane loads what it needs
    cooperative_matrix  ///< products on matrix units, of fp16 tensors only
};

/// What a user or a test may force.
struct PlanOptions {
    std::optional<LoadPath> load_path = {};
    std::optional<Sharing> sharing = {};
    std::optional<bool> column_tree = {};       ///< a test runs a GPU's reductions on a software device
    std::optional<uint64_t> window_bytes = {};  ///< at most this much of a tensor is bound at once
    std::optional<uint64_t> block_bytes = {};   ///< at most this much is allocated at once
    bool profile =
        false;           ///< keep statistics of compiled kernels; some drivers then leave their caches unused
    Tuning tuning = {};  ///< measured on this device
};

/// Outputs that an invocation of a depthwise kernel accumulates.
struct DepthwiseTile {
    uint32_t x = 0, y = 0;

    bool operator==(const DepthwiseTile&) const = default;
    explicit operator bool() const { return x != 0; }
};

/// Defaults of the kernels on a class of device. Tile sizes become specialization constants.
struct KernelDefaults {
    Sharing gemm_sharing = Sharing::shared_memory;
    bool matrix_units =
        false;  ///< products of fp16 tensors use DevicePlan::cooperative_matrix, where they can
    uint32_t gemm_cluster =
        8;  ///< lanes that share one A row with Sharing::shuffle (divides the subgroup size)
    float load_cost = 0.75f;   ///< of loading a quad, in multiply-adds of one, with Sharing::shuffle
    float share_cost = 0.75f;  ///< of loading a lane's share of A, which lies rows apart from its neighbours'
    uint32_t accumulators = 16;  ///< quads of sums an invocation has registers for: a product's rows of C
    DepthwiseTile depthwise_tile = {4, 2};
    DepthwiseTile depthwise_narrow_tile = {};   ///< unless empty, for kernels up to 3x3
    DepthwiseTile depthwise_strided_tile = {};  ///< unless empty, for strided weight gradients
    uint32_t workgroup = 64;                    ///< invocations of an elementwise or column workgroup
    uint32_t target_workgroups = 256;           ///< a reduction is split until about so many workgroups run
    uint32_t least_workgroups = 256;  ///< with fewer the device is partly idle: tiles become smaller
    uint64_t part_bytes = 0;          ///< unless 0, most of a tensor that a part of a row-wise kernel spans
    bool given_activations = false;   ///< large kernels are told their activation: one pipeline for all
    bool column_tree =
        true;  ///< a column workgroup adds up its partial results (shaders/include/columns.glsl)

    bool operator==(const KernelDefaults&) const = default;
};

/// What the kernels of a training step compute as they load or store, instead of reading or writing it again:
/// fewer bytes for more arithmetic.
struct Fusion {
    bool normalise_depthwise = true;  ///< batch norm and activation before a depthwise convolution
    bool normalise_pointwise =
        true;                     ///< the same before a pointwise one, which loads each value several times
    bool scale_pointwise = true;  ///< squeeze-and-excite's scale
    bool statistics = true;  ///< batch norm's statistics are gathered by the kernel that writes its input
    bool batch_norm_sums = true;     ///< its gradient's sums by the kernel that writes its output's gradient
    bool gradient_depthwise = true;  ///< its input gradient is formed by a depthwise convolution's gradients
    bool gradient_pointwise = true;  ///< and by those of a pointwise or dense one
    bool squeeze_excite = true;      ///< squeeze-and-excite's layers, mean to scale, in one dispatch each way

    bool operator==(const Fusion&) const = default;
};

/// Every decision about how to use one device.
struct DevicePlan {
    std::string device_name;
    DeviceClass device_class = DeviceClass::wide_gpu;

    LoadPath load_path = LoadPath::buffer;
    bool fp16_storage = true;         ///< packed in 32-bit words unless a quirk forbids it
    bool fp16_storage_faster = true;  ///< than fp32: what `--precision auto` goes by
    bool fp16_arithmetic = false;
    uint32_t subgroup_size = 1;  ///< size kernels may rely on; required_subgroup_size says how it is enforced
    uint32_t required_subgroup_size = 0;  ///< 0: the driver cannot be held to one
    bool subgroup_shuffle = false, subgroup_arithmetic = false;
    /// fp16 times fp16 plus fp32 in a subgroup: what shaders that require cooperative_matrix are specialized
    /// to. Their device features are on; their kernels pin the subgroup.
    std::optional<DeviceSnapshot::CooperativeMatrix> cooperative_matrix;
    std::string no_cooperative_matrix;  ///< why there is none: "the driver has no VK_KHR_cooperative_matrix"

    uint32_t max_workgroup_invocations = 128;  ///< also along x alone
    std::array<uint32_t, 3> max_workgroup_count{65535, 65535, 65535};
    uint32_t shared_memory_bytes = 16384;
    uint32_t storage_buffers = 8;        ///< most that a kernel may bind
    uint64_t window_bytes = 128u << 20;  ///< most that one binding may span; a multiple of binding_alignment
    uint64_t binding_alignment = 256;    ///< of every binding's offset, storage and texel; a power of two
    uint64_t block_bytes = 1u << 30;     ///< most that one allocation may hold
    uint64_t work_per_submit = 0;        ///< floating-point operations a submit may hold; 0: no bound

    bool timeline_semaphore = false;  ///< else fences
    bool direct_upload = false;       ///< device memory is host-visible and is written in place
    bool timestamps = false;
    bool pipeline_statistics = false;  ///< asked for (PlanOptions::profile) and supported
    uint32_t queue_family = 0;
    std::vector<std::string> extensions;  ///< to enable

    KernelDefaults kernels;
    Fusion fusion;
    Tuning tuning;                       ///< overrides what `kernels` says
    std::vector<Quirk> quirks;           ///< those that apply
    std::vector<std::string> fallbacks;  ///< one line for everything that is not as fast as it could be

    bool operator==(const DevicePlan&) const = default;
};

/// Pure. Throws UnsupportedDevice naming the limit that is below the baseline (docs/architecture.md), or the
/// option that asks for what the device does not have.
DevicePlan plan_device(const DeviceSnapshot&, std::span<const Quirk>, const PlanOptions& = {});

}  // namespace vkm::engine
