#include <graph/weights/formats.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/signatures.h>
#include <graph/weights/tensorflow_js/layers_reader.h>
#include <graph/weights/torch/reader.h>
#include <graph/weights/torch/writer.h>

#if VKM_WITH_MINDSPORE
#include <graph/weights/mindspore/checkpoint.h>
#endif
#if VKM_WITH_ONNX
#include <graph/weights/onnx/onnx_reader.h>
#include <graph/weights/onnx/onnx_writer.h>
#endif
#if VKM_WITH_TFLITE
#include <graph/weights/tflite/tflite_reader.h>
#endif

#include <array>

namespace vkm::graph {
namespace {

/// Says how this build opens and writes files of an optional format.
struct Access {
    decltype(WeightFormat::open) open;
    decltype(WeightFormat::write) write = nullptr;
    bool built = true;
};

[[noreturn, maybe_unused]] void lacks(std::string_view file, std::string_view what,
                                      std::string_view packages) {
    throw WeightsError("{}: it is {}, and this build reads none; install {} and build it again", file, what,
                       packages);
}

#if VKM_WITH_TFLITE
constexpr Access tflite{open_tflite};
#else
constexpr Access tflite{.open = [](std::span<const std::byte>, std::string_view file) -> WeightsContent {
                            lacks(file, "a TensorFlow Lite model",
                                  "libflatbuffers-dev and flatbuffers-compiler");
                        },
                        .built = false};
#endif

#if VKM_WITH_ONNX
constexpr Access onnx{open_onnx, write_onnx};
#else
constexpr Access onnx{.open = [](std::span<const std::byte>, std::string_view file) -> WeightsContent {
                          lacks(file, "an ONNX model", "libprotobuf-dev, protobuf-compiler and libonnx-dev");
                      },
                      .built = false};
#endif

#if VKM_WITH_MINDSPORE
constexpr Access mindspore{open_mindspore, write_mindspore};
#else
constexpr Access mindspore{.open = [](std::span<const std::byte>, std::string_view file) -> WeightsContent {
                               lacks(file, "a MindSpore checkpoint", "libprotobuf-dev and protobuf-compiler");
                           },
                           .built = false};
#endif

constexpr std::array formats{
    WeightFormat{"safetensors", ".safetensors", "", "a safetensors file", looks_like_safetensors,
                 open_safetensors, write_safetensors},
    WeightFormat{"PyTorch .pth", ".pth", ".pt", "one that torch.save wrote", looks_like_torch, open_torch,
                 write_torch},
    WeightFormat{"TensorFlow Lite", ".tflite", "", "a TensorFlow Lite model", looks_like_tflite, tflite.open,
                 tflite.write, tflite.built},
    WeightFormat{"TensorFlow.js", ".json", "", "a TensorFlow.js layers model", looks_like_layers_model,
                 open_layers_model, nullptr},
    WeightFormat{"ONNX", ".onnx", "", "an ONNX model", looks_like_onnx, onnx.open, onnx.write, onnx.built,
                 true},
    WeightFormat{"MindSpore .ckpt", ".ckpt", "", "a MindSpore checkpoint", looks_like_mindspore,
                 mindspore.open, mindspore.write, mindspore.built},
};

std::string names_of(bool built, std::string_view conjunction) {
    std::vector<std::string_view> names;
    for (const WeightFormat& format : formats)
        if (format.built == built) names.push_back(format.name);
    return names.empty() ? "" : listed(names, conjunction);
}

}  // namespace

std::span<const WeightFormat> weight_formats() {
    return formats;
}

std::string weight_format_names(std::string_view conjunction) {
    return names_of(true, conjunction);
}

std::string absent_format_names() {
    return names_of(false, "and");
}

}  // namespace vkm::graph
