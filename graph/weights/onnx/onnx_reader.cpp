#include <graph/weights/network_file/recognise.h>
#include <graph/weights/onnx/onnx_operators.h>
#include <graph/weights/onnx/onnx_reader.h>
#include <graph/weights/written_form.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

namespace vkm::graph {
namespace {

class OnnxReader {
  public:
    OnnxReader(std::span<const std::byte> bytes, std::string_view file) : file_(file), graph_(file_) {
        if (bytes.size() > std::numeric_limits<int>::max() ||
            !model_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model_.has_graph())
            throw WeightsError("{}: no ONNX model, or a damaged one; copy or export it again", file_);
    }

    NetworkFile read() {
        const onnx::GraphProto& graph = model_.graph();
        graph_.take_initializers(graph);
        take_input(graph);
        size_t followed = 0;
        for (const onnx::NodeProto& node : graph.node()) {
            add_operator(graph_, node);
            for (; followed < net_.nodes.size(); ++followed)
                graph_.sizes.follow(net_.nodes[followed]);
        }
        if (graph.output_size() == 0 || !graph_.is_data(graph.output(0).name()))
            throw WeightsError("{}: nothing of the images reaches its output", file_);
        net_.output = graph_.value(graph.output(0).name());
        take_metadata();
        return std::move(net_);
    }

  private:
    void take_input(const onnx::GraphProto& graph) {
        const onnx::ValueInfoProto* images = nullptr;
        for (const onnx::ValueInfoProto& input : graph.input()) {
            if (graph_.is_initializer(input.name())) continue;
            if (images)
                throw WeightsError("{}: has a second input, {}; networks here take images alone", file_,
                                   input.name());
            images = &input;
        }
        if (!images) throw WeightsError("{}: has no input; networks here take images", file_);
        net_.input = graph_.value(images->name());
        const auto& shape = images->type().tensor_type().shape();
        if (shape.dim_size() != 4)
            throw WeightsError("{}: input {} has {} dimensions, and images have 4", file_, images->name(),
                               shape.dim_size());
        const auto size = [&](int i) { return shape.dim(i).has_dim_value() ? shape.dim(i).dim_value() : 0; };
        const bool channels_last = size(3) == 3 && size(1) != 3;
        const int64_t height = channels_last ? size(1) : size(2), width = channels_last ? size(2) : size(3);
        if (height != width)
            throw WeightsError("{}: images of {} x {} pixels; networks here take square ones", file_, height,
                               width);
        constexpr int64_t largest = 1 << 16;
        net_.input_size = std::max<int64_t>(height, 0);
        if (!channels_last && height > 0 && height <= largest)
            graph_.sizes.set(net_.input, {1, 3, height, width});
    }

    void take_metadata() {
        for (const onnx::StringStringEntryProto& entry : model_.metadata_props())
            net_.metadata[entry.key()] = entry.value();
        for (const char* key : {class_names_key, "class_names", "classes", "labels", "names"}) {
            const auto found = net_.metadata.find(key);
            if (found == net_.metadata.end() || !net_.class_names.empty()) continue;
            const nlohmann::json names = nlohmann::json::parse(found->second, nullptr, false);
            if (names.is_array() && std::ranges::all_of(names, [](const auto& n) { return n.is_string(); }))
                net_.class_names = names.get<std::vector<std::string>>();
        }
        for (const char* tensorflow : {"tf2onnx", "keras", "tensorflow"})
            if (model_.producer_name().find(tensorflow) != std::string::npos)
                net_.habits = FileHabits::tensorflow;
    }

    std::string file_;
    onnx::ModelProto model_;
    OnnxGraph graph_;
    NetworkFile& net_ = graph_.net;
};

}  // namespace

NetworkFile read_onnx(std::span<const std::byte> bytes, std::string_view file) {
    return OnnxReader(bytes, file).read();
}

WeightsContent open_onnx(std::span<const std::byte> bytes, std::string_view file) {
    return recognise_network(read_onnx(bytes, file), std::string(file));
}

}  // namespace vkm::graph
