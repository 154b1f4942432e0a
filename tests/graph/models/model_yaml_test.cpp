#include "support/temporary_folder.h"

#include <graph/models/model_yaml.h>
#include <graph/models/network.h>
#include <graph/operator.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace vkm::test {
namespace {

using namespace graph;
using testing::HasSubstr;

// Returns all that makes two graphs equal: nodes with their inputs, and values with names and types.
std::string described(const ModelConfig& config, Mode mode) {
    Graph graph;
    const ValueId images = graph.input("images", f32({2, config.input_size, config.input_size, 3}));
    build_network(graph, config, images, mode);
    std::string text;
    for (const Node& node : graph.nodes()) {
        text += fmt::format("{} {}", node.layer, node.op->name());
        for (const ValueId id : node.inputs)
            text += fmt::format(" {}", id);
        text += "\n";
    }
    for (const Value& value : graph.values())
        text += fmt::format("{} {}\n", value.name, value.type.text());
    return text;
}

std::string message_of(const std::string& text) {
    try {
        model_from_yaml(text, "net.yaml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

constexpr const char* least = "name: least\nstem: {out: 16}\nblocks:\n  - {out: 8}\n";

TEST(ModelYamlTest, EveryModelGoesToYamlAndBack) {
    for (const Model& model : models()) {
        ModelConfig config = model_config(model.name());
        config.width = 0.75;
        config.num_classes = 7;
        const std::string yaml = to_yaml(model, to_options(config));
        const ModelConfig read = model_config(yaml);
        EXPECT_EQ(read, config) << yaml;
        EXPECT_EQ(read.model.architecture(), model.architecture()) << yaml;
        for (const Mode mode : {Mode::evaluation, Mode::training})
            EXPECT_EQ(described(read, mode), described(config, mode)) << model.name();
    }
}

TEST(ModelYamlTest, AModelWithoutANameOfItsOwnTravelsAsItsText) {
    ModelConfig config = model_config(std::string(least));
    config.width = 2;
    const ModelOptions options = to_options(config);
    EXPECT_THAT(options.at("model"), HasSubstr("name: least"));
    EXPECT_EQ(with_options({}, options), config);
    EXPECT_EQ(config_in_metadata(options), config);
    // One that differs from a model in a row alone is not that model.
    std::string changed = to_yaml(*find_model("mobilenet_v2"), {});
    changed.replace(changed.find("out: 320"), 8, "out: 312");
    EXPECT_THAT(to_options(model_config(changed)).at("model"), HasSubstr("out: 312"));
}

TEST(ModelYamlTest, ReadsAFileByItsName) {
    const TemporaryFolder folder;
    const std::string path = (folder / "net.yaml").string();
    std::ofstream(path) << least;
    EXPECT_EQ(model_config(path).model.name(), "least");
    EXPECT_EQ(model_config(path).width, 1);
    EXPECT_THROW(model_config((folder / "none.yaml").string()), ConfigError);
    EXPECT_THROW(model_config((folder / "net.yaml/").string()), ConfigError);
}

TEST(ModelYamlTest, DefaultsAreV3s) {
    const Architecture net = model_from_yaml(least, "net.yaml").architecture();
    EXPECT_EQ(net.stem, Stem{.out = 16});
    EXPECT_EQ(net.blocks.at(0), graph::Block{.out = 8});
    EXPECT_FALSE(net.last);
    EXPECT_FALSE(net.hidden);
    EXPECT_EQ(described(model_config(std::string(least)), Mode::evaluation).find("features.2"),
              std::string::npos);
}

TEST(ModelYamlTest, TrueAndFalseStandForAMapAtItsDefaultsAndForNone) {
    const std::string with = "stem: {out: 8}\nblocks: [{out: 8, squeeze-excite: true}]",
                      without = "stem: {out: 8}\nblocks: [{out: 8, squeeze-excite: false}]";
    EXPECT_EQ(model_from_yaml(with, "").architecture().blocks[0].squeeze_excite, SqueezeExcite{});
    EXPECT_FALSE(model_from_yaml(without, "").architecture().blocks[0].squeeze_excite);
}

TEST(ModelYamlTest, ErrorsNameFileLineRowAndKey) {
    const struct {
        const char *text, *message;
    } cases[] = {
        {"blocks:\n  - {out: 8}\n  - {out: 8, kernal: 3}\n",
         "net.yaml, line 3 (blocks, row 2): unknown key 'kernal' (did you mean 'kernel'?)"},
        {"blocks:\n  - {out: 8, squeeze-excite: {bais: true}}\n",
         "net.yaml, line 2 (blocks, row 1, squeeze-excite): unknown key 'bais' (did you mean 'bias'?)"},
        {"blocks: [{out: 8}]\nsteem: {}\n", "net.yaml, line 2: unknown key 'steem' (did you mean 'stem'?)"},
        {"blocks: [{out: eight}]\n",
         "net.yaml, line 1 (blocks, row 1): 'out' is 'eight', not a whole number"},
        {"blocks: [{out: 8.5}]\n", "'out' is '8.5', not a whole number"},
        {"blocks: [{out: 0}]\n", "'out' is 0, but must be between 1 and 16384"},
        {"blocks: [{out: 99999999999999999999}]\n", "not a whole number"},
        {"blocks: [{out: 1000000}]\n", "'out' is 1000000, but must be between 1 and 16384"},
        {"blocks: [{out: [8]}]\n", "'out' takes one value"},
        {"blocks: [{out: 8, out: 9}]\n", "'out' stands here twice"},
        {"blocks: [{kernel: 3}]\n", "(blocks, row 1): 'out' is missing"},
        {"blocks: [{out: 8, kernel: 4}]\n", "'kernel' is 4, but must be 0, 1, 3, 5 or 7"},
        {"blocks: [{out: 8, stride: 3}]\n", "'stride' is 3, but must be 1 or 2"},
        {"blocks: [{out: 8, activation: swish}]\n",
         "'activation' is 'swish', but must be none, relu, relu6, hard-swish or square"},
        {"blocks: [{out: 8, expanded: 8, expansion: 2}]\n", "both 'expanded' and 'expansion'"},
        {"blocks: [{out: 8, expansion: .inf}]\n", "'expansion'"},
        {"blocks: [{out: 8, expansion: nan}]\n", "'expansion' is nan, but must be above 0, at most 64"},
        {"blocks: [{out: 8, kernel: 0, stride: 2}]\n", "the block has none"},
        {"blocks: [{out: 8, kernel: 0, squeeze-excite: true}]\n", "'squeeze-excite' stands behind"},
        {"blocks: [{out: 8, kind: convolution, expansion: 2}]\n", "a block of kind 'convolution' has only"},
        {"blocks: [{out: 8, squeeze-excite: maybe}]\n", "'squeeze-excite' is 'maybe', not true or false"},
        {"blocks: [{out: 8, squeeze-excite: {hidden: 4, ratio: 0.5}}]\n", "both 'hidden' and 'ratio'"},
        {"blocks: []\n", "'blocks' is a list of blocks"},
        {"blocks: 3\n", "'blocks' is a list of blocks"},
        {"blocks: [3]\n", "(blocks, row 1): this is not a map"},
        {"stem: {out: 8}\n", "'blocks' is missing"},
        {"blocks: [{out: 8}]\n", "'stem' is missing"},
        {"name: ../x\nblocks: [{out: 8}]\n", "line 1: the name '../x' is not one of"},
        {"last: {}\nblocks: [{out: 8}]\n", "(last): say one of 'out' and 'expansion'"},
        {"last: {out: 8, squeeze-excite: {order: before}}\nblocks: [{out: 8}]\n",
         "(last): squeeze-excite has no 'order'"},
        {"hidden: {bias: false}\nblocks: [{out: 8}]\n", "(hidden): 'out' is missing"},
        {"hidden: {out: 8, bn-eps: 1e-5}\nblocks: [{out: 8}]\n",
         "(hidden): 'bn-eps' is that of a batch norm"},
        {"output: {batch-norm: true, bn-eps: 0}\nblocks: [{out: 8}]\n", "'bn-eps' is 0, but must be above 0"},
        {"output: {out: 10}\nblocks: [{out: 8}]\n", "(output): unknown key 'out'"},
        {"options: {widht: 2}\nblocks: [{out: 8}]\n",
         "line 1 (options): unknown option 'widht' (did you mean 'width'?)"},
        {"options: {width: 99}\nblocks: [{out: 8}]\n",
         "(options): --width is 99, but must be above 0, at most 16"},
        {"options: {model: x}\nblocks: [{out: 8}]\n", "unknown option 'model'"},
        {"rounding: truncate\noptions: {width: 0.01}\nstem: {out: 16}\nblocks: [{out: 8}]\n",
         "net.yaml: stem: width 0.01 leaves it no channel"},
        {"- a\n", "net.yaml, line 1: this is not a map"},
        {"blocks: [{out: 8}\n", "net.yaml, line 2: this is no YAML"},
        {"", "net.yaml, line"},
    };
    for (const auto& [text, message] : cases)
        EXPECT_THAT(message_of(text), HasSubstr(message)) << text;
}

TEST(ModelYamlTest, HostileTextsAreRefusedInLittleTime) {
    EXPECT_THAT(message_of(std::string(2 << 20, '#')), HasSubstr("at most 1048576"));
    std::string many = "blocks:\n";
    for (int i = 0; i < 257; ++i)
        many += "  - {out: 8}\n";
    EXPECT_THAT(message_of(many), HasSubstr("257 blocks; at most 256"));
    EXPECT_NE(message_of(std::string(100000, '[')), "");
    EXPECT_NE(message_of(std::string(100000, '{')), "");
    // Aliases of aliases: 10^9 items where somebody counts them.
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        bomb += fmt::format("a{}: &a{} [", i, i);
        for (int j = 0; j < 10; ++j)
            bomb += fmt::format("{}*a{}", j > 0 ? ", " : "", i - 1);
        bomb += "]\n";
    }
    EXPECT_THAT(message_of(bomb), HasSubstr("unknown key 'a0'"));
    EXPECT_THAT(message_of("blocks: &b [*b]\n"), testing::Not(testing::IsEmpty()));
    EXPECT_THAT(message_of("blocks: [{out: \"\\x01\\e[31m\"}]\n"), testing::Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace vkm::test
