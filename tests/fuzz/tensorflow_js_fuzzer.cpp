// Layers as Keras writes them, up to their comparison with a network of ours. Every file of weights is the same.

#include <fuzz/fuzz_target.h>
#include <fuzz/network_target.h>
#include <graph/weights/tensorflow_js/layers_reader.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto beside = [](const std::string&) { return std::vector<std::byte>(4096, std::byte{0x3f}); };
    return vkm::test::match_for_fuzzing({data, size},
                                        [&](std::span<const std::byte> bytes, std::string_view file) {
                                            vkm::graph::looks_like_layers_model(bytes);
                                            return vkm::graph::read_layers_model(bytes, beside, file);
                                        });
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    return {
        R"({"format":"layers-model","modelTopology":{"class_name":"Sequential","config":{"name":"s","layers":[
{"class_name":"Functional","config":{"name":"m","layers":[
{"class_name":"InputLayer","name":"x","config":{"name":"x","batch_input_shape":[null,16,16,3]},"inbound_nodes":[]},
{"class_name":"ZeroPadding2D","name":"p","config":{"name":"p","padding":[[0,1],[0,1]]},"inbound_nodes":[[["x",0,0,{}]]]},
{"class_name":"Conv2D","name":"c","config":{"name":"c","strides":[2,2],"padding":"valid","use_bias":false},"inbound_nodes":[[["p",0,0,{}]]]},
{"class_name":"BatchNormalization","name":"b","config":{"name":"b","epsilon":0.001},"inbound_nodes":[[["c",0,0,{}]]]},
{"class_name":"ReLU","name":"r","config":{"name":"r","max_value":6},"inbound_nodes":[[["b",0,0,{}]]]},
{"class_name":"Add","name":"a","config":{"name":"a"},"inbound_nodes":[[["r",0,0,{}],["b",0,0,{}]]]}],
"input_layers":[["x",0,0]],"output_layers":[["a",0,0]]}},
{"class_name":"GlobalAveragePooling2D","config":{"name":"g"}},
{"class_name":"Dense","config":{"name":"d","activation":"softmax","use_bias":true}}]}},
"weightsManifest":[{"paths":["w.bin"],"weights":[
{"name":"c/kernel","shape":[3,3,3,2],"dtype":"float32"},{"name":"b/gamma","shape":[2],"dtype":"float32"},
{"name":"b/beta","shape":[2],"dtype":"float32"},{"name":"b/moving_mean","shape":[2],"dtype":"float32"},
{"name":"b/moving_variance","shape":[2],"dtype":"float32"},
{"name":"d/kernel","shape":[2,3],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.5,"min":-1}},
{"name":"d/bias","shape":[3],"dtype":"float32"}]}]})",
        R"({"modelTopology":{"model_config":{"class_name":"Model","config":{"name":"m","layers":[
{"class_name":"InputLayer","name":"x","config":{"name":"x"},"inbound_nodes":[]},
{"class_name":"Rescaling","name":"s","config":{"name":"s","scale":0.5,"offset":-1},"inbound_nodes":[{"args":[{"class_name":"__keras_tensor__","config":{"keras_history":["x",0,0]}}]}]},
{"class_name":"DepthwiseConv2D","name":"d","config":{"name":"d","strides":[1,1],"padding":"same","activation":"relu6"},"inbound_nodes":[[["s",0,0,{}]]]}],
"output_layers":["d",0,0]}}},"weightsManifest":[{"paths":["w.bin"],"weights":[
{"name":"d/depthwise_kernel","shape":[3,3,3,1],"dtype":"float32"},{"name":"d/bias","shape":[3],"dtype":"float32"}]}]})"};
}
