#include <gmock/gmock.h>
#include <graph/weights/torch_pickle.h>
#include <gtest/gtest.h>
#include <support/torch_file.h>

namespace vkm::graph {
namespace {

using namespace test::pickle;
using test::message_of;
using test::raw;
using test::torch_file;
using testing::AllOf;
using testing::HasSubstr;

constexpr int64_t huge = INT64_MAX;

StateDict parse(const std::string& content) {
    return parse_torch_pickle(test::bytes(content), "f.pth");
}

std::string refusal(const std::string& content) {
    return message_of<WeightsError>([&] { parse(content); });
}

/// Returns the elements 0 … n-1.
std::string ramp(int n) {
    std::string content;
    for (int i = 0; i < n; ++i)
        content += raw(static_cast<float>(i));
    return content;
}

/// Returns a view of a storage of n floats, which holds 0 … n-1.
std::string view_file(int n, int64_t offset, const std::vector<int64_t>& shape,
                      const std::vector<int64_t>& stride) {
    return torch_file(
        document(ordered_dict({{"w", tensor(storage("FloatStorage", "0", n), offset, shape, stride)}})),
        {ramp(n)});
}

std::vector<float> view(int n, int64_t offset, const std::vector<int64_t>& shape,
                        const std::vector<int64_t>& stride) {
    const StateDict state = parse(view_file(n, offset, shape, stride));
    EXPECT_EQ(state.tensors.at(0).shape, shape);
    return to_floats(state.tensors.at(0));
}

std::string scalar(const std::string& key = "0") {
    return tensor(storage("FloatStorage", key, 1), 0, {}, {});
}

/// Returns a file with one float storage.
std::string with_one_storage(const std::string& root) {
    return torch_file(document(root), {raw(1.f)});
}

std::vector<std::string> names(const StateDict& state) {
    std::vector<std::string> all;
    for (const NamedTensor& tensor : state.tensors)
        all.push_back(tensor.name);
    return all;
}

TEST(TorchPickleTest, ReadsAStateDict) {
    const StateDict state = parse(torch_file(
        document(
            ordered_dict({{"z.weight", tensor(storage("FloatStorage", "0", 6), 0, {2, 3}, {3, 1})},
                          {"a.num_batches_tracked", tensor(storage("LongStorage", "1", 1), 0, {}, {})}}) +
            dict({{"_metadata", ordered_dict({})}}) + "b"),
        {ramp(6), raw<int64_t>(42)}));
    EXPECT_EQ(names(state), (std::vector<std::string>{"z.weight", "a.num_batches_tracked"}));
    EXPECT_EQ(state.tensors[0].dtype, WeightType::f32);
    EXPECT_EQ(state.tensors[0].shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(to_floats(state.tensors[0]), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(state.tensors[1].dtype, WeightType::i64);
    EXPECT_EQ(to_floats(state.tensors[1]), std::vector{42.f});
    EXPECT_TRUE(state.metadata.empty());
}

TEST(TorchPickleTest, GathersStridedViews) {
    EXPECT_EQ(view(6, 0, {3, 2}, {1, 3}), (std::vector<float>{0, 3, 1, 4, 2, 5}));  // transposed
    EXPECT_EQ(view(6, 1, {2, 2}, {3, 1}), (std::vector<float>{1, 2, 4, 5}));        // a slice
    EXPECT_EQ(view(3, 2, {}, {}), std::vector<float>{2});                           // a scalar at an offset
    EXPECT_EQ(view(2, 0, {2, 3}, {1, 0}), (std::vector<float>{0, 0, 0, 1, 1, 1}));  // expanded
    EXPECT_EQ(view(8, 0, {1, 2, 2, 2}, {huge, 1, 4, 2}),
              (std::vector<float>{0, 2, 4, 6, 1, 3, 5, 7}));  // channels last
    EXPECT_EQ(view(4, 0, {1, 4, 1}, {huge, 1, huge}),
              (std::vector<float>{0, 1, 2, 3}));  // strides never taken
    EXPECT_TRUE(view(4, 4, {0, 7}, {huge, huge}).empty());
}

TEST(TorchPickleTest, RefusesViewsThatLeaveTheirStorage) {
    for (const auto& file :
         {view_file(6, 0, {7}, {1}), view_file(6, 1, {6}, {1}), view_file(6, 6, {}, {}),
          view_file(6, 0, {2, 2}, {5, 1}), view_file(6, huge, {1}, {1}), view_file(6, 0, {2}, {huge}),
          view_file(6, huge, {2}, {huge}), view_file(6, -1, {1}, {1}), view_file(6, 0, {-1}, {1}),
          view_file(6, 0, {2}, {-1}), view_file(6, 0, {2}, {1, 1}), view_file(6, 0, {huge, huge}, {0, 0}),
          view_file(6, 0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1))})
        EXPECT_THAT(refusal(file), AllOf(HasSubstr("f.pth: tensor w"), HasSubstr("damaged")));
}

TEST(TorchPickleTest, RefusesToUnfoldAFewBytesToMany) {
    EXPECT_THAT(refusal(view_file(1, 0, {1 << 20, 1 << 10}, {0, 0})),
                AllOf(HasSubstr("tensor w"), HasSubstr("unfolds")));
    Items many;
    for (int i = 0; i < 64; ++i)
        many.emplace_back("w" + std::to_string(i),
                          tensor(storage("FloatStorage", "0", 1), 0, {1 << 16}, {0}));
    EXPECT_THAT(refusal(with_one_storage(dict(many))), HasSubstr("unfolds"));
}

TEST(TorchPickleTest, SharesStorages) {
    const std::string shared = storage("FloatStorage", "0", 4);
    const StateDict state = parse(torch_file(document(dict({{"a", tensor(shared, 0, {2}, {1})},
                                                            {"b", tensor(shared, 2, {2}, {1})},
                                                            {"c", tensor(shared, 0, {4}, {1})}})),
                                             {ramp(4)}));
    EXPECT_EQ(to_floats(*state.find("a")), (std::vector<float>{0, 1}));
    EXPECT_EQ(to_floats(*state.find("b")), (std::vector<float>{2, 3}));
    EXPECT_EQ(to_floats(*state.find("c")), (std::vector<float>{0, 1, 2, 3}));
}

TEST(TorchPickleTest, RefusesStoragesOfAnotherSize) {
    const auto file = [](const char* type, int64_t elements) {
        return torch_file(document(dict({{"w", tensor(storage(type, "0", elements), 0, {1}, {1})}})),
                          {ramp(2)});
    };
    EXPECT_EQ(refusal(file("FloatStorage", 2)), "");
    EXPECT_THAT(refusal(file("FloatStorage", 3)),
                AllOf(HasSubstr("tensor w"), HasSubstr("8 bytes, not 3 elements of float32")));
    EXPECT_THAT(refusal(file("DoubleStorage", 2)), HasSubstr("not 2 elements"));
    EXPECT_THAT(refusal(file("FloatStorage", huge)), HasSubstr("elements"));
    EXPECT_THAT(refusal(torch_file(document(dict({{"w", scalar("7")}})), {ramp(1)})),
                HasSubstr("archive/data/7 is missing"));
}

TEST(TorchPickleTest, ReadsEveryStorageClass) {
    const std::vector<std::pair<std::string, WeightType>> classes = {
        {"FloatStorage", WeightType::f32},     {"HalfStorage", WeightType::f16},
        {"BFloat16Storage", WeightType::bf16}, {"DoubleStorage", WeightType::f64},
        {"LongStorage", WeightType::i64},      {"IntStorage", WeightType::i32},
        {"ShortStorage", WeightType::i16},     {"CharStorage", WeightType::i8},
        {"ByteStorage", WeightType::u8},       {"BoolStorage", WeightType::boolean}};
    for (const auto& [name, type] : classes) {
        const std::string content(3 * element_bytes(type), '\x01');
        const StateDict state =
            parse(torch_file(document(dict({{"w", tensor(storage(name, "0", 3), 0, {3}, {1})}})), {content}));
        EXPECT_EQ(state.tensors.at(0).dtype, type);
        EXPECT_TRUE(std::ranges::equal(state.tensors.at(0).data, test::bytes(content)));
    }
}

TEST(TorchPickleTest, UnwrapsCheckpoints) {
    const std::string inner = ordered_dict({{"w", scalar()}});
    for (const char* wrapper : {"state_dict", "model", "state_dict_ema", "model_ema", "module"}) {
        const StateDict state = parse(with_one_storage(dict({{"epoch", "K\x07"},
                                                             {"arch", text("mobilenetv3_large_100")},
                                                             {wrapper, inner},
                                                             {"lr", "G\x3f\xe0" + std::string(6, '\0')},
                                                             {"amp", "\x88"},
                                                             {"optimizer", dict({})}})));
        EXPECT_EQ(names(state), std::vector<std::string>{"w"});
        EXPECT_EQ(state.metadata, (std::map<std::string, std::string>{{"torch.epoch", "7"},
                                                                      {"torch.arch", "mobilenetv3_large_100"},
                                                                      {"torch.wrapper", wrapper},
                                                                      {"torch.lr", "0.5"},
                                                                      {"torch.amp", "true"},
                                                                      {"torch.ignored", "optimizer"}}));
    }
}

TEST(TorchPickleTest, PrefersAveragedWeightsAndSaysSo) {
    const StateDict state = parse(with_one_storage(dict(
        {{"state_dict", dict({{"plain", scalar()}})}, {"state_dict_ema", dict({{"averaged", scalar()}})}})));
    EXPECT_EQ(names(state), std::vector<std::string>{"averaged"});
    EXPECT_EQ(state.metadata.at("torch.wrapper"), "state_dict_ema");
    EXPECT_EQ(state.metadata.at("torch.ignored"), "state_dict");
}

TEST(TorchPickleTest, UnwrapsNestedCheckpointsToABoundedDepth) {
    EXPECT_EQ(parse(with_one_storage(dict({{"state_dict", dict({{"model", dict({{"w", scalar()}})}})}})))
                  .metadata.at("torch.wrapper"),
              "state_dict.model");
    // A dict that is its own "model".
    EXPECT_THAT(refusal(with_one_storage("}q\x01(" + text("model") + "h\x01u")),
                HasSubstr("holds no tensors"));
}

TEST(TorchPickleTest, KeepsATensorThatIsNamedLikeAWrapper) {
    EXPECT_EQ(names(parse(with_one_storage(dict({{"model", scalar()}})))), std::vector<std::string>{"model"});
}

TEST(TorchPickleTest, StripsPrefixesOfWrappingModules) {
    const StateDict state = parse(with_one_storage(dict({{"n_averaged", scalar()},
                                                         {"module.a", scalar()},
                                                         {"_orig_mod.module.b", scalar()},
                                                         {"c.module.d", scalar()}})));
    EXPECT_EQ(names(state), (std::vector<std::string>{"n_averaged", "a", "b", "c.module.d"}));
    EXPECT_THAT(refusal(with_one_storage(dict({{"a", scalar()}, {"module.a", scalar()}}))),
                HasSubstr("a appears twice"));
}

TEST(TorchPickleTest, ReadsParameters) {
    const auto parameter = [](const std::string& data) {
        return call(global("torch._utils", "_rebuild_parameter"), tuple({data, "\x88", ordered_dict({})}));
    };
    EXPECT_EQ(to_floats(*parse(with_one_storage(dict({{"w", parameter(scalar())}}))).find("w")),
              std::vector{1.f});
    std::string nested = scalar();
    for (int i = 0; i < 1000; ++i)
        nested = parameter(nested);
    EXPECT_NO_THROW(parse(with_one_storage(dict({{"w", nested}}))));
}

TEST(TorchPickleTest, RefusesToRunCode) {
    const auto evil = [](const std::string& module, const std::string& name) {
        return refusal(with_one_storage(
            dict({{"w", scalar()}, {"x", call(global(module, name), tuple({text("true")}))}})));
    };
    EXPECT_THAT(evil("os", "system"),
                AllOf(HasSubstr("f.pth"), HasSubstr("os.system"), HasSubstr("refuses to run code")));
    EXPECT_THAT(evil("posix", "system"), HasSubstr("posix.system"));
    EXPECT_THAT(evil("torch", "load"), HasSubstr("torch.load"));
    EXPECT_THAT(evil("torch", "hub.load"), HasSubstr("torch.hub.load"));
    EXPECT_THAT(evil("torch._utils", "_import_dotted_name"), HasSubstr("_import_dotted_name"));
    EXPECT_THAT(evil("torchvision.models.mobilenetv3", "MobileNetV3"),
                HasSubstr("save only model.state_dict()"));
}

TEST(TorchPickleTest, RefusesMalformedTensorDescriptions) {
    const std::string rebuild = global("torch._utils", "_rebuild_tensor_v2"), one = integers({1});
    const std::string float_storage = storage("FloatStorage", "0", 1);
    const auto file = [](const std::string& value) { return with_one_storage(dict({{"w", value}})); };
    const auto from = [&](const std::string& description) {
        return file(call(rebuild, tuple({description + "Q", integer(0), one, one})));
    };
    const std::string type = global("torch", "FloatStorage");
    for (const std::string& damaged :
         {file(call(rebuild, tuple({}))), file(call(rebuild, tuple({"N", integer(0), one, one}))),
          file(call(rebuild, tuple({float_storage, "N", one, one}))),
          file(call(rebuild, tuple({float_storage, integer(0), "N", one}))),
          file(call(rebuild, tuple({float_storage, integer(0), tuple({"N"}), one}))),
          file(call(global("torch._utils", "_rebuild_parameter"), tuple({}))), from("N"), from(tuple({})),
          from(tuple({text("module"), type, text("0"), text("cpu"), integer(1)})),
          from(tuple({text("storage"), text("FloatStorage"), text("0"), text("cpu"), integer(1)})),
          from(tuple(
              {text("storage"), global("collections", "OrderedDict"), text("0"), text("cpu"), integer(1)})),
          from(tuple({text("storage"), type, integer(0), text("cpu"), integer(1)})),
          from(tuple({text("storage"), type, text("0"), text("cpu"), "G" + std::string(8, '\0')}))})
        EXPECT_THAT(refusal(damaged), AllOf(HasSubstr("tensor w"), HasSubstr("damaged")));
}

TEST(TorchPickleTest, RefusesWhatIsNoStateDict) {
    EXPECT_THAT(refusal(with_one_storage(scalar())), HasSubstr("holds no state dict"));
    EXPECT_THAT(refusal(with_one_storage("]")), HasSubstr("holds no state dict"));
    EXPECT_THAT(refusal(with_one_storage("}")), HasSubstr("holds no tensors"));
    EXPECT_THAT(refusal(with_one_storage(dict({{"net", dict({{"w", scalar()}})}}))),
                HasSubstr("under its keys (net)"));
    EXPECT_THAT(refusal(with_one_storage("}(K\x01" + scalar() + "u")), HasSubstr("key is no string"));
    EXPECT_THAT(refusal(with_one_storage("}(NNu")), HasSubstr("key is no string"));
    EXPECT_THAT(refusal(with_one_storage(dict({{"a", "N"}, {"a", "N"}}))), HasSubstr("a appears twice"));
    EXPECT_THAT(refusal(with_one_storage(call(global("collections", "OrderedDict"), tuple({"]"})))),
                HasSubstr("Python 2"));
}

TEST(TorchPickleTest, RefusesOtherArchives) {
    const std::string pkl = document(dict({{"w", scalar()}}));
    const auto archive = [&](std::vector<test::ZipEntry> more) {
        more.push_back({.name = "a/data.pkl", .content = pkl});
        more.push_back({.name = "a/data/0", .content = raw(1.f)});
        return test::zip_archive(more);
    };
    EXPECT_EQ(refusal(archive({})), "");
    EXPECT_EQ(refusal(archive({{.name = "a/byteorder", .content = "little"}})), "");
    EXPECT_THAT(refusal(archive({{.name = "a/byteorder", .content = "big"}})), HasSubstr("little-endian"));
    EXPECT_THAT(refusal(archive({{.name = "a/constants.pkl", .content = ""}})), HasSubstr("TorchScript"));
    EXPECT_THAT(refusal(test::zip_archive({{.name = "word/document.xml", .content = "<>"}})),
                HasSubstr("not written by torch.save"));
}

TEST(TorchPickleTest, TellsHowToConvertTheLegacyFormat) {
    const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    EXPECT_THAT(refusal(magic),
                AllOf(HasSubstr("PyTorch before 1.6"), HasSubstr("torch.save(torch.load(\"f.pth\"")));
    EXPECT_THAT(refusal(std::string(257, 'x') + "ustar"), HasSubstr("PyTorch before 1.6"));
}

TEST(TorchPickleTest, RefusesTruncationEverywhere) {
    const std::string whole = view_file(3, 0, {3}, {1});
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
}

}  // namespace
}  // namespace vkm::graph
