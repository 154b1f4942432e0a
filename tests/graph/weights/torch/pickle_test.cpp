#include <gmock/gmock.h>
#include <graph/weights/torch/pickle.h>
#include <gtest/gtest.h>
#include <support/torch_file.h>

namespace vkm::graph {
namespace {

using namespace std::string_literals;
using namespace test::pickle;
using test::message_of;
using test::raw;
using testing::AllOf;
using testing::HasSubstr;

Pickle parse(const std::string& content) {
    return parse_pickle(test::bytes(content), "f.pth");
}

std::string refusal(const std::string& content) {
    return message_of<WeightsError>([&] { parse(content); });
}

template <typename T>
T root(const std::string& value) {
    const Pickle pickle = parse(document(value));
    return std::get<T>(pickle.values[pickle.root]);
}

TEST(PickleTest, ReadsPlainValues) {
    EXPECT_NO_THROW(root<Pickle::None>("N"));
    EXPECT_EQ(root<bool>("\x88"), true);
    EXPECT_EQ(root<bool>("\x89"), false);
    EXPECT_EQ(root<int64_t>("K\xff"), 255);
    EXPECT_EQ(root<int64_t>("M\xff\xff"), 65535);
    EXPECT_EQ(root<int64_t>("J\xfe\xff\xff\xff"), -2);
    EXPECT_EQ(root<int64_t>("\x8a\x00"s), 0);
    EXPECT_EQ(root<int64_t>("\x8a\x01\x80"), -128);
    EXPECT_EQ(root<int64_t>("\x8a\x02\x80\x00"s), 128);
    EXPECT_EQ(root<int64_t>("\x8b\x08\x00\x00\x00"s + raw<int64_t>(INT64_MIN)), INT64_MIN);
    EXPECT_EQ(root<double>("G\xc0\x04\x00\x00\x00\x00\x00\x00"s), -2.5);
    EXPECT_EQ(root<std::string>(text("caf\u00e9")), "caf\u00e9");
    EXPECT_EQ(root<std::string>("U\x02hi"), "hi");
    EXPECT_EQ(root<std::string>("\x8c\x02hi"), "hi");
    EXPECT_EQ(root<std::string>("\x8d\x02\0\0\0\0\0\0\0hi"s), "hi");
    EXPECT_EQ(root<Pickle::Bytes>("C\x02hi").content, "hi");
}

TEST(PickleTest, ReadsContainers) {
    EXPECT_EQ(root<Pickle::Tuple>("K\x01K\x02K\x03\x87").elements, (Pickle::Ids{0, 1, 2}));
    EXPECT_EQ(root<Pickle::Tuple>("(K\x01K\x02t").elements, (Pickle::Ids{0, 1}));
    EXPECT_EQ(root<Pickle::List>("](K\x01K\x02"
                                 "eNa")
                  .elements,
              (Pickle::Ids{1, 2, 3}));
    EXPECT_EQ(root<Pickle::Dict>("}NNs(\x88\x89u").items, (Pickle::Items{{1, 2}, {3, 4}}));
}

TEST(PickleTest, SharesMemorizedValues) {
    EXPECT_EQ(root<Pickle::Tuple>("K\x01q\x07h\x07\x86").elements, (Pickle::Ids{0, 0}));
    EXPECT_EQ(root<Pickle::Tuple>("K\x01r\xff\xff\xff\xffj\xff\xff\xff\xff\x86").elements,
              (Pickle::Ids{0, 0}));
    EXPECT_EQ(root<Pickle::Tuple>("K\x01\x94h\x00\x86"s).elements, (Pickle::Ids{0, 0}));
}

TEST(PickleTest, HoldsCallsWithoutMakingThem) {
    const Pickle pickle = parse(document(ordered_dict({{"a", "K\x01"}})));
    const auto* call = pickle.as<Pickle::Call>(pickle.root);
    ASSERT_TRUE(call);
    EXPECT_EQ(pickle.as<Pickle::Global>(call->callable)->path(), "collections.OrderedDict");
    ASSERT_EQ(call->items.size(), 1u);
    EXPECT_EQ(*pickle.as<std::string>(call->items[0].first), "a");
}

TEST(PickleTest, AcceptsItselfAsElement) {
    const Pickle pickle =
        parse(document("]q\x01h\x01"
                       "a"));
    EXPECT_EQ(pickle.as<Pickle::List>(pickle.root)->elements, Pickle::Ids{pickle.root});
}

// What each of these would do in Python: run a command. Here it is a name with arguments.
TEST(PickleTest, NeverRunsCode) {
    const std::string arguments = tuple({text("true")});
    for (const std::string& evil :
         {call(global("os", "system"), arguments), text("os") + text("system") + "\x93" + arguments + "R",
          "(" + text("true") + "ios\nsystem\n", "(" + global("os", "system") + text("true") + "o",
          global("os", "system") + arguments + "\x81", global("os", "system") + arguments + "}\x92"}) {
        const Pickle pickle = parse(document(evil));
        const auto* called = pickle.as<Pickle::Call>(pickle.root);
        ASSERT_TRUE(called) << evil;
        EXPECT_EQ(pickle.as<Pickle::Global>(called->callable)->path(), "os.system");
        EXPECT_EQ(*pickle.as<std::string>(pickle.as<Pickle::Tuple>(called->arguments)->elements.at(0)),
                  "true");
    }
    EXPECT_THAT(refusal(document("\x82\x01")), HasSubstr("opcode 0x82"));
}

TEST(PickleTest, KeepsAttributesOfObjects) {
    const Pickle pickle =
        parse(document(global("argparse", "Namespace") + ")\x81" + dict({{"lr", "K\x01"}}) + "b"));
    const auto* object = pickle.as<Pickle::Call>(pickle.root);
    ASSERT_TRUE(object);
    const auto* state = pickle.as<Pickle::Dict>(object->state);
    ASSERT_TRUE(state);
    EXPECT_EQ(*pickle.as<std::string>(state->items.at(0).first), "lr");
}

TEST(PickleTest, ReadsSetsAndWhatIsNoPlainNumber) {
    EXPECT_EQ(root<Pickle::List>("\x8f(K\x01K\x02\x90").elements.size(), 2u);
    EXPECT_EQ(root<Pickle::List>("(K\x01\x91").elements.size(), 1u);
    EXPECT_EQ(root<Pickle::Bytes>("\x8a\x09" + std::string(9, '\x01')).content, std::string(9, '\x01'));
    EXPECT_EQ(root<Pickle::Bytes>("\x96\x02\0\0\0\0\0\0\0hi"s).content, "hi");
}

// A deque, or a class derived from list.
TEST(PickleTest, DropsWhatIsAppendedToAnObject) {
    EXPECT_NO_THROW(root<Pickle::Call>(global("collections", "deque") + ")R(K\x01K\x02" + "e"));
}

TEST(PickleTest, TakesOnePickleOfSeveral) {
    const std::string first = document("K\x01");
    EXPECT_EQ(parse(first + document("K\x02")).bytes, first.size());
}

TEST(PickleTest, RefusesTruncationEverywhere) {
    const std::string whole =
        document(ordered_dict({{"a", tensor(storage("FloatStorage", "0", 1), 0, {1}, {1})}}));
    EXPECT_NO_THROW(parse(whole));
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_THROW(parse(whole.substr(0, size)), WeightsError) << size;
}

TEST(PickleTest, RefusesLengthsBeyondTheInput) {
    EXPECT_THAT(refusal(document("X\xff\xff\xff\xffhi")), HasSubstr("ends too early"));
    EXPECT_THAT(refusal(document("\x8d\xff\xff\xff\xff\xff\xff\xff\xffhi")), HasSubstr("ends too early"));
    EXPECT_THAT(refusal(document("B\xff\xff\xff\x7fhi")), HasSubstr("ends too early"));
    EXPECT_THAT(refusal(document("\x8b\xff\xff\xff\xff")), HasSubstr("ends too early"));
}

TEST(PickleTest, RefusesStackMisuse) {
    for (const char* misuse :
         {"",    "0",    "1",    "2",      "\x85",  "\x86",  "t",    "(\x85", "N(0", "a",   "]a",
          "(e",  "N(Ne", "s",    "(u",     "}(Nu",  "N(NNu", "NNs",  "R",     "NNR", "N)R", "b",
          "NNb", "Q",    "\x93", "NN\x93", "q\x01", "h\x01", "\x94", "d",     "(Nd", "l"})
        EXPECT_THAT(refusal(document(misuse)), HasSubstr("damaged")) << misuse;
    EXPECT_THAT(refusal("\x80\x09N."), HasSubstr("protocol 9"));
    EXPECT_THAT(refusal("(lp0\n."), HasSubstr("not supported"));
}

TEST(PickleTest, ReadsDeepNestingWithoutRecursion) {
    constexpr int depth = 100'000;
    EXPECT_NO_THROW(parse(document("N" + std::string(depth, '\x85'))));
    EXPECT_NO_THROW(parse(document(std::string(depth, '(') + std::string(depth, 't'))));
    EXPECT_NO_THROW(parse(document(std::string(depth, ']') + std::string(depth - 1, 'a'))));
}

TEST(PickleTest, BoundsValuesStackAndMemo) {
    EXPECT_THAT(refusal(document(std::string(1'200'000, 'N'))), HasSubstr("too large"));
    EXPECT_THAT(refusal(document(std::string(2'400'000, '('))), HasSubstr("too large"));
    EXPECT_THAT(refusal(document("N" + std::string(2'400'000, '2'))), HasSubstr("too large"));
    EXPECT_THAT(refusal(document("N" + std::string(2'400'000, '\x94'))), HasSubstr("too large"));
}

// Each level holds the one below twice: 2^1000 leaves for whoever would copy or walk it.
TEST(PickleTest, SharesRatherThanCopiesAMemoBomb) {
    std::string bomb = "N";
    for (int level = 0; level < 1000; ++level)
        bomb += "2\x86";
    EXPECT_EQ(parse(document(bomb)).values.size(), 1001u);
}

}  // namespace
}  // namespace vkm::graph
