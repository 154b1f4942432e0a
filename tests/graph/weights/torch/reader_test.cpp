#include <gmock/gmock.h>
#include <graph/weights/choose.h>
#include <graph/weights/strangers.h>
#include <graph/weights/torch/reader.h>
#include <gtest/gtest.h>
#include <support/torch_file.h>

#include <filesystem>

namespace vkm::graph {
namespace {

using namespace test::pickle;
using test::message_of;
using test::raw;
using test::torch_file;
using test::torch_stream;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t huge = INT64_MAX;

StateDict parse_checkpoint(const std::string& content) {
    const WeightsContent file = open_torch(test::bytes(content), "f.pth");
    return read_weights(file, choose_weights(file, "f.pth"));
}

std::string checkpoint_refusal(const std::string& content) {
    return message_of<WeightsError>([&] { parse_checkpoint(content); });
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
    const StateDict state = parse_checkpoint(view_file(n, offset, shape, stride));
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
    const StateDict state = parse_checkpoint(torch_file(
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
        EXPECT_THAT(checkpoint_refusal(file), AllOf(HasSubstr("f.pth: tensor w"), HasSubstr("damaged")));
}

TEST(TorchPickleTest, RefusesToUnfoldAFewBytesToMany) {
    EXPECT_THAT(checkpoint_refusal(view_file(1, 0, {1 << 20, 1 << 10}, {0, 0})),
                AllOf(HasSubstr("tensor w"), HasSubstr("unfolds")));
    Items many;
    for (int i = 0; i < 64; ++i)
        many.emplace_back("w" + std::to_string(i),
                          tensor(storage("FloatStorage", "0", 1), 0, {1 << 16}, {0}));
    EXPECT_THAT(checkpoint_refusal(with_one_storage(dict(many))), HasSubstr("unfolds"));
}

TEST(TorchPickleTest, SharesStorages) {
    const std::string shared = storage("FloatStorage", "0", 4);
    const StateDict state = parse_checkpoint(torch_file(document(dict({{"a", tensor(shared, 0, {2}, {1})},
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
    EXPECT_EQ(checkpoint_refusal(file("FloatStorage", 2)), "");
    EXPECT_THAT(checkpoint_refusal(file("FloatStorage", 3)),
                AllOf(HasSubstr("tensor w"), HasSubstr("8 bytes, not 3 elements of float32")));
    EXPECT_THAT(checkpoint_refusal(file("DoubleStorage", 2)), HasSubstr("not 2 elements"));
    EXPECT_THAT(checkpoint_refusal(file("FloatStorage", huge)), HasSubstr("elements"));
    EXPECT_THAT(checkpoint_refusal(torch_file(document(dict({{"w", scalar("7")}})), {ramp(1)})),
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
        const StateDict state = parse_checkpoint(
            torch_file(document(dict({{"w", tensor(storage(name, "0", 3), 0, {3}, {1})}})), {content}));
        EXPECT_EQ(state.tensors.at(0).dtype, type);
        EXPECT_TRUE(std::ranges::equal(state.tensors.at(0).data, test::bytes(content)));
    }
}

TEST(TorchPickleTest, UnwrapsCheckpoints) {
    const std::string inner = ordered_dict({{"w", scalar()}});
    for (const char* wrapper : {"state_dict", "model_state_dict", "net", "my own key", "model_ema"}) {
        const StateDict state =
            parse_checkpoint(with_one_storage(dict({{"epoch", "K\x07"},
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

TEST(TorchPickleTest, SaysWhichTensorsAreNotRead) {
    const auto made_by = [](const std::string& function) {
        return global("torch._utils", function) + tuple({}) + "R";
    };
    for (const auto& [function, remedy] : {std::pair("_rebuild_sparse_tensor", "to_dense()"),
                                           {"_rebuild_sparse_csr_tensor", "to_dense()"},
                                           {"_rebuild_qtensor", "dequantize()"},
                                           {"_rebuild_meta_tensor_no_storage", "load the weights first"}}) {
        const StateDict state = parse_checkpoint(
            with_one_storage(dict({{"w", scalar()}, {"a", made_by(function)}, {"b", made_by(function)}})));
        EXPECT_EQ(names(state), std::vector<std::string>{"w"});
        EXPECT_THAT(state.metadata.at("torch.unread"),
                    AllOf(StartsWith("a, as 1 more, "), HasSubstr(remedy)));
        EXPECT_THAT(describe_strangers(state), HasSubstr(remedy));
        EXPECT_THAT(checkpoint_refusal(with_one_storage(dict({{"a", made_by(function)}}))),
                    HasSubstr(remedy));
    }
    const std::string packed = tuple({made_by("_rebuild_qtensor"), scalar()});
    const StateDict state =
        parse_checkpoint(with_one_storage(dict({{"w", scalar()}, {"fc._packed_params", packed}})));
    EXPECT_THAT(state.metadata.at("torch.unread"), StartsWith("fc._packed_params is a quantised tensor"));
}

TEST(TorchPickleTest, SaysWhatMakesAWeightOfItsParts) {
    for (const auto& [part, remedy] : {std::pair("fc.weight_g", "remove_weight_norm"),
                                       {"fc.weight_mask", "prune.remove"},
                                       {"fc.weight_u", "remove_spectral_norm"},
                                       {"fc.parametrizations.weight.original0", "remove_parametrizations"}})
        EXPECT_THAT(describe_strangers(parse_checkpoint(with_one_storage(dict({{part, scalar()}})))),
                    HasSubstr(remedy));
}

TEST(TorchPickleTest, PrefersAveragedWeightsAndSaysSo) {
    const StateDict state = parse_checkpoint(with_one_storage(dict(
        {{"state_dict", dict({{"plain", scalar()}})}, {"state_dict_ema", dict({{"averaged", scalar()}})}})));
    EXPECT_EQ(names(state), std::vector<std::string>{"averaged"});
    EXPECT_EQ(state.metadata.at("torch.wrapper"), "state_dict_ema");
    EXPECT_EQ(state.metadata.at("torch.ignored"), "state_dict");
}

TEST(TorchPickleTest, FindsTensorsHoweverDeep) {
    const std::string inner = dict({{"w", scalar()}});
    const auto wrapper = [](const std::string& root) {
        return parse_checkpoint(with_one_storage(root)).metadata.at("torch.wrapper");
    };
    EXPECT_EQ(wrapper(dict({{"state_dict", dict({{"model", inner}})}})), "state_dict.model");
    EXPECT_EQ(wrapper(tuple({"K\x01", inner})), "[1]");
    EXPECT_EQ(wrapper(dict({{"all", "](" + inner + "e"}})), "all[0]");
    const std::string object = global("my.own", "Trainer") + ")\x81" + dict({{"model", inner}}) + "b";
    EXPECT_EQ(wrapper(dict({{"trainer", object}})), "trainer.model");
    EXPECT_EQ(wrapper("(K\x07" + inner + "d"), "7");
    std::string deep = inner;
    for (int i = 0; i < 1000; ++i)
        deep = dict({{"d", deep}});
    EXPECT_THAT(checkpoint_refusal(with_one_storage(deep)), HasSubstr("no dict of tensors"));
    // A dict that is its own "model".
    EXPECT_THAT(checkpoint_refusal(with_one_storage("}q\x01(" + text("model") + "h\x01u")),
                HasSubstr("no dict of tensors under its keys (model)"));
}

TEST(TorchPickleTest, TakesTheDictWithTheMostTensorsWhereNoneFits) {
    EXPECT_EQ(names(parse_checkpoint(
                  with_one_storage(dict({{"loss", scalar()},
                                         {"best", dict({{"acc", scalar()}, {"loss", scalar()}})},
                                         {"net", dict({{"a", scalar()}, {"b", scalar()}, {"c", scalar()}})},
                                         {"rest", dict({{"d", scalar()}})}})))),
              (std::vector<std::string>{"a", "b", "c"}));
}

TEST(TorchPickleTest, NeverTakesAnOptimizersState) {
    const std::string state = dict({{"state", dict({{"a", scalar()}, {"b", scalar()}})}});
    EXPECT_EQ(names(parse_checkpoint(with_one_storage(
                  dict({{"optimizer_state_dict", state}, {"net", dict({{"w", scalar()}})}})))),
              std::vector<std::string>{"w"});
    EXPECT_THAT(checkpoint_refusal(with_one_storage(dict({{"optimizer", state}}))),
                HasSubstr("an optimizer's state (optimizer.state)"));
}

// What torch.save(model) writes: objects with _parameters, _buffers and _modules.
TEST(TorchPickleTest, ReadsAWholeModuleAsItsStateDict) {
    const auto module = [](const Items& parameters, const Items& buffers, const Items& modules) {
        return global("torch.nn.modules", "Any") + ")\x81" +
               dict({{"training", "\x89"},
                     {"_parameters", ordered_dict(parameters)},
                     {"_buffers", ordered_dict(buffers)},
                     {"_modules", ordered_dict(modules)}}) +
               "b";
    };
    const std::string norm = module({{"weight", scalar()}, {"bias", "N"}}, {{"running_mean", scalar()}}, {});
    const std::string model = module({}, {}, {{"module", module({}, {}, {{"0", norm}, {"1", norm}})}});
    const std::vector<std::string> expected{"0.weight", "0.running_mean", "1.weight", "1.running_mean"};
    EXPECT_EQ(names(parse_checkpoint(with_one_storage(model))), expected);
    EXPECT_EQ(names(parse_checkpoint(with_one_storage(dict({{"model", model}})))), expected);
}

TEST(TorchPickleTest, PassesOverWhatIsNoTensor) {
    const std::string scalar_of_numpy =
        call(global("numpy.core.multiarray", "scalar"),
             tuple({call(global("numpy", "dtype"), tuple({text("f8"), "\x89", "\x88"})) +
                        tuple({"K\x03", text("<"), "N"}) + "b",
                    call(global("_codecs", "encode"), tuple({text("x"), text("latin1")}))}));
    const std::string complex = tensor(storage("ComplexFloatStorage", "0", 1), 0, {1}, {1});
    EXPECT_EQ(names(parse_checkpoint(with_one_storage(
                  dict({{"best", scalar_of_numpy},
                        {"args", global("argparse", "Namespace") + ")\x81" + dict({{"lr", "K\x01"}}) + "b"},
                        {"device", call(global("torch", "device"), tuple({text("cuda")}))},
                        {"seen", call(global("builtins", "set"), tuple({"](K\x01" + std::string("e")}))},
                        {"criterion", call(global("functools", "partial"), tuple({global("os", "system")}))},
                        {"spectrum", complex},
                        {"w", scalar()}})))),
              std::vector<std::string>{"w"});
}

TEST(TorchPickleTest, ReadsPythonTwosOrderedDict) {
    const std::string pairs = "](](" + text("a") + scalar() + "e](U\x01" + "b" + scalar() + "ee";
    EXPECT_EQ(
        names(parse_checkpoint(with_one_storage(call(global("collections", "OrderedDict"), tuple({pairs}))))),
        (std::vector<std::string>{"a", "b"}));
}

// Each module holds the one before twice: 2^40 tensors for whoever would list them.
TEST(TorchPickleTest, BoundsWhatSharedModulesUnfoldTo) {
    std::string bomb = global("m", "M") + ")\x81" +
                       dict({{"_parameters", dict({{"w", scalar()}})}, {"_modules", "}"}}) + "bq\x00"s;
    for (char i = 1; i <= 40; ++i)
        bomb +=
            global("m", "M") + ")\x81" +
            dict({{"_parameters", "}"},
                  {"_modules",
                   dict({{"a", "h"s + static_cast<char>(i - 1)}, {"b", "h"s + static_cast<char>(i - 1)}})}}) +
            "bq" + i;
    EXPECT_THAT(checkpoint_refusal(with_one_storage(bomb)), HasSubstr("too large"));
}

TEST(TorchPickleTest, KeepsATensorThatIsNamedLikeAWrapper) {
    EXPECT_EQ(names(parse_checkpoint(with_one_storage(dict({{"model", scalar()}})))),
              std::vector<std::string>{"model"});
}

TEST(TorchPickleTest, StripsPrefixesOfWrappingModules) {
    const StateDict state = parse_checkpoint(with_one_storage(dict({{"n_averaged", scalar()},
                                                                    {"module.a", scalar()},
                                                                    {"_orig_mod.module.b", scalar()},
                                                                    {"c.module.d", scalar()}})));
    EXPECT_EQ(names(state), (std::vector<std::string>{"n_averaged", "a", "b", "c.d"}));
    EXPECT_EQ(names(parse_checkpoint(with_one_storage(dict({{"a", scalar()}, {"module.a", scalar()}})))),
              (std::vector<std::string>{"a", "module.a"}));
}

TEST(TorchPickleTest, ReadsParameters) {
    const auto parameter = [](const std::string& data) {
        return call(global("torch._utils", "_rebuild_parameter"), tuple({data, "\x88", ordered_dict({})}));
    };
    EXPECT_EQ(to_floats(*parse_checkpoint(with_one_storage(dict({{"w", parameter(scalar())}}))).find("w")),
              std::vector{1.f});
    std::string nested = scalar();
    for (int i = 0; i < 1000; ++i)
        nested = parameter(nested);
    EXPECT_NO_THROW(parse_checkpoint(with_one_storage(dict({{"w", nested}}))));
}

TEST(TorchPickleTest, NeverRunsCode) {
    const std::string evil = call(global("os", "system"), tuple({text("touch was_run")}));
    EXPECT_EQ(names(parse_checkpoint(with_one_storage(dict({{"w", scalar()}, {"x", evil}})))),
              std::vector<std::string>{"w"});
    EXPECT_FALSE(std::filesystem::exists("was_run"));
    EXPECT_THAT(checkpoint_refusal(with_one_storage(evil)), HasSubstr("no dict of tensors"));
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
        EXPECT_THAT(checkpoint_refusal(damaged), AllOf(HasSubstr("tensor w"), HasSubstr("damaged")));
}

TEST(TorchPickleTest, RefusesWhatHoldsNoTensors) {
    EXPECT_THAT(checkpoint_refusal(with_one_storage(scalar())), HasSubstr("holds no dict of tensors"));
    EXPECT_THAT(checkpoint_refusal(with_one_storage("]")), HasSubstr("holds no dict of tensors"));
    EXPECT_THAT(checkpoint_refusal(with_one_storage("}")), HasSubstr("holds no dict of tensors"));
    EXPECT_THAT(checkpoint_refusal(with_one_storage("}(K\x01" + scalar() + "u")),
                HasSubstr("holds no dict of tensors"));
    EXPECT_THAT(checkpoint_refusal(with_one_storage(dict({{"net", dict({{"w", "N"}})}}))),
                HasSubstr("under its keys (net)"));
    EXPECT_THAT(checkpoint_refusal(with_one_storage(dict({{"a", scalar()}, {"a", scalar()}}))),
                HasSubstr("a appears twice"));
}

TEST(TorchPickleTest, RefusesOtherArchives) {
    const std::string pkl = document(dict({{"w", scalar()}}));
    const auto archive = [&](std::vector<test::ZipEntry> more) {
        more.push_back({.name = "a/data.pkl", .content = pkl});
        more.push_back({.name = "a/data/0", .content = raw(1.f)});
        return test::zip_archive(more);
    };
    EXPECT_EQ(checkpoint_refusal(archive({})), "");
    EXPECT_EQ(checkpoint_refusal(archive({{.name = "a/byteorder", .content = "little"}})), "");
    EXPECT_THAT(checkpoint_refusal(archive({{.name = "a/byteorder", .content = "big"}})),
                HasSubstr("little-endian"));
    EXPECT_THAT(checkpoint_refusal(archive({{.name = "a/constants.pkl", .content = ""}})),
                HasSubstr("TorchScript"));
    EXPECT_THAT(checkpoint_refusal(test::zip_archive({{.name = "word/document.xml", .content = "<>"}})),
                HasSubstr("not written by torch.save"));
    EXPECT_THAT(checkpoint_refusal(test::zip_archive({{.name = "arr_0.npy", .content = ""}})),
                HasSubstr("NumPy"));
    EXPECT_THAT(checkpoint_refusal(test::zip_archive({{.name = "net.pth", .content = ""}})),
                HasSubstr("unpack it"));
}

// What pickle.dump(state_dict) writes: every storage is what torch.save wrote of it before 1.6.
TEST(TorchDumpTest, ReadsWhatPickleWroteOfTensors) {
    const std::string inner = torch_stream(stream_storage("FloatStorage", "9", 2), {{"9", 2, ramp(2)}});
    const auto dump = [&](const std::string& content) {
        const std::string bytes = "B" + raw(static_cast<uint32_t>(content.size())) + content;
        const std::string storage = call(global("torch.storage", "_load_from_bytes"), tuple({bytes}));
        return document(dict({{"w", tensor(storage, 0, {2}, {1})}, {"v", tensor(storage, 1, {1}, {1})}}));
    };
    const StateDict state = parse_checkpoint(dump(inner));
    EXPECT_EQ(to_floats(*state.find("w")), (std::vector<float>{0, 1}));
    EXPECT_EQ(to_floats(*state.find("v")), std::vector<float>{1});
    EXPECT_THAT(checkpoint_refusal(dump(inner.substr(0, inner.size() - 1))), HasSubstr("within a storage"));
    EXPECT_NE(checkpoint_refusal(dump("x")), "");
}

std::string stream_of(const std::string& root) {
    return torch_stream(root, {{"94", 4, ramp(4)}, {"7", 1, raw(int64_t{42})}});
}

TEST(TorchStreamTest, ReadsWhatPyTorchBefore16Wrote) {
    const std::string floats = stream_storage("FloatStorage", "94", 4);
    const std::string view =
        stream_storage("FloatStorage", "94", 4, tuple({text("95"), integer(1), integer(3)}));
    const std::string old_tensor =
        call(global("torch._utils", "_rebuild_tensor"),
             tuple({view, integer(1), call(global("torch", "Size"), tuple({integers({2})})), integers({1})}));
    const StateDict state = parse_checkpoint(stream_of(ordered_dict(
        {{"a", tensor(floats, 0, {2, 2}, {1, 2})},
         {"b", old_tensor},
         {"c", call(global("torch.nn.parameter", "Parameter"), tuple({tensor(view, 0, {3}, {1})}))},
         {"n", tensor(stream_storage("LongStorage", "7", 1), 0, {}, {})}})));
    EXPECT_EQ(names(state), (std::vector<std::string>{"a", "b", "c", "n"}));
    EXPECT_EQ(to_floats(state.tensors[0]), (std::vector<float>{0, 2, 1, 3}));
    EXPECT_EQ(to_floats(state.tensors[1]), (std::vector<float>{2, 3}));
    EXPECT_EQ(to_floats(state.tensors[2]), (std::vector<float>{1, 2, 3}));
    EXPECT_EQ(to_floats(state.tensors[3]), std::vector<float>{42});
}

TEST(TorchStreamTest, RefusesWhatIsDamaged) {
    const std::string floats = stream_storage("FloatStorage", "94", 4),
                      n = stream_storage("LongStorage", "7", 1);
    const std::string object = dict({{"w", tensor(floats, 0, {4}, {1})}, {"n", tensor(n, 0, {}, {})}});
    const std::string whole = stream_of(object);
    EXPECT_EQ(checkpoint_refusal(whole), "");
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_NE(checkpoint_refusal(whole.substr(0, size)), "") << size;
    const auto outside = [&](int64_t offset, int64_t elements) {
        const std::string view =
            stream_storage("FloatStorage", "94", 4, tuple({text("v"), integer(offset), integer(elements)}));
        return checkpoint_refusal(
            stream_of(dict({{"w", tensor(view, 0, {1}, {1})}, {"n", tensor(n, 0, {}, {})}})));
    };
    EXPECT_EQ(outside(3, 1), "");
    EXPECT_THAT(outside(4, 1), HasSubstr("damaged"));
    EXPECT_THAT(outside(huge, huge), HasSubstr("damaged"));
    EXPECT_THAT(outside(4, 0), HasSubstr("damaged"));
    EXPECT_THAT(checkpoint_refusal(torch_stream(object, {{"94", huge, ""}, {"7", 1, ""}})),
                HasSubstr("within a storage"));
    EXPECT_THAT(checkpoint_refusal(torch_stream(object, {{"94", -1, ""}, {"7", 1, ""}})),
                HasSubstr("within a storage"));
    EXPECT_THAT(checkpoint_refusal(torch_stream(object, {{"94", 4, ramp(4)}})),
                HasSubstr("storage 7 is missing"));
    EXPECT_THAT(checkpoint_refusal(torch_stream(object, {{"95", 4, ramp(4)}})),
                HasSubstr("nothing refers to"));
    EXPECT_THAT(checkpoint_refusal(torch_stream(object, {}, false)), HasSubstr("little-endian"));
    EXPECT_THAT(checkpoint_refusal(document("}")), HasSubstr("a Python pickle without tensors of PyTorch"));
}

TEST(TorchPickleTest, RefusesTruncationEverywhere) {
    const std::string whole = view_file(3, 0, {3}, {1});
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_NE(checkpoint_refusal(whole.substr(0, size)), "") << size;
}

}  // namespace
}  // namespace vkm::graph
