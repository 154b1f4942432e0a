#include "graph/weights/state_dicts.h"

#include <graph/weights/dialect.h>
#include <graph/weights/model_file.h>
#include <graph/weights/original_names.h>
#include <graph/weights/safetensors.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>
#include <support/torch_file.h>

#include <limits>

namespace vkm::test {
namespace {

using namespace graph;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ModelFileTest : public testing::Test {
  protected:
    ModelFile read(const StateDict& weights, const std::string& name = "w.safetensors") {
        write_safetensors(folder_ / name, weights);
        return read_model_file(folder_ / name);
    }

    std::string refusal(const StateDict& weights) {
        return message_of<WeightsError>([&] { read(weights); });
    }

    /// Writes dicts of one storage, as torch.save does: each a path's last key and its tensors' value.
    ModelFile read_torch(const std::vector<std::pair<std::string, StateDict>>& dicts) {
        using namespace pickle;
        std::vector<std::string> storages;
        Items items;
        for (const auto& [key, weights] : dicts) {
            Items tensors;
            for (const NamedTensor& tensor : weights.tensors) {
                std::vector<int64_t> stride(tensor.shape.size());
                int64_t step = 1;
                for (size_t i = stride.size(); i-- > 0; step *= tensor.shape[i])
                    stride[i] = step;
                tensors.emplace_back(
                    tensor.name,
                    pickle::tensor(storage("FloatStorage", std::to_string(storages.size()), step), 0,
                                   tensor.shape, stride));
                storages.emplace_back(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
            }
            items.emplace_back(key, ordered_dict(tensors));
        }
        write_content(folder_ / "w.pth", torch_file(document(dict(items)), storages));
        return read_model_file(folder_ / "w.pth");
    }

    TemporaryFolder folder_;
};

TEST_F(ModelFileTest, IsRecognisedWithoutAnyOption) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    const ModelFile file = read(filled(config, 1));
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights, filled(config, 1));
    EXPECT_THAT(file.notices,
                ElementsAre(AllOf(HasSubstr("w.safetensors: taken for --model mobilenet_v3_small"),
                                  HasSubstr("--width 0.05 --num-classes 3"))));
}

TEST_F(ModelFileTest, SaysLeftoversOnceAndDropsThem) {
    const ModelConfig config = tiny("mobilenet_v2");
    StateDict weights = filled(config, 1);
    for (const char* name : {"total_ops", "total_params"})
        weights.tensors.push_back(from_floats(name, {1}, std::vector<float>{0}));
    const ModelFile file = read(weights);
    EXPECT_EQ(file.weights, filled(config, 1));
    EXPECT_THAT(file.notices, Contains(HasSubstr("2 of its tensors")));
    EXPECT_THAT(file.notices, Contains(HasSubstr("total_ops, total_params")));
}

TEST_F(ModelFileTest, TheDictThatFitsIsTakenWhateverItsKey) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    StateDict many;
    for (int i = 0; i < 400; ++i)
        many.tensors.push_back(from_floats("t" + std::to_string(i), {1}, std::vector<float>{0}));
    const ModelFile file = read_torch({{"a", many}, {"anything", filled(config, 1)}, {"z", many}});
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights.tensors, filled(config, 1).tensors);
}

TEST_F(ModelFileTest, AveragedWeightsArePreferredAndSaid) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    for (const char* averaged :
         {"state_dict_ema", "model_ema", "ema", "ema_state_dict", "swa_model", "averaged"}) {
        const ModelFile file = read_torch({{"state_dict", filled(config, 1)}, {averaged, filled(config, 2)}});
        EXPECT_EQ(file.weights.tensors, filled(config, 2).tensors) << averaged;
        EXPECT_THAT(file.notices, Contains(AllOf(HasSubstr(averaged), HasSubstr("'state_dict' fit too"))));
    }
    EXPECT_EQ(read_torch({{"first", filled(config, 1)}, {"second", filled(config, 2)}}).weights.tensors,
              filled(config, 1).tensors);
}

TEST_F(ModelFileTest, ClassNamesBesideTheWeightsAreTakenWhereTheyAreAsMany) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    StateDict weights = filled(config, 1);
    for (const auto& [key, value] : to_options(config))
        weights.metadata[key] = value;
    weights.metadata["torch.class-names"] = R"(["a", "b", "c"])";
    EXPECT_THAT(read(weights).class_names, ElementsAre("a", "b", "c"));
    weights.metadata["torch.class-names"] = R"(["a", "b"])";
    EXPECT_THAT(read(weights).class_names, IsEmpty());
}

TEST_F(ModelFileTest, AnOptimizersStateIsNeverTaken) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    for (const char* of_optimizer : {"optimizer", "optimizer_state_dict", "exp_avg", "momentum_buffer"})
        EXPECT_EQ(read_torch({{of_optimizer, filled(config, 2)}, {"net", filled(config, 1)}}).weights.tensors,
                  filled(config, 1).tensors)
            << of_optimizer;
}

// EMA of parameters only: there are no running statistics with them.
TEST_F(ModelFileTest, WhatLacksStatisticsDoesNotFit) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    StateDict parameters = filled(config, 2);
    std::erase_if(parameters.tensors,
                  [](const NamedTensor& t) { return t.name.find("running") != t.name.npos; });
    EXPECT_EQ(read_torch({{"ema", parameters}, {"model", filled(config, 1)}}).weights.tensors,
              filled(config, 1).tensors);
}

TEST_F(ModelFileTest, NumbersThatAreNotFiniteAreRefusedByName) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    const auto with = [&](size_t tensor, float value) {
        StateDict weights = filled(config, 1);
        std::memcpy(weights.tensors[tensor].data.data(), &value, sizeof value);
        return weights;
    };
    const size_t variance = 4;
    EXPECT_THAT(refusal(with(0, std::numeric_limits<float>::quiet_NaN())),
                AllOf(HasSubstr("w.safetensors"), HasSubstr("features.0.0.weight"), HasSubstr("nan")));
    EXPECT_THAT(refusal(with(2, std::numeric_limits<float>::infinity())), HasSubstr("features.0.1.bias"));
    EXPECT_THAT(refusal(with(variance, -1)), HasSubstr("features.0.1.running_var"));
    EXPECT_EQ(refusal(with(variance, 0)), "");
    EXPECT_EQ(refusal(with(3, -1)), "");
    // Of no use, so of no harm.
    StateDict weights = filled(config, 1);
    weights.tensors.push_back(from_floats("loss", {1}, std::vector{std::numeric_limits<float>::quiet_NaN()}));
    EXPECT_EQ(refusal(weights), "");
    // Beyond fp32.
    const double large = 1e300;
    weights.tensors[1] = {weights.tensors[1].name, WeightType::f64, weights.tensors[1].shape, {}};
    for (int64_t i = 0; i < weights.tensors[1].shape[0]; ++i)
        weights.tensors[1].data.insert(weights.tensors[1].data.end(),
                                       reinterpret_cast<const std::byte*>(&large),
                                       reinterpret_cast<const std::byte*>(&large) + sizeof large);
    EXPECT_THAT(refusal(weights), HasSubstr("features.0.1.weight"));
}

TEST_F(ModelFileTest, StrangersAreDescribedByTheirOwnKeys) {
    StateDict weights;
    weights.tensors = {from_floats("conv1.weight", {2, 1}, std::vector<float>{0, 0}),
                       from_floats("fc.bias", {1}, std::vector<float>{0})};
    const ModelFile file = read(weights);
    EXPECT_FALSE(file.config);
    EXPECT_THAT(file.notices, IsEmpty());
}

TEST_F(ModelFileTest, OurOwnMetadataNeedNoNotice) {
    const ModelConfig config = tiny("mobilenet_v2");
    StateDict weights = filled(config, 1);
    for (const auto& [key, value] : to_options(config))
        weights.metadata[key] = value;
    const ModelFile file = read(weights);
    EXPECT_EQ(file.config, config);
    EXPECT_THAT(file.notices, IsEmpty());
}

TEST_F(ModelFileTest, OtherProgramsMetadataDoNotStandInTheWay) {
    const ModelConfig config = tiny("mobilenet_v2");
    StateDict weights = filled(config, 1);
    weights.metadata = {{"format", "pt"}, {"model", "resnet50"}};
    EXPECT_EQ(read(weights).config, config);
}

StateDict of_timm(const ModelConfig& config) {
    StateDict weights = filled(config, 1);
    const NetworkWeights network = network_weights(config);
    for (const Dialect& dialect : dialects())
        if (dialect.name == "timm" && dialect.networks().front() == config.model)
            for (size_t i = 0; i < network.list.size(); ++i)
                weights.tensors[i].name = dialect.name_of(network, i);
    return weights;
}

// Timm's plain and TensorFlow networks have the same names and shapes.
TEST_F(ModelFileTest, TensorFlowsConventionsAreTakenFromTheNameAndSaid) {
    ModelConfig config = model_config("mobilenetv2_100");
    config.num_classes = 2;
    const StateDict weights = of_timm(config);
    const ModelFile plain = read(weights, "mobilenetv2_100.safetensors");
    EXPECT_EQ(plain.config->padding, Padding::symmetric);
    EXPECT_EQ(plain.config->bn_eps, 1e-5);
    EXPECT_EQ(plain.config->interpolation, Interpolation::bicubic);
    EXPECT_EQ(plain.weights.tensors.front().name, "features.0.0.weight");
    const ModelFile tensorflow = read(weights, "tf_mobilenetv2_100.safetensors");
    EXPECT_EQ(tensorflow.config->padding, Padding::same);
    EXPECT_EQ(tensorflow.config->bn_eps, 1e-3);
    EXPECT_EQ(tensorflow.config->interpolation, Interpolation::bilinear);
    EXPECT_EQ(tensorflow.config->mean[0], 0.5);
    EXPECT_THAT(tensorflow.notices, Contains(HasSubstr("its name says TensorFlow")));

    write_content(folder_ / "config.json",
                  R"({"architecture": "tf_mobilenetv2_100", "pretrained_cfg": {"mean": [0.1, 0.2, 0.3],
                      "std": [1, 1, 0], "crop_pct": 0.95, "interpolation": "bicubic", "crop_mode": "squash", "input_size": [3, 32, 32]}})");
    const ModelFile beside = read(weights, "model.safetensors");
    EXPECT_EQ(beside.config->padding, Padding::same);
    EXPECT_THAT(beside.config->mean, ElementsAre(0.1, 0.2, 0.3));
    EXPECT_THAT(beside.config->std, ElementsAre(0.5, 0.5, 0.5)) << "a deviation of 0 cannot be";
    EXPECT_EQ(beside.config->crop_pct, 0.95);
    EXPECT_EQ(beside.config->interpolation, Interpolation::bicubic);
    EXPECT_EQ(beside.config->eval_resize, EvalResize::squash);
    EXPECT_EQ(beside.config->input_size, 32);
    write_content(folder_ / "config.json", "[");
    EXPECT_THAT(read(weights, "model.safetensors").notices, Not(Contains(HasSubstr("TensorFlow"))));
}

// MindSpore's training keeps averages and moments of what is trained, beside it.
TEST_F(ModelFileTest, MindCvsAveragesAreTakenAndMomentsNever) {
    const ModelConfig config = tiny("mindcv_v3_small");
    StateDict weights = rename_to_original(filled(config, 1), config, *dialect_of(config.model));
    StateDict all = weights;
    for (const char* prefix : {"moments.", "ema."})
        for (NamedTensor tensor : weights.tensors) {
            if (tensor.name.find(".moving_") != tensor.name.npos) continue;
            tensor.name = prefix + tensor.name;
            const float value = tensor.name.starts_with("ema.") ? 2 : 3;
            all.tensors.push_back(
                from_floats(tensor.name, tensor.shape,
                            std::vector<float>(static_cast<size_t>(*element_count(tensor.shape)), value)));
        }
    const ModelFile file = read(all);
    ASSERT_TRUE(file.config);
    EXPECT_EQ(file.config->padding, Padding::same);
    EXPECT_EQ(to_floats(*file.weights.find("classifier.3.bias")).front(), 2);
    EXPECT_EQ(to_floats(*file.weights.find("features.0.1.running_mean")).front(), 1);
}

TEST_F(ModelFileTest, MetadataTellNetworksOfTheSameNamesAndShapes) {
    const ModelConfig config = tiny("timm_v3_small_minimalistic");
    StateDict weights = rename_to_original(filled(config, 1), config, *dialect_of(config.model));
    for (const auto& [key, value] : to_options(config))
        weights.metadata[key] = value;
    const ModelFile file = read(weights);
    EXPECT_EQ(file.config, config);
    EXPECT_EQ(file.weights.tensors.front().name, "features.0.0.weight");
}

TEST_F(ModelFileTest, AnotherOrderOfTheClassesIsSaid) {
    ModelConfig config = model_config("mobilenet_v2");
    config.width = 0.05;
    for (const Dialect& dialect : dialects())
        if (!dialect.class_order.empty()) {
            const StateDict weights = rename_to_original(filled(config, 1), config, dialect);
            EXPECT_THAT(read(weights).notices, Contains(HasSubstr("meta.mat")));
        }
}

}  // namespace
}  // namespace vkm::test
