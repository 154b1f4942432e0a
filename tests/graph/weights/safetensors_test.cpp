#include <gmock/gmock.h>
#include <graph/weights/safetensors.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>
#include <nlohmann/json.hpp>

#include <cstring>

namespace vkm::graph {
namespace {

using test::message_of;
using test::raw;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;

std::string safetensors(const std::string& header, const std::string& data) {
    return raw<uint64_t>(header.size()) + header + data;
}

StateDict parse_bytes_of(const std::string& content) {
    return parse_safetensors(test::bytes(content), "m.safetensors");
}

std::string refusal(const std::string& header, const std::string& data) {
    return message_of<WeightsError>([&] { parse_bytes_of(safetensors(header, data)); });
}

NamedTensor named_tensor(std::string name, WeightType type, std::vector<int64_t> shape,
                         const std::string& content) {
    const auto data = test::bytes(content);
    return {std::move(name), type, std::move(shape), {data.begin(), data.end()}};
}

StateDict sample() {
    StateDict state;
    state.metadata = {{"model", "mobilenet_v3_small"}, {"labels", "[\"caf\u00e9\", \"\\\"quoted\\\"\"]"}};
    state.tensors = {named_tensor("z.weight", WeightType::f32, {3, 1}, raw(1.f, -2.f, 3.5f)),
                     named_tensor("a.num_batches_tracked", WeightType::i64, {}, raw<int64_t>(1234567890123)),
                     named_tensor("empty", WeightType::f32, {0, 4}, ""),
                     named_tensor("flags", WeightType::boolean, {3}, raw<uint8_t, uint8_t, uint8_t>(1, 0, 1)),
                     named_tensor("half", WeightType::f16, {1}, raw<uint16_t>(0x3c00))};
    return state;
}

TEST(SafetensorsTest, ReadsAHandMadeFile) {
    const StateDict state = parse_bytes_of(safetensors(
        R"({"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]},"__metadata__":{"k":"v"},"a":{"shape":[2,1],"data_offsets":[0,8],"dtype":"F32"}}   )",
        raw(1.5f, 2.5f) + raw<int64_t>(7)));
    ASSERT_EQ(state.tensors.size(), 2u);
    EXPECT_EQ(state.tensors[0], named_tensor("b", WeightType::i64, {}, raw<int64_t>(7)));
    EXPECT_EQ(state.tensors[1], named_tensor("a", WeightType::f32, {2, 1}, raw(1.5f, 2.5f)));
    EXPECT_EQ(state.metadata, (std::map<std::string, std::string>{{"k", "v"}}));
    EXPECT_TRUE(parse_bytes_of(safetensors("{}", "")).tensors.empty());
}

TEST(SafetensorsTest, RoundTripsOrderTypesAndMetadata) {
    const TemporaryFolder folder;
    write_safetensors(folder / "w.safetensors", sample());
    EXPECT_EQ(read_safetensors(folder / "w.safetensors"), sample());
    write_safetensors(folder / "w.safetensors", StateDict{});
    EXPECT_EQ(read_safetensors(folder / "w.safetensors"), StateDict{});
}

TEST(SafetensorsTest, RoundTripsEveryType) {
    const TemporaryFolder folder;
    StateDict state;
    for (int i = 0; i <= static_cast<int>(WeightType::f64); ++i) {
        const auto type = static_cast<WeightType>(i);
        state.tensors.push_back(
            named_tensor(std::string(type_name(type)), type, {3}, std::string(3 * element_bytes(type), 'x')));
    }
    write_safetensors(folder / "w", state);
    EXPECT_EQ(read_safetensors(folder / "w"), state);
}

// The layout is read back with a JSON library and arithmetic, not with our reader.
TEST(SafetensorsTest, WritesAnAlignedHeaderAndAlignedTensors) {
    const TemporaryFolder folder;
    write_safetensors(folder / "w", sample());
    const std::string content = test::file_content(folder / "w");
    uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, content.data(), 8);
    EXPECT_EQ(header_bytes % 8, 0u);
    const auto header = nlohmann::json::parse(content.substr(8, header_bytes));
    EXPECT_EQ(header["__metadata__"]["model"], "mobilenet_v3_small");
    EXPECT_EQ(header["z.weight"]["dtype"], "F32");
    EXPECT_EQ(header["z.weight"]["shape"], (std::vector{3, 1}));
    for (const NamedTensor& expected : sample().tensors) {
        const size_t begin = header[expected.name]["data_offsets"][0],
                     end = header[expected.name]["data_offsets"][1];
        EXPECT_EQ(begin % element_bytes(expected.dtype), 0u) << expected.name;
        const std::string data = content.substr(8 + header_bytes + begin, end - begin);
        EXPECT_TRUE(std::ranges::equal(test::bytes(data), expected.data)) << expected.name;
    }
}

TEST(SafetensorsTest, RefusesTruncationEverywhere) {
    const TemporaryFolder folder;
    write_safetensors(folder / "w", sample());
    const std::string content = test::file_content(folder / "w");
    for (size_t size = 0; size < content.size(); ++size)
        EXPECT_THROW(parse_bytes_of(content.substr(0, size)), WeightsError) << size;
    EXPECT_THROW(parse_bytes_of(content + "x"), WeightsError);
}

TEST(SafetensorsTest, RefusesAnOversizedHeader) {
    EXPECT_THAT(message_of<WeightsError>([] { parse_bytes_of(raw<uint64_t>(100'000'001) + "{}"); }),
                HasSubstr("limit"));
    EXPECT_THAT(message_of<WeightsError>([] { parse_bytes_of(raw<uint64_t>(~uint64_t{0}) + "{}"); }),
                HasSubstr("limit"));
    EXPECT_THAT(message_of<WeightsError>([] { parse_bytes_of(raw<uint64_t>(3) + "{}"); }),
                HasSubstr("truncated"));
}

TEST(SafetensorsTest, RefusesOffsetsThatDoNotTile) {
    const auto two = [](const std::string& first, const std::string& second) {
        return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
               R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
    };
    EXPECT_EQ(refusal(two("[0,4]", "[4,8]"), "01234567"), "");
    EXPECT_THAT(refusal(two("[0,4]", "[2,6]"), "012345"), AllOf(HasSubstr("tensor b"), HasSubstr("overlap")));
    EXPECT_THAT(refusal(two("[0,4]", "[0,4]"), "0123"), HasSubstr("overlap"));
    EXPECT_THAT(refusal(two("[0,4]", "[5,9]"), "012345678"), AllOf(HasSubstr("tensor b"), HasSubstr("gap")));
    EXPECT_THAT(refusal(two("[0,4]", "[4,8]"), "0123456"),
                AllOf(HasSubstr("tensor b"), HasSubstr("truncated")));
    EXPECT_THAT(refusal(two("[0,4]", "[4,8]"), "012345678"), HasSubstr("1 bytes follow"));
    EXPECT_THAT(refusal(two("[0,4]", "[8,4]"), "01234567"), HasSubstr("tensor b"));
}

TEST(SafetensorsTest, RefusesSizesThatDisagreeOrOverflow) {
    const auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
               "}}";
    };
    EXPECT_EQ(refusal(one("F32", "[2]", "[0,8]"), "01234567"), "");
    EXPECT_THAT(refusal(one("F64", "[2]", "[0,8]"), "01234567"), HasSubstr("16 bytes of float64 [2]"));
    EXPECT_THAT(refusal(one("F32", "[9223372036854775807,2]", "[0,8]"), "01234567"), HasSubstr("overflows"));
    EXPECT_THAT(refusal(one("F32", "[4611686018427387904]", "[0,8]"), "01234567"), HasSubstr("overflows"));
    EXPECT_THAT(refusal(one("F32", "[18446744073709551615]", "[0,8]"), "01234567"), HasSubstr("overflows"));
    EXPECT_THAT(refusal(one("F32", "[36893488147419103232]", "[0,8]"), "01234567"), HasSubstr("tensor a"));
    EXPECT_THAT(refusal(one("F32", "[-2]", "[0,8]"), "01234567"), HasSubstr("negative"));
    EXPECT_THAT(refusal(one("F32", "[2.0]", "[0,8]"), "01234567"), HasSubstr("fraction"));
    EXPECT_THAT(refusal(one("F8_E4M3", "[8]", "[0,8]"), "01234567"), HasSubstr("F8_E4M3 is not supported"));
    EXPECT_THAT(refusal(one("F32", "[2]", "[0]"), "01234567"), HasSubstr("data_offsets has 1 numbers"));
}

TEST(SafetensorsTest, RefusesMalformedHeaders) {
    const std::string good = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
    EXPECT_THAT(refusal(R"({"a":)" + good + R"(,"a":)" + good + "}", "0"), HasSubstr("a appears twice"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "0"),
                HasSubstr("dtype appears twice"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1]}})", "0"), HasSubstr("data_offsets is missing"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}})", "0"),
                HasSubstr("dtype holds a number"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}})", "0"),
                HasSubstr("shape holds a number"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}})", "0"),
                HasSubstr("shape holds an array"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":{},"shape":[1],"data_offsets":[0,1]}})", "0"),
                HasSubstr("dtype holds an object"));
    EXPECT_THAT(refusal(R"({"a":null})", ""), HasSubstr("a is null"));
    EXPECT_THAT(refusal(R"({"__metadata__":{"k":1}})", ""), HasSubstr("metadata k is a number"));
    EXPECT_THAT(refusal(R"({"__metadata__":{"k":"a","k":"b"}})", ""), HasSubstr("metadata k appears twice"));
    EXPECT_THAT(refusal(R"({"__metadata__":{},"__metadata__":{}})", ""), HasSubstr("twice"));
    EXPECT_THAT(refusal(R"([])", ""), HasSubstr("instead of a JSON object"));
    EXPECT_THAT(refusal(R"("a")", ""), HasSubstr("instead of a JSON object"));
    EXPECT_THAT(refusal(R"({"a":)" + good, "0"), HasSubstr("no valid JSON"));
    EXPECT_THAT(refusal("{} {}", ""), HasSubstr("no valid JSON"));
    EXPECT_THAT(refusal("", ""), HasSubstr("no valid JSON"));
    EXPECT_THAT(refusal("{\"\xff\":" + good + "}", "0"), HasSubstr("no valid JSON"));
    EXPECT_THAT(refusal(std::string(1'000'000, '['), ""), HasSubstr("instead of a JSON object"));
}

TEST(SafetensorsTest, NamesTheFile) {
    EXPECT_THAT(refusal("[]", ""), testing::StartsWith("m.safetensors: "));
}

TEST(SafetensorsTest, ParsesManyNamesInLinearTime) {
    std::string header = "{";
    for (int i = 0; i < 50'000; ++i)
        header +=
            (i ? ",\"t" : "\"t") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    EXPECT_EQ(parse_bytes_of(safetensors(header + "}", "")).tensors.size(), 50'000u);
}

TEST(SafetensorsTest, RefusesToWriteWhatCannotBeReadBack) {
    const TemporaryFolder folder;
    test::write_content(folder / "w", "old");
    const auto write = [&](std::vector<NamedTensor> tensors) {
        return message_of<WeightsError>([&] { write_safetensors(folder / "w", {std::move(tensors), {}}); });
    };
    const NamedTensor good = from_floats("a", {1}, std::vector{1.f});
    NamedTensor reserved = good, short_of_data = good, no_utf8 = good;
    reserved.name = "__metadata__";
    short_of_data.shape = {2};
    no_utf8.name = "\xff";
    EXPECT_THAT(write({good, good}), AllOf(HasSubstr("tensor a"), HasSubstr((folder / "w").string())));
    EXPECT_THAT(write({reserved}), HasSubstr("reserved"));
    EXPECT_THAT(write({short_of_data}), HasSubstr("do not fill"));
    EXPECT_THAT(write({no_utf8}), HasSubstr("UTF-8"));
    EXPECT_EQ(test::file_content(folder / "w"), "old");
}

}  // namespace
}  // namespace vkm::graph
