#include <graph/weights/network_file/recognise.h>
#include <graph/weights/tflite/tflite_reader.h>
#include <graph/weights/tflite/tflite_tensor.h>
#include <graph/weights/torch/zip_archive.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace vkm::graph {
namespace {

class TfliteReader {
  public:
    TfliteReader(std::span<const std::byte> bytes, std::string_view file) : file_(file), bytes_(bytes) {
        flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
        if (!tflite::VerifyModelBuffer(verifier)) throw damaged("its tables are not whole");
        model_ = tflite::GetModel(bytes.data());
        if (!model_->graphs() || model_->graphs()->size() == 0 || !model_->operator_codes() ||
            !model_->buffers())
            throw damaged("it has no network");
        graph_ = model_->graphs()->Get(0);
        if (!graph_->tensors() || !graph_->operators()) throw damaged("it has no network");
    }

    NetworkFile read() {
        net_.habits = FileHabits::tensorflow;
        net_.values = graph_->tensors()->size();
        if (!graph_->inputs() || graph_->inputs()->size() != 1)
            throw WeightsError("{}: has {} inputs; networks here take images alone", file_,
                               graph_->inputs() ? graph_->inputs()->size() : 0);
        if (!graph_->outputs() || graph_->outputs()->size() == 0) throw damaged("it has no output");
        take_input(graph_->inputs()->Get(0));
        for (const tflite::Operator* op : *graph_->operators())
            add(*op);
        net_.output = value(graph_->outputs()->Get(0));
        take_labels();
        return std::move(net_);
    }

  private:
    WeightsError damaged(const std::string& what) const {
        return WeightsError("{}: no TensorFlow Lite model, or a damaged one: {}; copy or convert it again",
                            file_, what);
    }

    const tflite::Tensor& tensor(int32_t index) const {
        if (index < 0 || index >= static_cast<int64_t>(graph_->tensors()->size()))
            throw damaged("an operator is of a tensor that is not there");
        return *graph_->tensors()->Get(static_cast<flatbuffers::uoffset_t>(index));
    }

    void take_input(int32_t index) {
        const tflite::Tensor& images = tensor(index);
        const auto* shape = images.shape();
        if (!shape || shape->size() != 4 || shape->Get(3) != 3 || shape->Get(1) != shape->Get(2))
            throw WeightsError("{}: input {} is no square image of 3 channels", file_, tflite_name(images));
        net_.input = static_cast<FileValue>(index);
        net_.input_size = std::max(shape->Get(1), 0);
        data_[index] = net_.input;
        take_scaling(images);
    }

    /// Takes what the darkest and the brightest pixel become in 8 bits, (p - mean) / std, as the scaling.
    void take_scaling(const tflite::Tensor& images) {
        const auto range = tflite_range(images);
        if (!range || net_.mean) return;
        constexpr double digits = 1e6;  // scales are float32
        const auto rounded = [](double x) { return std::round(x * digits) / digits + 0.0; };
        const double deviation = 1 / (range->high - range->low);
        net_.mean = {rounded(-range->low * deviation), rounded(-range->low * deviation),
                     rounded(-range->low * deviation)};
        net_.std = {rounded(deviation), rounded(deviation), rounded(deviation)};
        if (!(net_.std->front() > 0)) net_.mean = net_.std = std::nullopt;
    }

    /// Takes the names in the zip archive that TensorFlow's metadata tools put behind a model.
    void take_labels() {
        constexpr std::string_view directory = "PK\x05\x06";
        constexpr size_t reach = 1 << 16;
        const auto text = [](std::span<const std::byte> b) {
            return std::string_view(reinterpret_cast<const char*>(b.data()), b.size());
        };
        const std::string_view end = text(bytes_.last(std::min(reach, bytes_.size())));
        if (end.find(directory) == end.npos) return;
        try {
            const ZipArchive archive(bytes_, file_);
            for (const auto& [name, entry] : archive.entries()) {
                if (!name.ends_with(".txt") || !net_.class_names.empty()) continue;
                std::string_view lines = text(archive.read(name));
                while (!lines.empty()) {
                    const size_t stop = std::min(lines.find('\n'), lines.size());
                    std::string_view line = lines.substr(0, stop);
                    if (line.ends_with('\r')) line.remove_suffix(1);
                    net_.class_names.emplace_back(line);
                    lines.remove_prefix(std::min(stop + 1, lines.size()));
                }
            }
        } catch (const WeightsError&) {
            net_.class_names.clear();  // names are no reason to refuse weights
        }
    }

    // Values and constants.

    FileValue value(int32_t index) const {
        const auto found = data_.find(index);
        if (found == data_.end())
            throw WeightsError("{}: tensor {} does not come from the images", file_,
                               tflite_name(tensor(index)));
        return found->second;
    }

    const TfliteConstant* constant(int32_t index) {
        if (const auto known = constants_.find(index); known != constants_.end()) return &known->second;
        const tflite::Tensor& found = tensor(index);
        if (found.buffer() >= model_->buffers()->size()) throw damaged("a tensor has no buffer");
        const tflite::Buffer* buffer = model_->buffers()->Get(found.buffer());
        if (!buffer->data() || buffer->data()->size() == 0) return nullptr;
        return &constants_.emplace(index, tflite_constant(found, *buffer->data(), file_)).first->second;
    }

    int32_t input(const tflite::Operator& op, size_t i) const {
        return op.inputs() && i < op.inputs()->size()
                   ? op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(i))
                   : -1;
    }

    const TfliteConstant& required(const tflite::Operator& op, size_t i) {
        const int32_t index = input(op, i);
        const TfliteConstant* found = index >= 0 ? constant(index) : nullptr;
        if (!found) throw unfit(op, fmt::format("its input {} is no constant", i));
        return *found;
    }

    bool is_data(const tflite::Operator& op, size_t i) const { return data_.contains(input(op, i)); }

    tflite::Code code(const tflite::Operator& op) const {
        if (op.code_index() >= model_->operator_codes()->size()) throw damaged("an operator has no code");
        const tflite::OperatorCode* code = model_->operator_codes()->Get(op.code_index());
        return static_cast<tflite::Code>(std::max<int32_t>(code->code(), code->old_code()));
    }

    std::string described(const tflite::Operator& op) const;
    WeightsError unfit(const tflite::Operator& op, const std::string& why) const {
        return WeightsError("{}: operator {} is none of the networks that are known here: {}", file_,
                            described(op), why);
    }

    // Operators.

    using Add = void (TfliteReader::*)(const tflite::Operator&);
    struct Row {
        tflite::Code code;
        Add add;
    };
    static std::span<const Row> rows();

    void add(const tflite::Operator& op) {
        if (!op.outputs() || op.outputs()->size() == 0) throw unfit(op, "it has no result");
        tensor(op.outputs()->Get(0));
        const auto row = std::ranges::find(rows(), code(op), &Row::code);
        if (row == rows().end()) throw unfit(op, "no layer is like it");
        (this->*row->add)(op);
    }

    int32_t out(const tflite::Operator& op) const { return op.outputs()->Get(0); }

    /// Appends an operator, and the activation that is fused into it.
    FileNode& append(const tflite::Operator& op, FileOp kind, size_t i = 0,
                     tflite::Activation fused = tflite::Activation::NONE) {
        const auto [low, high] = limits(op, fused);
        FileNode made{.op = kind, .name = described(op), .inputs = {value(input(op, i))}};
        made.output = static_cast<FileValue>(out(op));
        data_[out(op)] = made.output;
        if (const auto range = tflite_range(tensor(out(op))); range && range->from_zero)
            made.ceiling = range->high;
        const size_t at = net_.nodes.size();
        net_.nodes.push_back(std::move(made));
        if (low == 0) {
            const FileValue between = net_.values++;
            FileNode clip{.op = FileOp::clip, .name = described(op), .inputs = {between}};
            clip.output = net_.nodes[at].output;
            clip.low = low;
            clip.high = high;
            net_.nodes[at].output = between;
            net_.nodes.push_back(std::move(clip));
        }
        return net_.nodes[at];
    }

    std::pair<float, float> limits(const tflite::Operator& op, tflite::Activation fused) const {
        constexpr float infinity = std::numeric_limits<float>::infinity();
        switch (fused) {
            case tflite::Activation::NONE:
                return {-infinity, infinity};
            case tflite::Activation::RELU:
                return {0.f, infinity};
            case tflite::Activation::RELU6:
                return {0.f, 6.f};
            default:
                throw unfit(op, "no layer has its activation");
        }
    }

    void same(const tflite::Operator& op) {
        const int32_t from = input(op, 0);
        if (is_data(op, 0)) {
            data_[out(op)] = value(from);
            if (from == graph_->inputs()->Get(0)) take_scaling(tensor(out(op)));
        } else if (const TfliteConstant* known = constant(from)) {
            constants_[out(op)] = TfliteConstant(*known);  // half precision made float
        } else {
            throw unfit(op, "its input does not come from the images");
        }
    }

    template <typename Options>
    void take_window(const tflite::Operator& op, FileNode& node, const Options& options) const {
        if (options.stride_w() != options.stride_h() || options.stride_h() < 1 ||
            options.stride_h() > largest_step)
            throw unfit(op, "its stride is not the same both ways");
        if (options.dilation_w() != 1 || options.dilation_h() != 1) throw unfit(op, "it is dilated");
        node.stride = options.stride_h();
        node.pads.same = options.padding() == tflite::Padding::SAME;
    }

    std::vector<float> bias(const tflite::Operator& op, int64_t channels) {
        if (input(op, 2) < 0) return {};
        std::vector<float> values = required(op, 2).values;
        if (static_cast<int64_t>(values.size()) != channels) throw unfit(op, "its bias is not one a channel");
        return values;
    }

    void convolution(const tflite::Operator& op) {
        const auto* options = op.options_as_Conv2D();
        const TfliteConstant& weight = required(op, 1);
        if (!options || weight.shape.size() != 4 || weight.values.empty())
            throw unfit(op, "it is not of images");
        FileNode& made = append(op, FileOp::convolution, 0, options->activation());
        const int64_t n = weight.shape[0], h = weight.shape[1], w = weight.shape[2], c = weight.shape[3];
        made.shape = {n, c, h, w};
        made.weight = transposed(weight.values, n, h * w, c);
        made.bias = bias(op, n);
        take_window(op, made, *options);
    }

    void depthwise(const tflite::Operator& op) {
        const auto* options = op.options_as_DepthwiseConv2D();
        const TfliteConstant& weight = required(op, 1);
        if (!options || weight.shape.size() != 4 || weight.shape[0] != 1 || weight.values.empty())
            throw unfit(op, "it is not of images");
        if (options->multiplier() > 1) throw unfit(op, "it makes several channels of one");
        FileNode& made = append(op, FileOp::convolution, 0, options->activation());
        const int64_t h = weight.shape[1], w = weight.shape[2], c = weight.shape[3];
        made.shape = {c, 1, h, w};
        made.weight = transposed(weight.values, 1, h * w, c);
        made.bias = bias(op, c);
        made.groups = c;
        take_window(op, made, *options);
    }

    /// Returns [N, P, C] as [N, C, P].
    static std::vector<float> transposed(const std::vector<float>& from, int64_t n, int64_t p, int64_t c) {
        std::vector<float> to(from.size());
        size_t i = 0;
        for (int64_t image = 0; image < n; ++image)
            for (int64_t place = 0; place < p; ++place)
                for (int64_t channel = 0; channel < c; ++channel)
                    to[static_cast<size_t>((image * c + channel) * p + place)] = from[i++];
        return to;
    }

    void connected(const tflite::Operator& op) {
        const auto* options = op.options_as_FullyConnected();
        const TfliteConstant& weight = required(op, 1);
        if (weight.shape.size() != 2 || weight.values.empty()) throw unfit(op, "its weights are no matrix");
        FileNode& made =
            append(op, FileOp::convolution, 0, options ? options->activation() : tflite::Activation::NONE);
        made.shape = weight.shape;
        made.weight = weight.values;
        made.bias = bias(op, weight.shape[0]);
    }

    void average_pool(const tflite::Operator& op) {
        const auto* options = op.options_as_Pool2D();
        if (!options) throw unfit(op, "it is no mean over an image");
        if (options->filter_height() == 1 && options->filter_width() == 1 && options->stride_h() == 1 &&
            options->stride_w() == 1)
            return same(op);
        FileNode& made = append(op, FileOp::pool, 0, options->activation());
        made.shape = {options->filter_height(), options->filter_width()};
    }

    void mean(const tflite::Operator& op) {
        std::vector<float> axes = required(op, 1).values;
        std::ranges::sort(axes);
        if (axes != std::vector<float>{1, 2} && axes != std::vector<float>{-3, -2})
            throw unfit(op, "it is no mean over an image");
        append(op, FileOp::pool);
    }

    void pad(const tflite::Operator& op) {
        const std::vector<float>& all = required(op, 1).values;
        if (all.size() != 8 ||
            std::ranges::any_of(all, [](float p) { return !(p >= 0 && p <= largest_step); }) || all[0] != 0 ||
            all[1] != 0 || all[6] != 0 || all[7] != 0)
            throw unfit(op, "it pads more than the image's sides");
        append(op, FileOp::pad).pads = {.top = static_cast<int64_t>(all[2]),
                                        .left = static_cast<int64_t>(all[4]),
                                        .bottom = static_cast<int64_t>(all[3]),
                                        .right = static_cast<int64_t>(all[5])};
    }

    void clip(const tflite::Operator& op, float high) {
        FileNode& made = append(op, FileOp::clip);
        made.low = 0;
        made.high = high;
    }
    void relu(const tflite::Operator& op) { clip(op, std::numeric_limits<float>::infinity()); }
    void relu6(const tflite::Operator& op) { clip(op, 6); }
    void relu1(const tflite::Operator& op) { clip(op, 1); }
    void hard_swish(const tflite::Operator& op) { append(op, FileOp::activation).f = Activation::hard_swish; }
    void softmax(const tflite::Operator& op) { append(op, FileOp::softmax); }
    void sigmoid(const tflite::Operator& op) { append(op, FileOp::sigmoid); }

    void transpose(const tflite::Operator& op) {
        const std::vector<float>& order = required(op, 1).values;
        if (order != std::vector<float>{0, 2, 3, 1} && order != std::vector<float>{0, 3, 1, 2})
            throw unfit(op, "it is no change between channels first and channels last");
        same(op);
    }

    // Addition and so on, of two values or of one and a constant c.

    static tflite::Activation fused_of(const tflite::Arithmetic* options) {
        return options ? options->activation() : tflite::Activation::NONE;
    }

    using Line = std::pair<std::vector<float>, std::vector<float>>;

    template <typename Make>
    void binary(const tflite::Operator& op, FileOp kind, tflite::Activation fused, Make line) {
        if (!op.inputs() || op.inputs()->size() != 2) throw unfit(op, "it is not of two values");
        if (is_data(op, 0) && is_data(op, 1)) {
            if (kind == FileOp::affine) throw unfit(op, "it is of two values");
            append(op, kind, 0, fused).inputs.push_back(value(input(op, 1)));
            return;
        }
        const size_t of = is_data(op, 0) ? 0 : 1;
        const TfliteConstant& found = required(op, 1 - of);
        if (found.values.empty() ||
            std::ranges::count_if(found.shape, [](int64_t size) { return size != 1; }) > 1)
            throw unfit(op, "its constant is not one a channel");
        // What saturates at 0 and 6 in 8 bits has no activation besides.
        const auto range = tflite_range(tensor(out(op)));
        constexpr double tolerance = 0.05;
        if (fused == tflite::Activation::NONE && kind == FileOp::add && range && range->from_zero &&
            std::abs(range->high - 6) < tolerance)
            fused = tflite::Activation::RELU6;
        FileNode& made = append(op, FileOp::affine, of, fused);
        std::tie(made.a, made.b) = line(found.values, of == 0);
    }

    void addition(const tflite::Operator& op) {
        binary(op, FileOp::add, fused_of(op.options_as_add()),
               [](std::vector<float> c, bool) { return Line({1}, std::move(c)); });
    }
    void multiplication(const tflite::Operator& op) {
        binary(op, FileOp::multiply, fused_of(op.options_as_mul()),
               [](std::vector<float> c, bool) { return Line(std::move(c), {0}); });
    }
    void subtraction(const tflite::Operator& op) {
        binary(op, FileOp::affine, fused_of(op.options_as_sub()), [](std::vector<float> c, bool of_data) {
            if (!of_data) return Line({-1}, std::move(c));
            for (float& v : c)
                v = -v;
            return Line({1}, std::move(c));
        });
    }
    void division(const tflite::Operator& op) {
        binary(op, FileOp::affine, fused_of(op.options_as_div()), [&](std::vector<float> c, bool of_data) {
            if (!of_data) throw unfit(op, "it divides by a value");
            for (float& v : c)
                v = 1 / v;
            return Line(std::move(c), {0});
        });
    }

    std::string file_;
    std::span<const std::byte> bytes_;
    const tflite::Model* model_ = nullptr;
    const tflite::Graph* graph_ = nullptr;
    NetworkFile net_;
    std::map<int32_t, FileValue> data_;  ///< by tensor: what comes from the images
    std::map<int32_t, TfliteConstant> constants_;
};

std::span<const TfliteReader::Row> TfliteReader::rows() {
    using tflite::Code;
    static constexpr std::array all{
        Row{Code::ADD, &TfliteReader::addition},
        Row{Code::AVERAGE_POOL_2D, &TfliteReader::average_pool},
        Row{Code::CONV_2D, &TfliteReader::convolution},
        Row{Code::DEPTHWISE_CONV_2D, &TfliteReader::depthwise},
        Row{Code::DEQUANTIZE, &TfliteReader::same},
        Row{Code::FULLY_CONNECTED, &TfliteReader::connected},
        Row{Code::LOGISTIC, &TfliteReader::sigmoid},
        Row{Code::MUL, &TfliteReader::multiplication},
        Row{Code::RELU, &TfliteReader::relu},
        Row{Code::RELU6, &TfliteReader::relu6},
        Row{Code::RESHAPE, &TfliteReader::same},
        Row{Code::SOFTMAX, &TfliteReader::softmax},
        Row{Code::PAD, &TfliteReader::pad},
        Row{Code::TRANSPOSE, &TfliteReader::transpose},
        Row{Code::MEAN, &TfliteReader::mean},
        Row{Code::SUB, &TfliteReader::subtraction},
        Row{Code::DIV, &TfliteReader::division},
        Row{Code::SQUEEZE, &TfliteReader::same},
        Row{Code::QUANTIZE, &TfliteReader::same},
        Row{Code::HARD_SWISH, &TfliteReader::hard_swish},
        Row{Code::RELU_0_TO_1, &TfliteReader::relu1},
    };
    return all;
}

std::string TfliteReader::described(const tflite::Operator& op) const {
    const tflite::OperatorCode& told = *model_->operator_codes()->Get(op.code_index());
    std::string type = tflite::EnumNameCode(code(op));
    if (code(op) == tflite::Code::CUSTOM && told.custom()) type = told.custom()->str();
    if (type.empty()) type = fmt::format("number {}", static_cast<int32_t>(code(op)));
    if (!op.outputs() || op.outputs()->size() == 0) return type;
    return fmt::format("{} '{}'", type, tflite_name(tensor(op.outputs()->Get(0))));
}

}  // namespace

NetworkFile read_tflite(std::span<const std::byte> bytes, std::string_view file) {
    return TfliteReader(bytes, file).read();
}

WeightsContent open_tflite(std::span<const std::byte> bytes, std::string_view file) {
    return recognise_network(read_tflite(bytes, file), std::string(file));
}

}  // namespace vkm::graph
