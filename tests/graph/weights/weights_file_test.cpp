#include <gmock/gmock.h>
#include <graph/weights/formats.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/state_dicts.h>
#include <graph/weights/weights_file.h>
#include <graph/weights/written_form.h>
#include <gtest/gtest.h>
#include <support/temporary_folder.h>
#include <support/torch_file.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

namespace vkm::graph {
namespace {

using namespace test::pickle;
using test::message_of;
using test::TemporaryFolder;
using test::write_content;
using testing::AllOf;
using testing::Each;
using testing::FloatNear;
using testing::HasSubstr;

TEST(LoadWeightsTest, TellsFormatsByContentNotByName) {
    const TemporaryFolder folder;
    StateDict state;
    state.tensors = {from_floats("w", {1}, std::vector{2.f})};
    write_safetensors(folder / "named.pth", state);
    EXPECT_EQ(load_weights(folder / "named.pth"), state);
    write_content(
        folder / "named.safetensors",
        test::torch_file(document(dict({{"w", tensor(storage("FloatStorage", "0", 1), 0, {1}, {1})}})),
                         {test::raw(2.f)}));
    EXPECT_EQ(load_weights(folder / "named.safetensors"), state);
}

// A header of 640 bytes begins with the two bytes of a pickle of protocol 2.
TEST(LoadWeightsTest, TellsASafetensorsFileFromAPickleByItsHeader) {
    const TemporaryFolder folder;
    std::string header = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
    header.resize(640, ' ');
    write_content(folder / "w", test::raw<uint64_t>(header.size()) + header + test::raw(2.f));
    EXPECT_EQ(load_weights(folder / "w").tensors.front().name, "w");
}

TEST(LoadWeightsTest, NamesFilesItCannotRead) {
    const TemporaryFolder folder;
    const auto refusal = [&](const std::string& content) {
        write_content(folder / "w", content);
        return message_of<WeightsError>([&] { load_weights(folder / "w"); });
    };
    EXPECT_THAT(refusal(""), AllOf(HasSubstr((folder / "w").string()), HasSubstr("it is empty")));
    EXPECT_THAT(refusal("\x01\x02\x03"), HasSubstr("neither a safetensors file, one that torch.save wrote"));
    EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\noid"), HasSubstr("Git LFS pointer"));
    EXPECT_THAT(refusal("PK\x03\x04"), HasSubstr("truncated"));
    EXPECT_THAT(message_of<FileError>([&] { load_weights(folder / "none"); }),
                HasSubstr("none: cannot be read"));
}

TEST(SaveWeightsTest, WritesTheFormatOfTheExtension) {
    const TemporaryFolder folder;
    StateDict state = test::filled(test::tiny("mobilenet_v3_small"), 2);
    describe_model(state, test::tiny("mobilenet_v3_small"), {});
    size_t written = 0;
    for (const WeightFormat& format : weight_formats()) {
        const std::filesystem::path path = folder / ("w" + std::string(format.extension));
        if (!format.write) {
            EXPECT_THAT(message_of<WeightsError>([&] { save_weights(path, state); }),
                        AllOf(HasSubstr(path.string()), HasSubstr("use .safetensors")));
            EXPECT_FALSE(std::filesystem::exists(path));
            continue;
        }
        save_weights(path, state);
        EXPECT_EQ(load_weights(path).tensors, state.tensors) << format.name;
        ++written;
    }
    EXPECT_GT(written, 0u);
    EXPECT_THROW(save_weights(folder / "w", state), WeightsError);
}

TEST(WeightFormatsTest, HaveDistinctNamesAndExtensions) {
    std::set<std::string_view> names, extensions;
    for (const WeightFormat& format : weight_formats()) {
        EXPECT_TRUE(names.insert(format.name).second) << format.name;
        EXPECT_TRUE(extensions.insert(format.extension).second) << format.extension;
        EXPECT_TRUE(format.extension.starts_with('.')) << format.extension;
        EXPECT_FALSE(format.recognise({})) << format.name << " claims an empty file";
    }
    EXPECT_THAT(weight_format_names(), HasSubstr("safetensors, PyTorch .pth"));
}

TEST(LoadWeightsTest, ReadsAPublishedModel) {
    const char* data = std::getenv("VKMBV3_DATA");
    if (!data) GTEST_SKIP() << "VKMBV3_DATA is not set";
    const std::string name = "mobilenet_v3_small_imagenet_tf.pth";
    std::filesystem::path path = std::filesystem::path(data) / "models" / name;
    if (!std::filesystem::exists(path)) path = std::filesystem::path(data) / name;
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";

    const StateDict state = load_weights(path);
    EXPECT_EQ(state.tensors.front().name, "features.0.0.weight");
    EXPECT_EQ(state.tensors.front().shape, (std::vector<int64_t>{16, 3, 3, 3}));
    EXPECT_EQ(state.tensors.back().name, "classifier.3.bias");
    int64_t parameters = 0;
    for (const NamedTensor& tensor : state.tensors) {
        const std::vector<float> values = to_floats(tensor);
        EXPECT_TRUE(std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
            << tensor.name;
        if (tensor.name.ends_with(".weight") || tensor.name.ends_with(".bias"))
            parameters += static_cast<int64_t>(values.size());
        // Batch norm was folded when the file was made: mean 0, variance 1 - eps.
        if (tensor.name.ends_with("running_mean")) {
            EXPECT_THAT(values, Each(0.0f)) << tensor.name;
        }
        if (tensor.name.ends_with("running_var")) {
            EXPECT_THAT(values, Each(FloatNear(0.999f, 1e-6f))) << tensor.name;
        }
    }
    EXPECT_EQ(parameters, 2'542'856);  // V3-Small, 1000 classes

    const TemporaryFolder folder;
    write_safetensors(folder / "w.safetensors", state);
    EXPECT_EQ(load_weights(folder / "w.safetensors"), state);
}

}  // namespace
}  // namespace vkm::graph
