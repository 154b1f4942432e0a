// Operators as a converter writes them, up to their comparison with a network of ours.

#include <fuzz/fuzz_target.h>
#include <fuzz/network_target.h>
#include <graph/weights/tflite/tflite_reader.h>
#include <support/tflite_file.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::match_for_fuzzing({data, size}, vkm::graph::read_tflite);
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    const auto quantised = [] {
        TfliteFile file;
        const int32_t images =
                          file.tensor("x", {1, 16, 16, 3}, tflite::TensorType::UINT8, {0.0078125f}, {128}),
                      weight = file.constant("w", {8, 3, 3, 3}, tflite::TensorType::INT8,
                                             std::string(216, '\1'), {1, 2, 3, 4, 5, 6, 7, 8}),
                      bias =
                          file.constant("b", {8}, tflite::TensorType::INT32, std::string(32, '\0'), {0.5f}),
                      y = file.tensor("y", {1, 8, 8, 8}, tflite::TensorType::UINT8, {0.0235294f}, {0}),
                      pooled = file.tensor("p", {1, 8}, tflite::TensorType::UINT8, {0.1f}, {3}),
                      axes =
                          file.constant("axes", {2}, tflite::TensorType::INT32, raw<int32_t, int32_t>(1, 2));
        file.convolution({images, weight, bias}, y, 2);
        file.add(40, {y, axes}, pooled);
        return file.finish(images, pooled);
    };
    const auto floats = [] {
        TfliteFile file;
        const int32_t images = file.tensor("x", {1, 16, 16, 3}),
                      pads = file.constant(
                          "pads", {4, 2}, tflite::TensorType::INT32,
                          raw<int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t>(
                              0, 0, 0, 1, 0, 1, 0, 0)),
                      padded = file.tensor("padded", {1, 17, 17, 3}),
                      half = file.constant("h", {8, 3, 3, 3}, tflite::TensorType::FLOAT16,
                                           std::string(432, '\1')),
                      weight = file.tensor("w", {8, 3, 3, 3}), y = file.tensor("y", {1, 8, 8, 8}),
                      swish = file.tensor("s", {1, 8, 8, 8});
        file.add(34, {images, pads}, padded);
        file.add(6, {half}, weight);
        file.convolution({padded, weight}, y, 2, tflite::Padding::VALID);
        file.add(117, {y}, swish);
        return file.finish(images, swish);
    };
    return {quantised(), floats()};
}
