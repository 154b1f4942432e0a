#include <graph/weights/formats.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/signatures.h>
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

// Stand for the reader and the writer of a format that this build lacks.
#define VKM_ABSENT_FORMAT(name, packages)                                                                  \
    [](std::span<const std::byte>, std::string_view file) -> WeightsContent {                              \
        throw WeightsError("{}: it is {}, and this build reads none; install {} and build it again", file, \
                           name, packages);                                                                \
    }
[[maybe_unused]] constexpr const char *protobuf = "libprotobuf-dev and protobuf-compiler",
                                      *onnx = "libprotobuf-dev, protobuf-compiler and libonnx-dev",
                                      *flatbuffers = "libflatbuffers-dev and flatbuffers-compiler";

constexpr std::array formats {
    WeightFormat{"safetensors",
                 ".safetensors",
                 "a safetensors file",
                 looks_like_safetensors,
                 open_safetensors,
                 write_safetensors,
                 true},
        WeightFormat{"PyTorch .pth", ".pth", "one that torch.save wrote", looks_like_torch, open_torch,
                     write_torch,    true},
#if VKM_WITH_TFLITE
        WeightFormat{"TensorFlow Lite", ".tflite", "a TensorFlow Lite model", looks_like_tflite, open_tflite,
                     nullptr,           true},
#else
        WeightFormat{"TensorFlow Lite",
                     ".tflite",
                     "a TensorFlow Lite model",
                     looks_like_tflite,
                     VKM_ABSENT_FORMAT("a TensorFlow Lite model", flatbuffers),
                     nullptr,
                     false},
#endif
#if VKM_WITH_ONNX
        WeightFormat{"ONNX", ".onnx", "an ONNX model", looks_like_onnx, open_onnx, write_onnx, true},
#else
        WeightFormat{
            "ONNX",  ".onnx", "an ONNX model", looks_like_onnx, VKM_ABSENT_FORMAT("an ONNX model", onnx),
            nullptr, false},
#endif
#if VKM_WITH_MINDSPORE
        WeightFormat{
            "MindSpore .ckpt", ".ckpt", "a MindSpore checkpoint", looks_like_mindspore, open_mindspore,
            write_mindspore,   true},
#else
        WeightFormat{"MindSpore .ckpt",
                     ".ckpt",
                     "a MindSpore checkpoint",
                     looks_like_mindspore,
                     VKM_ABSENT_FORMAT("a MindSpore checkpoint", protobuf),
                     nullptr,
                     false},
#endif
};

#undef VKM_ABSENT_FORMAT

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
