// Operators as an exporter writes them, up to their comparison with a network of ours.

#include <fuzz/fuzz_target.h>
#include <fuzz/network_target.h>
#include <graph/weights/onnx/onnx_reader.h>
#include <support/bytes.h>

#include <onnx/onnx.pb.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::match_for_fuzzing({data, size}, vkm::graph::read_onnx);
}

namespace {

class Model {
  public:
    Model() {
        model_.set_ir_version(7);
        graph().set_name("g");
        auto& input = *graph().add_input();
        input.set_name("x");
        auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
        shape.add_dim()->set_dim_param("batch");
        for (const int64_t size : {3, 16, 16})
            shape.add_dim()->set_dim_value(size);
    }

    onnx::NodeProto& node(const char* type, std::initializer_list<const char*> inputs, const char* output) {
        onnx::NodeProto& node = *graph().add_node();
        node.set_op_type(type);
        for (const char* input : inputs)
            node.add_input(input);
        node.add_output(output);
        return node;
    }

    static void set(onnx::NodeProto& node, const char* name, std::initializer_list<int64_t> values) {
        onnx::AttributeProto& list = *node.add_attribute();
        list.set_name(name);
        for (const int64_t value : values)
            list.add_ints(value);
    }

    void weight(const char* name, std::initializer_list<int64_t> shape, bool raw_data = true) {
        onnx::TensorProto& tensor = *graph().add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(onnx::TensorProto::FLOAT);
        size_t count = 1;
        for (const int64_t size : shape) {
            tensor.add_dims(size);
            count *= static_cast<size_t>(size);
        }
        const std::vector<float> values(count, 0.5f);
        if (raw_data)
            tensor.set_raw_data(values.data(), count * sizeof(float));
        else
            tensor.mutable_float_data()->Add(values.begin(), values.end());
    }

    std::string finish(const char* output) {
        graph().add_output()->set_name(output);
        return model_.SerializeAsString();
    }

    onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  private:
    onnx::ModelProto model_;
};

std::string layers() {
    Model model;
    model.weight("w", {8, 3, 3, 3});
    model.weight("c", {8}, false);
    auto& convolution = model.node("Conv", {"x", "w", "c"}, "y");
    Model::set(convolution, "strides", {2, 2});
    Model::set(convolution, "pads", {1, 1, 1, 1});
    model.node("BatchNormalization", {"y", "c", "c", "c", "c"}, "n");
    auto& slope = *model.node("HardSigmoid", {"n"}, "h").add_attribute();
    slope.set_name("alpha");
    slope.set_f(1.f / 6);
    model.node("Mul", {"n", "h"}, "s");
    model.node("Relu", {"s"}, "r");
    model.node("GlobalAveragePool", {"r"}, "p");
    model.node("Flatten", {"p"}, "f");
    model.weight("g", {4, 8});
    auto& gemm = model.node("Gemm", {"f", "g"}, "z");
    auto& transposed = *gemm.add_attribute();
    transposed.set_name("transB");
    transposed.set_i(1);
    model.node("Softmax", {"z"}, "out");
    return model.finish("out");
}

std::string padding() {
    Model model;
    for (const char* name : {"zeros", "amounts"}) {
        auto& constant = model.node("Constant", {}, name);
        Model::set(constant, "value_ints", {0, 0, 1, 0});
    }
    model.node("Concat", {"zeros", "amounts"}, "pads");
    model.node("Pad", {"x", "pads"}, "padded");
    model.weight("w", {8, 3, 3, 3});
    model.node("Conv", {"padded", "w"}, "y");
    return model.finish("y");
}

}  // namespace

std::vector<std::string> vkm::test::fuzz_seeds() {
    Model scaled;
    scaled.weight("s", {3, 1, 1});
    scaled.node("Sub", {"x", "s"}, "a");
    scaled.node("Div", {"a", "s"}, "b");
    scaled.weight("w", {8, 3, 1, 1});
    scaled.node("Conv", {"b", "w"}, "y");
    return {layers(), padding(), scaled.finish("y")};
}
