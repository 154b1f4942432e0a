#!/usr/bin/env python3
"""Turns a report of `vulkaninfo --json` (a Vulkan profile) into a device snapshot as engine/plan/snapshot.h defines it.

    scripts/snapshot_from_vulkaninfo.py REPORT.json > tests/data/devices/NAME.json

A report has no memory types or heaps and no cooperative-matrix shapes: those lists stay empty.
"""
import json
import sys

DRIVER_IDS = {
    "AMD_PROPRIETARY": 1, "AMD_OPEN_SOURCE": 2, "MESA_RADV": 3, "NVIDIA_PROPRIETARY": 4,
    "INTEL_PROPRIETARY_WINDOWS": 5, "INTEL_OPEN_SOURCE_MESA": 6, "IMAGINATION_PROPRIETARY": 7,
    "QUALCOMM_PROPRIETARY": 8, "ARM_PROPRIETARY": 9, "GOOGLE_SWIFTSHADER": 10, "GGP_PROPRIETARY": 11,
    "BROADCOM_PROPRIETARY": 12, "MESA_LLVMPIPE": 13, "MOLTENVK": 14, "COREAVI_PROPRIETARY": 15,
    "JUICE_PROPRIETARY": 16, "VERISILICON_PROPRIETARY": 17, "MESA_TURNIP": 18, "MESA_V3DV": 19, "MESA_PANVK": 20,
    "SAMSUNG_PROPRIETARY": 21, "MESA_VENUS": 22, "MESA_DOZEN": 23, "MESA_NVK": 24,
    "IMAGINATION_OPEN_SOURCE_MESA": 25, "MESA_HONEYKRISP": 26,
}
DEVICE_TYPES = {"OTHER": "other", "INTEGRATED_GPU": "integrated", "DISCRETE_GPU": "discrete",
                "VIRTUAL_GPU": "virtual", "CPU": "cpu"}
SHADER_STAGES = {
    "VERTEX": 0x1, "TESSELLATION_CONTROL": 0x2, "TESSELLATION_EVALUATION": 0x4, "GEOMETRY": 0x8, "FRAGMENT": 0x10,
    "COMPUTE": 0x20, "TASK": 0x40, "MESH": 0x80, "RAYGEN": 0x100, "ANY_HIT": 0x200, "CLOSEST_HIT": 0x400,
    "MISS": 0x800, "INTERSECTION": 0x1000, "CALLABLE": 0x2000, "SUBPASS_SHADING": 0x4000, "CLUSTER_CULLING": 0x80000,
}
SUBGROUP_FEATURES = {"BASIC": 0x1, "VOTE": 0x2, "ARITHMETIC": 0x4, "BALLOT": 0x8, "SHUFFLE": 0x10,
                     "SHUFFLE_RELATIVE": 0x20, "CLUSTERED": 0x40, "QUAD": 0x80, "PARTITIONED": 0x100}


def flags(names, prefix, table):
    """Sum of the bits named, as in ["VK_SHADER_STAGE_COMPUTE_BIT", "VK_SHADER_STAGE_TASK_BIT_EXT"]."""
    return sum(table[name.removeprefix(prefix).split("_BIT")[0]] for name in names)


class Structures:
    """The structures of a report. A field means the same in whichever of them (core, KHR, EXT) has it."""

    def __init__(self, structures):
        self.structures = structures.values()

    def get(self, field, default):
        return next((s[field] for s in self.structures if field in s), default)


def snapshot(report):
    device = report["capabilities"]["device"]
    core = device["properties"]["VkPhysicalDeviceProperties"]
    limits = core["limits"]
    properties, features = Structures(device["properties"]), Structures(device["features"])
    extensions = sorted(device["extensions"])

    driver = properties.get("driverID", None)
    size = properties.get("subgroupSize", 0)
    stages = properties.get("supportedStages", properties.get("subgroupSupportedStages", []))
    operations = properties.get("supportedOperations", properties.get("subgroupSupportedOperations", []))
    sized_stages = properties.get("requiredSubgroupSizeStages", [])

    def uuid(values):
        return bytes(values).hex()

    def queue_family(family):
        family = family["VkQueueFamilyProperties"]
        can = {kind: f"VK_QUEUE_{kind.upper()}_BIT" in family["queueFlags"]
               for kind in ("compute", "graphics", "transfer")}
        return {**can, "count": family["queueCount"], "timestamp_bits": family["timestampValidBits"]}

    return {
        "name": core["deviceName"],
        "type": DEVICE_TYPES[core["deviceType"].removeprefix("VK_PHYSICAL_DEVICE_TYPE_")],
        "vendor_id": core["vendorID"],
        "device_id": core["deviceID"],
        "api_version": core["apiVersion"],
        "driver_version": core["driverVersion"],
        "driver_id": DRIVER_IDS[driver.removeprefix("VK_DRIVER_ID_")] if driver else 0,
        "driver_name": properties.get("driverName", ""),
        "driver_info": properties.get("driverInfo", ""),
        "device_uuid": uuid(properties.get("deviceUUID", [0] * 16)),
        "driver_uuid": uuid(properties.get("driverUUID", [0] * 16)),
        "pipeline_cache_uuid": uuid(core["pipelineCacheUUID"]),
        "limits": {
            "max_workgroup_invocations": limits["maxComputeWorkGroupInvocations"],
            "max_workgroup_size": limits["maxComputeWorkGroupSize"],
            "max_workgroup_count": limits["maxComputeWorkGroupCount"],
            "max_shared_memory_bytes": limits["maxComputeSharedMemorySize"],
            "max_push_constants_bytes": limits["maxPushConstantsSize"],
            "max_storage_buffers_per_stage": limits["maxPerStageDescriptorStorageBuffers"],
            "max_storage_images_per_stage": limits["maxPerStageDescriptorStorageImages"],
            "max_resources_per_stage": limits["maxPerStageResources"],
            "max_storage_buffer_range": limits["maxStorageBufferRange"],
            "max_texel_buffer_elements": limits["maxTexelBufferElements"],
            "max_allocation_bytes": properties.get("maxMemoryAllocationSize", 0),
            "max_buffer_bytes": properties.get("maxBufferSize", 0),
            "min_storage_buffer_offset_alignment": limits["minStorageBufferOffsetAlignment"],
            "min_texel_buffer_offset_alignment": limits["minTexelBufferOffsetAlignment"],
            "non_coherent_atom_bytes": limits["nonCoherentAtomSize"],
            "timestamp_period_ns": limits["timestampPeriod"],
        },
        "subgroup": {
            "size": size,
            "min_size": properties.get("minSubgroupSize", size),
            "max_size": properties.get("maxSubgroupSize", size),
            "stages": flags(stages, "VK_SHADER_STAGE_", SHADER_STAGES),
            "operations": flags(operations, "VK_SUBGROUP_FEATURE_", SUBGROUP_FEATURES),
            "size_control": (features.get("subgroupSizeControl", False)
                             and "VK_SHADER_STAGE_COMPUTE_BIT" in sized_stages),
            "full_subgroups": features.get("computeFullSubgroups", False),
        },
        "features": {
            "shader_float16": features.get("shaderFloat16", False),
            "storage_buffer_16bit": features.get("storageBuffer16BitAccess", False),
            "shader_int8": features.get("shaderInt8", False),
            "vulkan_memory_model": features.get("vulkanMemoryModel", False),
            "timeline_semaphore": features.get("timelineSemaphore", False),
            "pipeline_executable_info": features.get("pipelineExecutableInfo", False),
            "device_fault": features.get("deviceFault", False),
            "memory_budget": "VK_EXT_memory_budget" in extensions,
            "robust_buffer_access": features.get("robustBufferAccess", False),
        },
        "cooperative_matrices": [],
        "memory_types": [],
        "memory_heaps": [],
        "memory_heap_budgets": [],
        "queue_families": [queue_family(family) for family in device["queueFamiliesProperties"]],
        "extensions": extensions,
    }


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    try:
        result = snapshot(report)
    except KeyError as missing:
        sys.exit(f"{sys.argv[1]}: not a report this script understands: {missing} is missing or unknown")
    print(json.dumps(result, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
