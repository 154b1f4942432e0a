#!/usr/bin/env python3
"""Turns a report about a GPU into a device snapshot as engine/plan/snapshot.h defines it, to plan for a GPU that is not here.

    scripts/snapshot_from_report.py REPORT [--gpu N] > NAME.json
    vkmbv3 explain --device-report NAME.json

REPORT is what `vulkaninfo` prints, what `vulkaninfo --json` writes (a Vulkan profile), or a report of vulkan.gpuinfo.org.
It follows engine/vulkan/capture.cpp. What a report does not hold stays empty: none has shapes of cooperative matrices, a
profile has no memory, vulkaninfo's text has no processors on NVIDIA and AMD. Device UUIDs are left out: some name one board.
"""
import argparse
import json
import re
import sys

DRIVER_IDS = {
    "AMD_PROPRIETARY": 1, "AMD_OPEN_SOURCE": 2, "MESA_RADV": 3, "NVIDIA_PROPRIETARY": 4,
    "INTEL_PROPRIETARY_WINDOWS": 5, "INTEL_OPEN_SOURCE_MESA": 6, "IMAGINATION_PROPRIETARY": 7,
    "QUALCOMM_PROPRIETARY": 8, "ARM_PROPRIETARY": 9, "GOOGLE_SWIFTSHADER": 10, "GGP_PROPRIETARY": 11,
    "BROADCOM_PROPRIETARY": 12, "MESA_LLVMPIPE": 13, "MOLTENVK": 14, "COREAVI_PROPRIETARY": 15,
    "JUICE_PROPRIETARY": 16, "VERISILICON_PROPRIETARY": 17, "MESA_TURNIP": 18, "MESA_V3DV": 19, "MESA_PANVK": 20,
    "SAMSUNG_PROPRIETARY": 21, "MESA_VENUS": 22, "MESA_DOZEN": 23, "MESA_NVK": 24,
    "IMAGINATION_OPEN_SOURCE_MESA": 25, "MESA_HONEYKRISP": 26, "VULKAN_SC_EMULATION_ON_VULKAN": 27,
    "MESA_KOSMICKRISP": 28,
}
DEVICE_TYPES = {"OTHER": "other", "INTEGRATED_GPU": "integrated", "DISCRETE_GPU": "discrete", "VIRTUAL_GPU": "virtual",
                "CPU": "cpu"}
SHADER_STAGES = {
    "VERTEX": 0x1, "TESSELLATION_CONTROL": 0x2, "TESSELLATION_EVALUATION": 0x4, "GEOMETRY": 0x8, "FRAGMENT": 0x10,
    "COMPUTE": 0x20, "TASK": 0x40, "MESH": 0x80, "RAYGEN": 0x100, "ANY_HIT": 0x200, "CLOSEST_HIT": 0x400,
    "MISS": 0x800, "INTERSECTION": 0x1000, "CALLABLE": 0x2000, "SUBPASS_SHADING": 0x4000, "CLUSTER_CULLING": 0x80000,
    "ALL_GRAPHICS": 0x1f, "ALL": 0x7fffffff,
}
SUBGROUP_FEATURES = {"BASIC": 0x1, "VOTE": 0x2, "ARITHMETIC": 0x4, "BALLOT": 0x8, "SHUFFLE": 0x10,
                     "SHUFFLE_RELATIVE": 0x20, "CLUSTERED": 0x40, "QUAD": 0x80, "PARTITIONED": 0x100,
                     "ROTATE": 0x200, "ROTATE_CLUSTERED": 0x400}
QUEUES = {"GRAPHICS": 0x1, "COMPUTE": 0x2, "TRANSFER": 0x4}
MEMORY = {"DEVICE_LOCAL": 0x1, "HOST_VISIBLE": 0x2, "HOST_COHERENT": 0x4, "HOST_CACHED": 0x8, "LAZILY_ALLOCATED": 0x10}
# A memory type with any other property may only be allocated with features that are not enabled.
UNKNOWN_MEMORY = 1 << 30


class UnknownReport(Exception):
    pass


def number(value):
    """A number, however a report writes it: 5, "5", "0x5", true, "1.5"."""
    if isinstance(value, bool) or isinstance(value, (int, float)):
        return value
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return int(text, 0)
    except ValueError:
        return float(text)


def flags(value, table, unknown=0):
    """The bits of a number or of names, as in ["VK_SHADER_STAGE_COMPUTE_BIT", "SHADER_STAGE_TASK_BIT_EXT", "QUEUE_COMPUTE"]."""
    if not isinstance(value, list):
        return number(value)
    bits = 0
    for name in value:
        word = re.sub(r"^(VK_)?(SHADER_STAGE|SUBGROUP_FEATURE|QUEUE|MEMORY_PROPERTY)_", "", name.strip())
        word = word.split("_BIT")[0]
        bits |= table.get(word, unknown)
    return bits


def uuid(value):
    """32 hexadecimal digits of a list of bytes or of "1f4517a6-c1c4-...". """
    if isinstance(value, list):
        return bytes(value).hex()
    return str(value).replace("-", "").strip()[:32].ljust(32, "0")


class Report:
    """What the readers below make of a report: three dictionaries of values by Vulkan's names, and lists."""

    def __init__(self, core, properties, features, extensions, queues, heaps, types, budgets):
        self.core = core  # VkPhysicalDeviceProperties and its limits
        self.properties = properties
        self.features = features
        self.extensions = set(extensions)
        self.queues = queues  # (flags, count, timestamp bits)
        self.heaps = heaps  # bytes
        self.types = types  # (heap, flags)
        self.budgets = budgets  # bytes now available, or nothing

    def limit(self, name):
        return number(self.core[name])

    def property(self, name, default=0):
        return number(self.properties[name]) if name in self.properties else default

    def feature(self, name):
        return bool(number(self.features.get(name, False)))


def from_profile(document):
    """`vulkaninfo --json`."""
    device = document["capabilities"]["device"]
    core = dict(device["properties"]["VkPhysicalDeviceProperties"])
    core.update(core.pop("limits"))
    if "deviceName" not in core:  # newer tools leave it to the profile's label: "NAME driver 1.2.3"
        core["deviceName"] = next(iter(document["profiles"].values()))["label"].rsplit(" driver ", 1)[0]
    properties, features = {}, {}
    for structure in device["properties"].values():
        properties.update(structure)
    for structure in device["features"].values():
        features.update(structure)
    families = [family["VkQueueFamilyProperties"] for family in device["queueFamiliesProperties"]]
    queues = [(flags(f["queueFlags"], QUEUES), f["queueCount"], f["timestampValidBits"]) for f in families]
    return Report(core, properties, features, device["extensions"], queues, [], [], [])


def from_gpuinfo(document):
    """A report of vulkan.gpuinfo.org."""
    core = dict(document["properties"])
    core.update(core.pop("limits"))
    properties, features = dict(core.get("subgroupProperties", {})), dict(document["features"])
    for row in document["extended"]["deviceproperties2"]:
        properties[row["name"]] = row["value"]
    for row in document["extended"]["devicefeatures2"]:
        features[row["name"]] = row["supported"]
    for version in ("core11", "core12", "core13", "core14"):
        properties.update(document.get(version, {}).get("properties", {}))
        features.update(document.get(version, {}).get("features", {}))
    memory = document["memory"]
    return Report(core, properties, features, [row["extensionName"] for row in document["extensions"]],
                  [(q["queueFlags"], q["queueCount"], q["timestampValidBits"]) for q in document["queues"]],
                  [number(heap["size"]) for heap in memory["memoryHeaps"]],
                  [(type_["heapIndex"], type_["propertyFlags"]) for type_ in memory["memoryTypes"]], [])


def text_sections(text, gpu):
    """Sections of one GPU in what vulkaninfo prints: {"VkPhysicalDeviceLimits": its lines}."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if re.fullmatch(r"GPU\d+:", line.strip())
              and i + 1 < len(lines) and lines[i + 1].startswith("VkPhysicalDeviceProperties")]
    if gpu >= len(starts):
        raise UnknownReport(f"it has {len(starts)} GPUs, not one of number {gpu}")
    end = starts[gpu + 1] if gpu + 1 < len(starts) else len(lines)
    sections, current = {}, None
    for line in lines[starts[gpu] + 1:end]:
        heading = re.match(r"(Vk\w+|Device Extensions):", line)
        if heading:
            current = sections.setdefault(heading.group(1), [])
        elif current is not None and not re.fullmatch(r"\s*[-=]+\s*", line):
            current.append(line)
    return sections


def text_values(lines):
    """{"name": "value"} and {"name": ["listed", …]} of a section's lines."""
    values, listing = {}, None
    for line in lines:
        depth = len(line) - len(line.lstrip("\t"))
        assigned = re.match(r"\t+(\w+)\s+=\s?(.*)", line)
        counted = re.match(r"\t*(\w+): count = \d+", line)
        if counted:
            listing = (depth, values.setdefault(counted.group(1), []))
        elif assigned:
            listing = None
            values.setdefault(assigned.group(1), assigned.group(2).strip())
        elif listing and depth > listing[0]:
            listing[1].append(line.strip())
    return values


def from_text(text, gpu):
    """What `vulkaninfo` prints."""
    sections = text_sections(text, gpu)
    core, properties, features = {}, {}, {}
    for name, lines in sections.items():
        if name in ("VkPhysicalDeviceProperties", "VkPhysicalDeviceLimits"):
            core.update(text_values(lines))
        elif re.fullmatch(r"VkPhysicalDevice\w*Properties\w*", name) and "Memory" not in name.split("Properties")[0][-6:]:
            properties.update(text_values(lines))
        elif re.fullmatch(r"VkPhysicalDevice\w*Features\w*", name):
            features.update(text_values(lines))
    core["apiVersion"] = re.search(r"\((\d+)\)|^(\d+)$", core["apiVersion"])
    core["apiVersion"] = next(group for group in core["apiVersion"].groups() if group)
    version = re.search(r"\((\d+)\)", core["driverVersion"])
    core["driverVersion"] = version.group(1) if version else core["driverVersion"]
    for name in ("maxComputeWorkGroupCount", "maxComputeWorkGroupSize"):
        core[name] = [number(value) for value in core[name]]
    extensions = [line.split(":")[0].strip() for line in sections.get("Device Extensions", []) if "revision" in line]

    queues = []
    for line in sections.get("VkQueueFamilyProperties", []):
        assigned = re.match(r"\s+(queueCount|queueFlags|timestampValidBits)\s+=\s(.*)", line)
        if re.match(r"\s*queueProperties\[\d+\]", line):
            queues.append({})
        elif assigned:
            queues[-1][assigned.group(1)] = assigned.group(2)
    queues = [(flags(q["queueFlags"].split("|"), QUEUES), number(q["queueCount"]), number(q["timestampValidBits"]))
              for q in queues]

    heaps, budgets, types = [], [], []
    for line in sections.get("VkPhysicalDeviceMemoryProperties", []):
        heap = re.match(r"\s+(size|budget|usage)\s+=\s(\d+)", line)
        if heap and heap.group(1) == "size":
            heaps.append(int(heap.group(2)))
        elif heap and heap.group(1) == "budget":
            budgets.append(int(heap.group(2)))
        elif heap:
            budgets[-1] = max(0, budgets[-1] - int(heap.group(2)))
        elif re.match(r"\s+heapIndex\s+=", line):
            types.append((int(line.split("=")[1]), 0))
        elif re.match(r"\s+MEMORY_PROPERTY_\w+", line) and types:
            types[-1] = (types[-1][0], types[-1][1] | flags([line], MEMORY, UNKNOWN_MEMORY))
    return Report(core, properties, features, extensions, queues, heaps, types, budgets)


def driver_id(report):
    value = report.properties.get("driverID", 0)
    if isinstance(value, str) and not value.isdigit():
        return DRIVER_IDS.get(value.removeprefix("VK_").removeprefix("DRIVER_ID_"), 0)
    return number(value)


def device_type(report):
    value = report.core["deviceType"]
    if isinstance(value, int):
        return ("other", "integrated", "discrete", "virtual", "cpu")[value]
    return DEVICE_TYPES[re.sub(r"^(VK_)?PHYSICAL_DEVICE_TYPE_", "", value)]


def told_together(report):
    """Tells whether a shader can demand nothing of fp16 that it doesn't of fp32 (VkShaderFloatControlsIndependence)."""
    words = [str(report.properties.get(f"{what}Independence", "")) for what in ("denormBehavior", "roundingMode")]
    return any(word == "2" or word.endswith("INDEPENDENCE_NONE") for word in words)  # vulkaninfo has names of it


def processors(report):
    units = (report.property("shaderEngineCount") * report.property("shaderArraysPerEngineCount")
             * report.property("computeUnitsPerShaderArray"))
    count = max(report.property("shaderSMCount"), report.property("shaderCoreCount"),
                report.property("activeComputeUnitCount") or units)
    waves = report.property("simdPerComputeUnit") * report.property("wavefrontsPerSimd")
    return {"count": count,
            "subgroups": max(report.property("shaderWarpsPerSM"), report.property("shaderWarpsPerCore"), waves),
            "simds": report.property("simdPerComputeUnit"),
            "registers": report.property("vgprsPerSimd"),
            "multiply_adds": report.property("fmaRate")}


def subgroup(report):
    size = report.property("subgroupSize")
    properties = report.properties
    stages = flags(properties.get("subgroupSupportedStages", properties.get("supportedStages", 0)), SHADER_STAGES)
    operations = flags(properties.get("subgroupSupportedOperations", properties.get("supportedOperations", 0)),
                       SUBGROUP_FEATURES)
    controlled = report.feature("subgroupSizeControl")
    sized = flags(properties.get("requiredSubgroupSizeStages", 0), SHADER_STAGES)
    return {"size": size,
            "min_size": report.property("minSubgroupSize", size) if controlled else size,
            "max_size": report.property("maxSubgroupSize", size) if controlled else size,
            "stages": stages,
            "operations": operations,
            "size_control": bool(controlled and sized & SHADER_STAGES["COMPUTE"]),
            "full_subgroups": bool(controlled and report.feature("computeFullSubgroups"))}


def memory_type(heap, bits):
    known = bits if not bits & ~sum(MEMORY.values()) else 0
    return {"heap": heap, "device_local": bool(known & 1), "host_visible": bool(known & 2),
            "host_coherent": bool(known & 4), "host_cached": bool(known & 8)}


def queue_family(bits, count, timestamp_bits):
    compute, graphics = bool(bits & 2), bool(bits & 1)
    return {"compute": compute, "graphics": graphics, "transfer": compute or graphics or bool(bits & 4), "count": count,
            "timestamp_bits": timestamp_bits}


def snapshot(report):
    core, limit = report.core, report.limit
    text = {name: " ".join(str(report.properties.get(name, "")).split()) for name in ("driverName", "driverInfo")}
    return {
        "name": core["deviceName"],
        "type": device_type(report),
        "vendor_id": limit("vendorID"),
        "device_id": limit("deviceID"),
        "api_version": limit("apiVersion"),
        "driver_version": limit("driverVersion"),
        "driver_id": driver_id(report),
        "driver_name": text["driverName"],
        "driver_info": text["driverInfo"],
        "device_uuid": "0" * 32,
        "driver_uuid": uuid(report.properties.get("driverUUID", [0] * 16)),
        "pipeline_cache_uuid": uuid(core.get("pipelineCacheUUID", [0] * 16)),
        "limits": {
            "max_workgroup_invocations": limit("maxComputeWorkGroupInvocations"),
            "max_workgroup_size": core["maxComputeWorkGroupSize"],
            "max_workgroup_count": core["maxComputeWorkGroupCount"],
            "max_shared_memory_bytes": limit("maxComputeSharedMemorySize"),
            "max_push_constants_bytes": limit("maxPushConstantsSize"),
            "max_storage_buffers_per_stage": min(limit("maxPerStageDescriptorStorageBuffers"),
                                                 limit("maxDescriptorSetStorageBuffers")),
            "max_storage_images_per_stage": min(limit("maxPerStageDescriptorStorageImages"),
                                                limit("maxDescriptorSetStorageImages")),
            "max_resources_per_stage": limit("maxPerStageResources"),
            "max_storage_buffer_range": limit("maxStorageBufferRange"),
            "max_texel_buffer_elements": limit("maxTexelBufferElements"),
            "max_allocation_bytes": report.property("maxMemoryAllocationSize"),
            "max_buffer_bytes": report.property("maxBufferSize"),
            "min_storage_buffer_offset_alignment": limit("minStorageBufferOffsetAlignment"),
            "min_texel_buffer_offset_alignment": limit("minTexelBufferOffsetAlignment"),
            "non_coherent_atom_bytes": limit("nonCoherentAtomSize"),
            "min_imported_host_pointer_alignment": report.property("minImportedHostPointerAlignment"),
            "timestamp_period_ns": limit("timestampPeriod"),
        },
        "subgroup": subgroup(report),
        "processors": processors(report),
        "features": {
            "shader_float16": report.feature("shaderFloat16"),
            "storage_buffer_16bit": report.feature("storageBuffer16BitAccess"),
            "shader_int8": report.feature("shaderInt8"),
            "vulkan_memory_model": report.feature("vulkanMemoryModel"),
            "half_rounds_to_nearest": bool(report.property("shaderRoundingModeRTEFloat16", False)),
            "half_keeps_subnormals": bool(report.property("shaderDenormPreserveFloat16", False)) and
                                     not told_together(report),
            "packed_dot_product": bool(
                report.property("integerDotProduct4x8BitPackedMixedSignednessAccelerated", False)),
            "integer_dot_product": report.feature("shaderIntegerDotProduct"),
            "signed_dot_product": bool(report.property("integerDotProduct4x8BitPackedSignedAccelerated", False)),
            "bfloat16_matrices": report.feature("shaderBFloat16Type") and report.feature("shaderBFloat16CooperativeMatrix"),
            "float8_matrices": report.feature("shaderFloat8") and report.feature("shaderFloat8CooperativeMatrix"),
            "timeline_semaphore": report.feature("timelineSemaphore"),
            "pipeline_executable_info": report.feature("pipelineExecutableInfo"),
            "device_fault": report.feature("deviceFault"),
            "memory_budget": "VK_EXT_memory_budget" in report.extensions,
            "robust_buffer_access": report.feature("robustBufferAccess"),
        },
        "cooperative_matrices": [],
        "memory_types": [memory_type(*type_) for type_ in report.types],
        "memory_heaps": report.heaps,
        "memory_heap_budgets": report.budgets if "VK_EXT_memory_budget" in report.extensions else [],
        "queue_families": [queue_family(*queue) for queue in report.queues],
        "extensions": sorted(report.extensions),
    }


def decoded(data):
    """The text of a report. Windows' PowerShell writes what a program prints as UTF-16, with a byte-order mark."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if utf16 else "utf-8-sig", errors="replace").replace("\r\n", "\n")


def read(text, gpu):
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        if "VkPhysicalDeviceLimits:" not in text:
            raise UnknownReport("it is neither JSON nor what vulkaninfo prints (not its --summary)")
        return from_text(text, gpu)
    if "capabilities" in document:
        return from_profile(document)
    if "extended" in document and "properties" in document:
        return from_gpuinfo(document)
    raise UnknownReport("it is JSON, but neither a profile of vulkaninfo --json nor a report of vulkan.gpuinfo.org")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", metavar="REPORT")
    parser.add_argument("--gpu", type=int, default=0, metavar="N", help="which GPU of vulkaninfo's text (default: 0)")
    arguments = parser.parse_args()
    try:
        with open(arguments.report, "rb") as file:
            result = snapshot(read(decoded(file.read()), arguments.gpu))
    except OSError as error:
        sys.exit(f"{arguments.report}: {error.strerror}")
    except UnknownReport as why:
        sys.exit(f"{arguments.report}: not a report this script understands: {why}")
    except (KeyError, ValueError, IndexError, StopIteration, AttributeError, TypeError) as missing:
        sys.exit(f"{arguments.report}: not a report this script understands: {missing} is missing or unknown")
    print(json.dumps(result, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
