#include <engine/plan/snapshot.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

namespace vkm::engine {
namespace {

using nlohmann::json;

template <typename T, typename U>
concept Like = std::same_as<std::remove_const_t<T>, U>;

// These lists say what a snapshot consists of. Writer and Reader both walk them. Members that older snapshots
// lack are `newer`: they keep their default there.

void members(auto& member, Like<DeviceSnapshot::Limits> auto& limits) {
    member("max_workgroup_invocations", limits.max_workgroup_invocations);
    member("max_workgroup_size", limits.max_workgroup_size);
    member("max_workgroup_count", limits.max_workgroup_count);
    member("max_shared_memory_bytes", limits.max_shared_memory_bytes);
    member("max_push_constants_bytes", limits.max_push_constants_bytes);
    member("max_storage_buffers_per_stage", limits.max_storage_buffers_per_stage);
    member("max_storage_images_per_stage", limits.max_storage_images_per_stage);
    member("max_resources_per_stage", limits.max_resources_per_stage);
    member("max_storage_buffer_range", limits.max_storage_buffer_range);
    member("max_texel_buffer_elements", limits.max_texel_buffer_elements);
    member("max_allocation_bytes", limits.max_allocation_bytes);
    member("max_buffer_bytes", limits.max_buffer_bytes);
    member("min_storage_buffer_offset_alignment", limits.min_storage_buffer_offset_alignment);
    member("min_texel_buffer_offset_alignment", limits.min_texel_buffer_offset_alignment);
    member("non_coherent_atom_bytes", limits.non_coherent_atom_bytes);
    member.newer("min_imported_host_pointer_alignment", limits.min_imported_host_pointer_alignment);
    member("timestamp_period_ns", limits.timestamp_period_ns);
}

void members(auto& member, Like<DeviceSnapshot::Subgroup> auto& subgroup) {
    member("size", subgroup.size);
    member("min_size", subgroup.min_size);
    member("max_size", subgroup.max_size);
    member("stages", subgroup.stages);
    member("operations", subgroup.operations);
    member("size_control", subgroup.size_control);
    member("full_subgroups", subgroup.full_subgroups);
}

void members(auto& member, Like<DeviceSnapshot::Processors> auto& processors) {
    member("count", processors.count);
    member("subgroups", processors.subgroups);
    member("simds", processors.simds);
    member("registers", processors.registers);
    member("multiply_adds", processors.multiply_adds);
}

void members(auto& member, Like<DeviceSnapshot::Features> auto& features) {
    member("shader_float16", features.shader_float16);
    member("storage_buffer_16bit", features.storage_buffer_16bit);
    member("shader_int8", features.shader_int8);
    member("vulkan_memory_model", features.vulkan_memory_model);
    member.newer("half_rounds_to_nearest", features.half_rounds_to_nearest);
    member.newer("half_keeps_subnormals", features.half_keeps_subnormals);
    member.newer("packed_dot_product", features.packed_dot_product);
    member.newer("integer_dot_product", features.integer_dot_product);
    member.newer("signed_dot_product", features.signed_dot_product);
    member.newer("bfloat16_matrices", features.bfloat16_matrices);
    member.newer("float8_matrices", features.float8_matrices);
    member("timeline_semaphore", features.timeline_semaphore);
    member("pipeline_executable_info", features.pipeline_executable_info);
    member("device_fault", features.device_fault);
    member("memory_budget", features.memory_budget);
    member("robust_buffer_access", features.robust_buffer_access);
}

void members(auto& member, Like<DeviceSnapshot::CooperativeMatrix> auto& shape) {
    member("m", shape.m);
    member("n", shape.n);
    member("k", shape.k);
    member("a", shape.a);
    member("b", shape.b);
    member("c", shape.c);
    member("result", shape.result);
    member("subgroup_scope", shape.subgroup_scope);
}

void members(auto& member, Like<DeviceSnapshot::MemoryType> auto& type) {
    member("heap", type.heap);
    member("device_local", type.device_local);
    member("host_visible", type.host_visible);
    member("host_coherent", type.host_coherent);
    member("host_cached", type.host_cached);
}

void members(auto& member, Like<DeviceSnapshot::QueueFamily> auto& family) {
    member("compute", family.compute);
    member("graphics", family.graphics);
    member("transfer", family.transfer);
    member("count", family.count);
    member("timestamp_bits", family.timestamp_bits);
}

void members(auto& member, Like<DeviceSnapshot> auto& device) {
    member("name", device.name);
    member("type", device.type);
    member("vendor_id", device.vendor_id);
    member("device_id", device.device_id);
    member("api_version", device.api_version);
    member("driver_version", device.driver_version);
    member("driver_id", device.driver_id);
    member("driver_name", device.driver_name);
    member("driver_info", device.driver_info);
    member("device_uuid", device.device_uuid);
    member("driver_uuid", device.driver_uuid);
    member("pipeline_cache_uuid", device.pipeline_cache_uuid);
    member("limits", device.limits);
    member("subgroup", device.subgroup);
    member.newer("processors", device.processors);
    member("features", device.features);
    member("cooperative_matrices", device.cooperative_matrices);
    member("memory_types", device.memory_types);
    member("memory_heaps", device.memory_heaps);
    member("memory_heap_budgets", device.memory_heap_budgets);
    member("queue_families", device.queue_families);
    member("extensions", device.extensions);
}

constexpr std::pair<DeviceType, std::string_view> device_types[] = {{DeviceType::other, "other"},
                                                                    {DeviceType::integrated, "integrated"},
                                                                    {DeviceType::discrete, "discrete"},
                                                                    {DeviceType::virtual_gpu, "virtual"},
                                                                    {DeviceType::cpu, "cpu"}};
constexpr std::string_view hex_digits = "0123456789abcdef";
using Uuid = std::array<uint8_t, 16>;

class Writer {
  public:
    explicit Writer(json& object) : object_(object) { object_ = json::object(); }

    void operator()(const char* name, const auto& value) { write(object_[name], value); }
    void newer(const char* name, const auto& value) { write(object_[name], value); }

  private:
    static void write(json& out, DeviceType type) {
        for (const auto& [value, word] : device_types) {
            if (value == type) out = word;
        }
    }
    static void write(json& out, float value) {
        // JSON has no infinity. A driver whose clock does not run reports an infinite timestamp period.
        out = std::isfinite(value) ? value : 0.0f;
    }
    static void write(json& out, const Uuid& uuid) {
        std::string digits;
        for (const uint8_t byte : uuid) {
            digits += hex_digits[byte >> 4];
            digits += hex_digits[byte & 15];
        }
        out = std::move(digits);
    }
    template <typename T>
    static void write(json& out, const std::vector<T>& list) {
        out = json::array();
        for (const T& element : list)
            write(out.emplace_back(), element);
    }
    template <typename T>
    static void write(json& out, const T& value) {
        if constexpr (requires(Writer & writer) { members(writer, value); }) {
            Writer writer(out);
            members(writer, value);
        } else {
            out = value;
        }
    }

    json& object_;
};

class Reader {
  public:
    /// `where` is the object's own name, empty at the root.
    Reader(const json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object_.is_object()) fail(where_.empty() ? "the document" : where_, "an object", object_);
    }

    void operator()(const char* name, auto& value) const {
        const std::string field = where_.empty() ? name : where_ + "." + name;
        const auto found = object_.find(name);
        if (found == object_.end()) {
            throw InvalidSnapshot(
                "device snapshot: field {} is missing; capture it again with `vkmbv3 devices --json --full`",
                field);
        }
        read(*found, field, value);
    }
    void newer(const char* name, auto& value) const {
        if (object_.contains(name)) (*this)(name, value);
    }

  private:
    [[noreturn]] static void fail(const std::string& field, std::string_view expected, const json& value) {
        std::string found = value.is_structured() ? std::string("an ") + value.type_name()
                                                  : value.dump(-1, ' ', true, json::error_handler_t::replace);
        constexpr size_t longest = 60;  // foreign bytes must not make a message of megabytes
        if (found.size() > longest) found.replace(longest, found.npos, "…");
        throw InvalidSnapshot("device snapshot: {} must be {}, not {}", field, expected, found);
    }

    static void read(const json& value, const std::string& field, bool& out) {
        if (!value.is_boolean()) fail(field, "true or false", value);
        out = value.get<bool>();
    }
    template <std::unsigned_integral T>
    static void read(const json& value, const std::string& field, T& out) {
        // Only a literal in code makes a signed number of a positive one; a parser yields unsigned.
        const bool natural =
            value.is_number_unsigned() || (value.is_number_integer() && value.get<int64_t>() >= 0);
        if (!natural || value.get<uint64_t>() > std::numeric_limits<T>::max()) {
            fail(field, fmt::format("an integer from 0 to {}", std::numeric_limits<T>::max()), value);
        }
        out = value.get<T>();
    }
    static void read(const json& value, const std::string& field, float& out) {
        constexpr double largest = std::numeric_limits<float>::max();
        if (!value.is_number() || !(std::abs(value.get<double>()) <= largest)) fail(field, "a number", value);
        out = value.get<float>();
    }
    static void read(const json& value, const std::string& field, std::string& out) {
        if (!value.is_string()) fail(field, "a string", value);
        out = value.get<std::string>();
    }
    static void read(const json& value, const std::string& field, DeviceType& out) {
        for (const auto& [type, word] : device_types) {
            if (value == word) {
                out = type;
                return;
            }
        }
        fail(field, "one of other, integrated, discrete, virtual, cpu", value);
    }
    static void read(const json& value, const std::string& field, Uuid& out) {
        constexpr std::string_view expected = "32 hexadecimal digits";
        if (!value.is_string() || value.get_ref<const std::string&>().size() != 2 * out.size()) {
            fail(field, expected, value);
        }
        const std::string& digits = value.get_ref<const std::string&>();
        for (size_t i = 0; i < out.size(); ++i) {
            const size_t high = hex_digits.find(digits[2 * i]), low = hex_digits.find(digits[2 * i + 1]);
            if (high == hex_digits.npos || low == hex_digits.npos) fail(field, expected, value);
            out[i] = static_cast<uint8_t>(high << 4 | low);
        }
    }
    static void read(const json& value, const std::string& field, std::array<uint32_t, 3>& out) {
        if (!value.is_array() || value.size() != out.size()) fail(field, "an array of 3 integers", value);
        for (size_t i = 0; i < out.size(); ++i)
            read(value[i], fmt::format("{}[{}]", field, i), out[i]);
    }
    template <typename T>
    static void read(const json& value, const std::string& field, std::vector<T>& out) {
        if (!value.is_array()) fail(field, "an array", value);
        out.clear();
        for (size_t i = 0; i < value.size(); ++i)
            read(value[i], fmt::format("{}[{}]", field, i), out.emplace_back());
    }
    static void read(const json& value, const std::string& field, std::set<std::string>& out) {
        std::vector<std::string> list;
        read(value, field, list);
        out = {list.begin(), list.end()};
    }
    template <typename T>
    requires requires(const Reader& reader, T& out) { members(reader, out); }
    static void read(const json& value, const std::string& field, T& out) {
        const Reader reader(value, field);
        members(reader, out);
    }

    const json& object_;
    std::string where_;
};

}  // namespace

uint64_t DeviceSnapshot::device_memory_bytes() const {
    uint64_t most = 0, all = 0;
    for (size_t heap = 0; heap < memory_heaps.size(); ++heap) {
        const auto in_heap = [&](const MemoryType& memory) { return memory.heap == heap && usable(memory); };
        if (std::ranges::none_of(memory_types, in_heap)) continue;
        const uint64_t bytes = (heap < memory_heap_budgets.size() ? memory_heap_budgets : memory_heaps)[heap];
        most = std::max(most, bytes);
        all += bytes;
    }
    return unified_memory() ? all : most;
}

void to_json(json& out, const DeviceSnapshot& device) {
    Writer writer(out);
    members(writer, device);
}

void from_json(const json& in, DeviceSnapshot& device) {
    DeviceSnapshot read;
    const Reader reader(in, "");
    members(reader, read);
    device = std::move(read);
}

DeviceSnapshot parse_snapshot(std::string_view json_text) {
    try {
        return json::parse(json_text).get<DeviceSnapshot>();
    } catch (const json::exception& error) {
        throw InvalidSnapshot("device snapshot: not JSON: {}", error.what());
    }
}

}  // namespace vkm::engine
