#include "graph/support/networks.h"
#include "support/python.h"
#include "support/temporary_folder.h"

#include <graph/passes/inference.h>
#include <graph/reference/reference.h>
#include <graph/weights/identify.h>
#include <graph/weights/parameters.h>
#include <graph/weights/safetensors.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

// Compares networks with torchvision itself, run by Debian's Python: names, shapes and defaults of every
// model and width, and whole networks in double precision.
namespace vkm::test {
namespace {

using namespace graph;

// Builds torchvision's network for our model options. What torchvision has no option
// for is changed from outside.
constexpr const char* build_network_in_python = R"(
import functools, glob, json, struct
import torch, torchvision
from torch import nn
from torchvision.models import mobilenetv2, mobilenetv3

torch.set_num_threads(1)
for name in ['kaiming_uniform_', 'kaiming_normal_', 'uniform_', 'normal_']:
    setattr(nn.init, name, lambda tensor, *a, **k: tensor)  # no weights are wanted, and they take their time

def mobilenet_v3(o, width):
    minimalistic = o['model'].endswith('_minimalistic')
    conf, last = mobilenetv3._mobilenet_v3_conf(o['model'].replace('_minimalistic', ''), width_mult=width)
    if o.get('head') == 'full' and width < 1:
        last = 1280 if 'large' in o['model'] else 1024
    if minimalistic:
        for c in conf:
            c.kernel, c.use_se, c.use_hs = 3, False, False
    net = mobilenetv3.MobileNetV3(conf, last, num_classes=int(o['num-classes']))
    if minimalistic:
        for module in list(net.modules()):
            for name, child in module.named_children():
                if isinstance(child, nn.Hardswish):
                    setattr(module, name, nn.ReLU())
    return net

def network(o):
    width = float(o['width'])
    if o['model'] == 'mobilenet_v2':
        net = mobilenetv2.mobilenet_v2(width_mult=width, num_classes=int(o['num-classes']))
    else:
        net = mobilenet_v3(o, width)
    set_stride(net, o)
    if o.get('se-order') == 'before':
        squeeze_before_activation(net)
    if o.get('padding') == 'same':
        pad_as_tensorflow(net)
    return net

def set_stride(net, o):
    stem = int(o.get('stem-stride', 2))
    net.features[0][0].stride = (stem, stem)
    if int(o.get('block1-stride', 2)) == 1:
        for block in net.features:
            strided = [m for m in block.modules() if isinstance(m, nn.Conv2d) and m.groups > 1 and m.stride == (2, 2)]
            if strided:
                strided[0].stride = (1, 1)
                first = next(m for m in block.modules() if isinstance(m, nn.Conv2d))
                block.use_res_connect = first.in_channels == block.out_channels
                break

def squeeze_before_activation(net):
    for block in net.features:
        layers = list(getattr(block, 'block', []))
        for depthwise, squeeze in zip(layers, layers[1:]):
            if isinstance(squeeze, torchvision.ops.SqueezeExcitation):
                activation = depthwise[2]
                depthwise[2] = nn.Identity()
                squeeze.register_forward_hook(lambda m, i, y, f=activation: f(y))

def pad_as_tensorflow(net):
    def pad(conv, inputs):
        def sides(n, k, s):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            return [total // 2, total - total // 2]
        x, = inputs
        (kh, kw), (sh, sw) = conv.kernel_size, conv.stride
        return nn.functional.pad(x, sides(x.shape[3], kw, sw) + sides(x.shape[2], kh, sh)),
    for m in net.modules():
        if isinstance(m, nn.Conv2d) and m.kernel_size != (1, 1):
            m.padding = (0, 0)
            m.register_forward_pre_hook(pad)
)";

// Writes "model width", then lines "name shape", and the options torchvision has as defaults.
constexpr const char* describe_in_python = R"(
with open('described.txt', 'w') as out:
    for model in ['mobilenet_v2', 'mobilenet_v3_large', 'mobilenet_v3_small', 'mobilenet_v3_large_minimalistic',
                  'mobilenet_v3_small_minimalistic']:
        for width in ['1', '0.75', '0.5', '0.25']:
            net = network({'model': model, 'width': width, 'num-classes': '10'})
            norm = next(m for m in net.modules() if isinstance(m, nn.BatchNorm2d))
            dropout = next(m for m in net.modules() if isinstance(m, nn.Dropout))
            print('network', model, width, norm.eps, norm.momentum, dropout.p, file=out)
            for name, tensor in net.state_dict().items():
                print(name, *tensor.shape, file=out)
)";

constexpr const char* run_in_python = R"(
def read_safetensors(path):
    data = open(path, 'rb').read()
    size, = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + size])
    types = {'F32': torch.float32, 'I64': torch.int64}
    tensors = {}
    for name, t in header.items():
        if name == '__metadata__':
            continue
        begin, end = t['data_offsets']
        flat = torch.frombuffer(bytearray(data[8 + size + begin:8 + size + end]), dtype=types[t['dtype']])
        tensors[name] = flat.reshape(t['shape'])
    return tensors, header['__metadata__']

for path in sorted(glob.glob('*.safetensors')):
    tensors, options = read_safetensors(path)
    images = tensors.pop('images').double()
    net = network(options)
    net.load_state_dict(tensors)
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.eps = float(options['bn-eps'])
    with torch.no_grad():
        logits = net.double().eval()(images)
    open(path.replace('.safetensors', '.logits'), 'wb').write(logits.contiguous().numpy().tobytes())
)";

bool torchvision_available() {
    static const bool available =
        torch_available() &&
        std::system((std::string(python) + " -c 'import importlib.util as u, sys; "
                                           "sys.exit(u.find_spec(\"torchvision\") is None)' > /dev/null 2>&1")
                        .c_str()) == 0;
    return available;
}

std::string log_of(const TemporaryFolder& folder) {
    std::ifstream file(folder / "python.log");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string line_of(std::string_view name, const std::vector<int64_t>& shape) {
    std::string line(name);
    for (const int64_t dimension : shape)
        line += fmt::format(" {}", dimension);
    return line;
}

// Returns the state dict of a model as describe_in_python writes it.
std::vector<std::string> described(const ModelConfig& config) {
    std::vector<std::string> lines;
    for (const ParameterInfo& info : weight_list(config)) {
        lines.push_back(line_of(info.name, info.torch_shape));
        if (const auto name = tracked_name(info.name)) lines.push_back(*name);
    }
    return lines;
}

TEST(TorchvisionTest, StateDictsHaveItsNamesShapesAndOrderAndItsDefaults) {
    if (!torchvision_available()) GTEST_SKIP() << "torch and torchvision are not installed for " << python;
    const TemporaryFolder folder;
    ASSERT_TRUE(run_python(folder.path(), std::string(build_network_in_python) + describe_in_python))
        << log_of(folder);
    std::ifstream file(folder / "described.txt");
    std::string line, network;
    std::map<std::string, std::vector<std::string>> networks;
    while (std::getline(file, line))
        if (line.starts_with("network "))
            network = line;
        else
            networks[network].push_back(line);
    EXPECT_EQ(networks.size(), 20u);
    for (const auto& [head, lines] : networks) {
        std::istringstream words(head);
        std::string word, model;
        double width = 0, eps = 0, momentum = 0, dropout = 0;
        words >> word >> model >> width >> eps >> momentum >> dropout;
        ModelConfig config = model_config(model);
        config.width = width;
        config.num_classes = 10;
        EXPECT_EQ(described(config), lines) << head;
        EXPECT_EQ(config.bn_eps, eps) << head;
        EXPECT_EQ(config.bn_momentum, momentum) << head;
        EXPECT_EQ(config.dropout, dropout) << head;
    }
}

// Holds a network with weights, its images and its logits by the CPU reference.
struct ReferenceRun {
    std::string name;
    ModelConfig config;
    HostTensor logits;
};

ReferenceRun reference_run(const std::string& name, ModelConfig config, const TemporaryFolder& folder) {
    const TestNetwork network = test_network(config, 2);
    auto values = trained_values(network.graph, 11);
    const HostTensor images = noise(network.graph.type(network.images).shape, 12);

    StateDict file = export_weights(network.graph, values, 1);
    file.metadata = to_options(config);
    const int64_t size = config.input_size;
    std::vector<float> planar;  // PyTorch's NCHW
    for (int64_t n = 0; n < 2; ++n)
        for (int64_t c = 0; c < 3; ++c)
            for (int64_t h = 0; h < size; ++h)
                for (int64_t w = 0; w < size; ++w)
                    planar.push_back(static_cast<float>(images.at(n, h, w, c)));
    file.tensors.push_back(from_floats("images", {2, 3, size, size}, planar));
    write_safetensors(folder / (name + ".safetensors"), file);

    values[network.images] = images;
    run_reference(network.graph, values);
    return {name, config, values.at(network.logits)};
}

TEST(TorchvisionTest, WholeNetworksGiveItsLogitsInDoublePrecision) {
    if (!torchvision_available()) GTEST_SKIP() << "torch and torchvision are not installed for " << python;
    const TemporaryFolder folder;
    const auto small_images = [](std::string_view model, ModelOptions options) {
        options.emplace("input-size", "32");
        options.emplace("num-classes", "10");
        return with_options(model_config(model), options);
    };
    const std::vector<ReferenceRun> runs{
        reference_run("small", small_images("mobilenet_v3_small", {}), folder),
        reference_run("small_stem1",
                      small_images("mobilenet_v3_small",
                                   {{"stem-stride", "1"}, {"block1-stride", "1"}, {"input-size", "16"}}),
                      folder),
        reference_run("small_before",
                      small_images("mobilenet_v3_small", {{"se-order", "before"}, {"input-size", "37"}}),
                      folder),
        reference_run("large_same", small_images("tf_mobilenetv3_large_050", {{"input-size", "33"}}), folder),
        reference_run("minimal", small_images("mobilenet_v3_small_minimalistic", {{"width", "0.75"}}),
                      folder),
        reference_run("v2", small_images("mobilenet_v2", {{"block1-stride", "1"}, {"width", "0.5"}}), folder),
    };
    ASSERT_TRUE(run_python(folder.path(), std::string(build_network_in_python) + run_in_python))
        << log_of(folder);
    for (const ReferenceRun& r : runs) {
        std::ifstream file(folder / (r.name + ".logits"), std::ios::binary);
        std::vector<double> expected(r.logits.values.size());
        ASSERT_TRUE(file.read(reinterpret_cast<char*>(expected.data()),
                              static_cast<std::streamsize>(expected.size() * 8)));
        double largest = 0, error = 0;
        for (size_t i = 0; i < expected.size(); ++i) {
            largest = std::max(largest, std::abs(expected[i]));
            error = std::max(error, std::abs(expected[i] - r.logits.values[i]));
        }
        EXPECT_GT(largest, 1e-3) << r.name;
        EXPECT_LE(error, 1e-11 * largest) << r.name;
    }
}

}  // namespace
}  // namespace vkm::test
