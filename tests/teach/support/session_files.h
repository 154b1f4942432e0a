#pragma once

#include <graph/models/initialise.h>
#include <image/image.h>
#include <support/temporary_folder.h>
#include <support/vulkan_devices.h>
#include <teach/session.h>
#include <train/trainer.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace vkm::test {

/// Returns a picture of one colour but for some noise, of which `number` decides the pixels.
inline image::Image coloured(std::array<int, 3> colour, int number, int side = 20) {
    image::Image picture{side, side, {}};
    for (int i = 0; i < side * side; ++i)
        for (size_t c = 0; c < 3; ++c)
            picture.rgb.push_back(
                static_cast<uint8_t>(std::clamp(colour[c] + ((i * 31 + number * 17) % 41) - 20, 0, 255)));
    return picture;
}

inline const std::map<std::string, std::array<int, 3>>& colours() {
    static const std::map<std::string, std::array<int, 3>> all{
        {"blue", {30, 60, 200}}, {"green", {40, 190, 60}}, {"red", {210, 40, 40}}};
    return all;
}

/// Gives pictures of other colours than lessons have.
class OtherColours final : public train::Dataset {
  public:
    size_t size() const override { return 48; }
    int num_classes() const override { return 4; }
    const std::vector<std::string>& class_names() const override { return names_; }
    train::SampleKind kind() const override { return train::SampleKind::photograph; }
    int label(size_t index) const override { return static_cast<int>(index % 4); }
    std::string name(size_t index) const override { return "picture " + std::to_string(index); }
    train::Sample sample(size_t index) const override {
        static constexpr std::array<std::array<int, 3>, 4> all{
            {{200, 200, 40}, {40, 200, 200}, {200, 40, 200}, {60, 60, 60}}};
        return coloured(all[index % 4], static_cast<int>(index));
    }

  private:
    std::vector<std::string> names_{"a", "b", "c", "d"};
};

/// Returns weights of a small network that knows the other colours, trained once for all tests of a program.
inline const std::filesystem::path& trained_weights() {
    static const TemporaryFolder folder;
    static const std::filesystem::path file = [] {
        train::TrainerOptions options;
        options.model = graph::model_config("mobilenet_v3_small");
        options.model.width = 0.25;
        options.model.num_classes = 4;
        options.model.input_size = 16;
        options.model.stem_stride = 1;
        options.model.crop_pct = 1;
        options.model.bn_momentum = 0.3;
        options.recipe = {.epochs = 3, .batch_size = 12, .optimizer = {"adamw"}};
        options.learning_rate = {.base = 3e-3};
        options.out = folder.path();
        options.initial = [](const graph::Graph& network) {
            return train::InitialWeights{graph::initial_values(network, 1)};
        };
        train::TrainingObserver nobody;
        const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
        train::ModelOnDevices model({device.get()});
        train::train(options, model, std::make_shared<OtherColours>(), nullptr, nobody,
                     std::atomic<bool>(false));
        return folder / "weights.safetensors";
    }();
    return file;
}

/// Holds a session in a folder of its own.
class TeachFolder {
  public:
    TeachFolder() : weights(folder_ / "trained.safetensors") {
        std::filesystem::copy_file(trained_weights(), weights);
    }

    /// Opens the session; what was there stays.
    teach::Session open() const {
        return teach::Session(path(), {engine::test_instance(), engine::test_device(), weights});
    }
    std::filesystem::path path() const { return folder_ / "session"; }
    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  private:
    TemporaryFolder folder_;

  public:
    const std::filesystem::path weights;
};

/// Adds so many pictures of each of colours().
inline void add_coloured(teach::Session& session, int count) {
    for (const auto& [name, colour] : colours()) {
        session.add_class(name);
        for (int i = 0; i < count; ++i)
            session.add_picture(name, coloured(colour, i));
    }
}

}  // namespace vkm::test
