#include <engine/plan/snapshot.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/devices.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace vkm::engine {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// Returns a snapshot whose every member differs from its default, so that one that is lost on the way shows.
DeviceSnapshot filled_snapshot() {
    DeviceSnapshot device;
    device.name = "A \"GPU\" (µ)";
    device.type = DeviceType::virtual_gpu;
    device.vendor_id = 0x10005;
    device.device_id = 0xffffffff;
    device.api_version = 1u << 22 | 3u << 12;
    device.driver_version = 7;
    device.driver_id = 13;
    device.driver_name = "driver";
    device.driver_info = "info";
    for (uint8_t i = 0; i < 16; ++i) {
        device.device_uuid[i] = i;
        device.driver_uuid[i] = static_cast<uint8_t>(16 * i);
        device.pipeline_cache_uuid[i] = static_cast<uint8_t>(255 - i);
    }
    device.limits = {.max_workgroup_invocations = 1,
                     .max_workgroup_size = {2, 3, 4},
                     .max_workgroup_count = {5, 6, 7},
                     .max_shared_memory_bytes = 8,
                     .max_push_constants_bytes = 9,
                     .max_storage_buffers_per_stage = 10,
                     .max_storage_images_per_stage = 11,
                     .max_resources_per_stage = 12,
                     .max_storage_buffer_range = 13,
                     .max_texel_buffer_elements = 14,
                     .max_allocation_bytes = ~uint64_t{0},
                     .max_buffer_bytes = 15,
                     .min_storage_buffer_offset_alignment = 16,
                     .min_texel_buffer_offset_alignment = 17,
                     .non_coherent_atom_bytes = 18,
                     .min_imported_host_pointer_alignment = 19,
                     .timestamp_period_ns = 52.0833f};
    device.subgroup = {.size = 1,
                       .min_size = 2,
                       .max_size = 3,
                       .stages = 4,
                       .operations = 5,
                       .size_control = true,
                       .full_subgroups = true};
    device.processors = {.count = 108, .subgroups = 64, .simds = 2, .registers = 1536, .multiply_adds = 128};
    device.features = {.shader_float16 = true,
                       .storage_buffer_16bit = true,
                       .shader_int8 = true,
                       .vulkan_memory_model = true,
                       .half_rounds_to_nearest = true,
                       .half_keeps_subnormals = true,
                       .packed_dot_product = true,
                       .integer_dot_product = true,
                       .signed_dot_product = true,
                       .bfloat16_matrices = true,
                       .float8_matrices = true,
                       .timeline_semaphore = true,
                       .pipeline_executable_info = true,
                       .device_fault = true,
                       .memory_budget = true,
                       .robust_buffer_access = true};
    device.cooperative_matrices = {{.m = 16,
                                    .n = 8,
                                    .k = 4,
                                    .a = "float16",
                                    .b = "sint8",
                                    .c = "float32",
                                    .result = "float64",
                                    .subgroup_scope = true}};
    device.memory_types = {
        {.heap = 1, .device_local = true, .host_visible = true, .host_coherent = true, .host_cached = true},
        {}};
    device.memory_heaps = {1ull << 40, 2};
    device.memory_heap_budgets = {3, 4};
    device.queue_families = {
        {.compute = true, .graphics = true, .transfer = true, .count = 16, .timestamp_bits = 64}, {}};
    device.extensions = {"VK_KHR_a", "VK_EXT_b"};
    return device;
}

TEST(SnapshotTest, EveryMemberSurvivesJson) {
    const DeviceSnapshot device = filled_snapshot();
    EXPECT_EQ(parse_snapshot(json(device).dump()), device);
}

TEST(SnapshotTest, ADefaultSnapshotSurvivesJson) {
    EXPECT_EQ(parse_snapshot(json(DeviceSnapshot{}).dump()), DeviceSnapshot{});
}

TEST(SnapshotTest, WritesWordsAndHexadecimalForPeople) {
    const json out = filled_snapshot();
    EXPECT_EQ(out.at("type"), "virtual");
    EXPECT_EQ(out.at("device_uuid"), "000102030405060708090a0b0c0d0e0f");
}

TEST(SnapshotTest, WritesAnInfiniteTimestampPeriodAsNone) {
    DeviceSnapshot device;
    device.limits.timestamp_period_ns = std::numeric_limits<float>::infinity();
    EXPECT_EQ(parse_snapshot(json(device).dump()).limits.timestamp_period_ns, 0.0f);
}

TEST(SnapshotTest, IgnoresMembersOfNewerPrograms) {
    json in = filled_snapshot();
    in["from_the_future"] = {1, 2};
    EXPECT_EQ(in.get<DeviceSnapshot>(), filled_snapshot());
}

TEST(SnapshotTest, AFailedReadLeavesTheTargetAlone) {
    DeviceSnapshot device = filled_snapshot();
    json in = DeviceSnapshot{};
    in.erase("extensions");
    EXPECT_THROW(from_json(in, device), InvalidSnapshot);
    EXPECT_EQ(device, filled_snapshot());
}

void expect_invalid(const json& in, const std::string& message) {
    try {
        in.get<DeviceSnapshot>();
        ADD_FAILURE() << "accepted; expected: " << message;
    } catch (const InvalidSnapshot& error) {
        EXPECT_THAT(error.what(), HasSubstr(message));
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
}

/// Returns pointers to all members of a document's objects, nested ones included.
std::vector<json::json_pointer> members_of(const json& document) {
    std::vector<json::json_pointer> found;
    const auto walk = [&](const auto& self, const json& value, const json::json_pointer& at) -> void {
        if (value.is_object()) {
            for (const auto& [name, member] : value.items()) {
                found.push_back(at / name);
                self(self, member, at / name);
            }
        } else if (value.is_array()) {
            for (size_t i = 0; i < value.size(); ++i)
                self(self, value[i], at / i);
        }
    };
    walk(walk, document, json::json_pointer());
    return found;
}

// Snapshots of before these members were captured stay readable.
const std::set<std::string> newer{"/processors",
                                  "/limits/min_imported_host_pointer_alignment",
                                  "/features/half_rounds_to_nearest",
                                  "/features/half_keeps_subnormals",
                                  "/features/packed_dot_product",
                                  "/features/integer_dot_product",
                                  "/features/signed_dot_product",
                                  "/features/bfloat16_matrices",
                                  "/features/float8_matrices"};

TEST(SnapshotTest, OlderOnesLackNewerMembers) {
    json in = filled_snapshot();
    for (const std::string& member : newer)
        in[json::json_pointer(member).parent_pointer()].erase(json::json_pointer(member).back());
    DeviceSnapshot expected = filled_snapshot();
    expected.processors = {};
    expected.limits.min_imported_host_pointer_alignment = 0;
    expected.features.half_rounds_to_nearest = expected.features.half_keeps_subnormals = false;
    expected.features.packed_dot_product = false;
    expected.features.integer_dot_product = expected.features.signed_dot_product = false;
    expected.features.bfloat16_matrices = expected.features.float8_matrices = false;
    EXPECT_EQ(in.get<DeviceSnapshot>(), expected);
}

TEST(SnapshotTest, NamesAnyMissingField) {
    const json whole = filled_snapshot();
    for (const json::json_pointer& member : members_of(whole)) {
        if (newer.contains(member.to_string())) continue;
        json in = whole;
        in[member.parent_pointer()].erase(member.back());
        expect_invalid(in, member.back() + " is missing");
    }
}

TEST(SnapshotTest, NamesAnyMistypedField) {
    const json whole = filled_snapshot();
    for (const json::json_pointer& member : members_of(whole)) {
        for (const json& wrong : {json(nullptr), json(json::object()), json(-1.5e300)}) {
            // The message on an object in an object's place names what that object lacks.
            if (wrong.is_object() && whole[member].is_object()) continue;
            json in = whole;
            in[member] = wrong;
            expect_invalid(in, member.back() + " must be");
        }
    }
}

TEST(SnapshotTest, GivesThePathOfANestedField) {
    json in = filled_snapshot();
    in["queue_families"][1]["count"] = "two";
    expect_invalid(in, "queue_families[1].count must be an integer from 0 to 4294967295, not \"two\"");
}

TEST(SnapshotTest, RejectsValuesOutOfRange) {
    for (const json& wrong : {json(-1), json(4294967296), json(1.0), json(true)}) {
        json in = filled_snapshot();
        in["vendor_id"] = wrong;
        expect_invalid(in, "vendor_id must be an integer from 0 to 4294967295");
    }
    for (const char* wrong :
         {"", "00", "000102030405060708090A0B0C0D0E0F", "000102030405060708090a0b0c0d0e0g"}) {
        json in = filled_snapshot();
        in["driver_uuid"] = wrong;
        expect_invalid(in, "driver_uuid must be 32 hexadecimal digits");
    }
    json in = filled_snapshot();
    in["type"] = "quantum";
    expect_invalid(in, "type must be one of other, integrated, discrete, virtual, cpu, not \"quantum\"");
    in = filled_snapshot();
    in["limits"]["max_workgroup_size"] = {1, 2};
    expect_invalid(in, "limits.max_workgroup_size must be an array of 3 integers");
}

TEST(SnapshotTest, KeepsMessagesShort) {
    json in = filled_snapshot();
    in["type"] = std::string(1 << 20, 'x');
    try {
        in.get<DeviceSnapshot>();
        FAIL();
    } catch (const InvalidSnapshot& error) {
        EXPECT_LT(std::string(error.what()).size(), 300u);
    }
}

TEST(SnapshotTest, RejectsWhatIsNotAnObject) {
    for (const char* text : {"[]", "1", "null", "\"x\""}) {
        EXPECT_THROW(parse_snapshot(text), InvalidSnapshot) << text;
    }
}

TEST(SnapshotTest, RejectsWhatIsNotJson) {
    const std::string whole = json(filled_snapshot()).dump();
    for (const std::string& text : {std::string(), std::string("{"), whole.substr(0, whole.size() / 2),
                                    "\xff" + whole, std::string(100'000, '[')}) {
        EXPECT_THROW(parse_snapshot(text), InvalidSnapshot) << text.substr(0, 20);
    }
}

class CapturedSnapshotTest : public ::testing::TestWithParam<std::string> {};

TEST_P(CapturedSnapshotTest, SurvivesJson) {
    const DeviceSnapshot device = captured_device(GetParam());
    EXPECT_FALSE(device.name.empty());
    EXPECT_EQ(parse_snapshot(json(device).dump(2)), device);
}

INSTANTIATE_TEST_SUITE_P(Devices, CapturedSnapshotTest, ::testing::ValuesIn(captured_devices()),
                         [](const auto& device) { return test_name(device.param); });

}  // namespace
}  // namespace vkm::engine
