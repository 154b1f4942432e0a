#include <graph/weights/safetensors.h>
#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/temporary_folder.h"

#include <numeric>

namespace vkm::train {
namespace {

graph::NamedTensor images(std::vector<int64_t> shape) {
    const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
    std::vector<float> values(static_cast<size_t>(count));
    std::iota(values.begin(), values.end(), 0.5f);
    return graph::from_floats("images", std::move(shape), values);
}

graph::NamedTensor labels(const std::vector<int64_t>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    return {"labels",
            graph::WeightType::i64,
            {static_cast<int64_t>(values.size())},
            {bytes.begin(), bytes.end()}};
}

class TensorsTest : public testing::Test {
  protected:
    std::shared_ptr<const Dataset> open(const std::vector<graph::NamedTensor>& tensors,
                                        DatasetOptions options = {}) const {
        graph::StateDict dict;
        dict.tensors = tensors;
        graph::write_safetensors(folder_ / "t.safetensors", dict);
        options.input_size = 2;
        return open_dataset("tensors:" + (folder_ / "t.safetensors").string(), Split::train, options);
    }
    std::string error_of(const std::vector<graph::NamedTensor>& tensors, DatasetOptions options = {}) const {
        return test::message_of<DatasetError>([&] { open(tensors, options); });
    }

    test::TemporaryFolder folder_;
};

TEST_F(TensorsTest, GivesImagesWithChannelsLast) {
    const auto set = open({images({3, 3, 2, 2}), labels({4, 0, 1})});
    ASSERT_EQ(set->size(), 3u);
    EXPECT_EQ(set->num_classes(), 5);
    EXPECT_EQ(set->kind(), SampleKind::tensor);
    EXPECT_EQ(set->label(0), 4);
    const image::FloatImage image = std::get<image::FloatImage>(set->sample(1));
    EXPECT_EQ(image.height, 2);
    EXPECT_EQ(image.width, 2);
    EXPECT_EQ(image.rgb, (std::vector<float>{12.5f, 16.5f, 20.5f, 13.5f, 17.5f, 21.5f, 14.5f, 18.5f, 22.5f,
                                             15.5f, 19.5f, 23.5f}));
}

TEST_F(TensorsTest, SaysWhatDoesNotFit) {
    using testing::HasSubstr;
    EXPECT_THAT(error_of({labels({0})}), HasSubstr("holds no tensor 'images'"));
    EXPECT_THAT(error_of({images({1, 3, 2, 2})}), HasSubstr("holds no tensor 'labels'"));
    EXPECT_THAT(error_of({images({1, 12}), labels({0})}),
                HasSubstr("tensor 'images' is float32 of 2 dimensions"));
    EXPECT_THAT(error_of({images({1, 4, 2, 2}), labels({0})}), HasSubstr("4 channels instead of 3"));
    EXPECT_THAT(error_of({images({1, 3, 2, 3}), labels({0})}),
                HasSubstr("images are 3 x 2 pixels but the model's input is 2"));
    EXPECT_THAT(error_of({images({2, 3, 2, 2}), labels({0})}), HasSubstr("holds 2 images but 1 labels"));
    EXPECT_THAT(error_of({images({0, 3, 2, 2}), labels({})}), HasSubstr("holds no images"));
    EXPECT_THAT(error_of({images({2, 3, 2, 2}), labels({0, -1})}),
                HasSubstr("label -1 of image 1 is out of range"));
    DatasetOptions ten;
    ten.num_classes = 10;
    EXPECT_THAT(error_of({images({1, 3, 2, 2}), labels({10})}, ten),
                HasSubstr("10 classes are numbered from 0 to 9"));
    graph::NamedTensor narrow = graph::from_floats("labels", {1}, std::vector<float>{0});
    EXPECT_THAT(error_of({images({1, 3, 2, 2}), narrow}),
                HasSubstr("tensor 'labels' is float32 of 1 dimensions but must be int64 [N]"));
}

TEST_F(TensorsTest, ReportsFilesThatAreNoSafetensors) {
    test::write_content(folder_ / "x.safetensors", "nothing of the kind");
    EXPECT_THROW(open_dataset("tensors:" + (folder_ / "x.safetensors").string(), Split::train, {}), Error);
    EXPECT_THROW(open_dataset("tensors:" + (folder_ / "none.safetensors").string(), Split::train, {}), Error);
}

}  // namespace
}  // namespace vkm::train
