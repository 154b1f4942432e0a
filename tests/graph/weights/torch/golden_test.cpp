// Files written by PyTorch itself, and safetensors files read back by Python.

#include <gmock/gmock.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/weights_file.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/python.h>
#include <support/temporary_folder.h>

#include <memory>

namespace vkm::graph {
namespace {

using testing::HasSubstr;

/// Every .pth comes with a .txt of lines "name dtype shape values", values being exact hexadecimal doubles.
constexpr const char* script = R"python(
import collections, torch
torch.manual_seed(1)

def expect(name, state):
    with open(name + '.txt', 'w') as f:
        for key, t in state.items():
            print(key, str(t.dtype)[6:], ','.join(map(str, t.shape)) or '-',
                  ' '.join(float(v).hex() for v in t.detach().double().flatten().tolist()), file=f)

def save(name, saved, state=None, **options):
    torch.save(saved, name + '.pth', **options)
    expect(name, saved if state is None else state)

module = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.Linear(5, 7))
state = module.state_dict()
save('module', state)
save('protocol3', state, pickle_protocol=3)
save('protocol4', state, pickle_protocol=4)
save('protocol5', state, pickle_protocol=5)
save('channels_last', torch.nn.Conv2d(8, 16, 3).to(memory_format=torch.channels_last).state_dict())

base = torch.randn(4, 6, 5)
save('views', {'transposed': base.transpose(0, 2), 'slice': base[1:3, ::2, 3], 'row': base[2], 'whole': base,
               'expanded': base[:, :1, :1].expand(4, 3, 2), 'scalar': base[1, 2, 3], 'empty': base[:0],
               'one': base[:1, 2:3], 'permuted': base.permute(1, 2, 0)})
save('types', {str(d)[6:]: (torch.randn(3, 2) * 50).to(d) for d in
               [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int8, torch.int16, torch.int32,
                torch.int64, torch.bool]} | {'uint8': torch.tensor([0, 1, 255], dtype=torch.uint8),
                'half_edges': torch.tensor([6e-8, 65504., float('inf'), -0.0], dtype=torch.float16)})
save('parameters', {'p': torch.nn.Parameter(torch.randn(2, 2)), 'q': torch.nn.Parameter(torch.randn(3), requires_grad=False)})
save('checkpoint', {'epoch': 3, 'arch': 'small', 'best': 0.5, 'big': 2**40, 'negative': -3, 'flag': True, 'nothing': None,
                    'optimizer': torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9).state_dict(),
                    'state_dict': collections.OrderedDict(('module.' + k, v) for k, v in state.items())}, state)
save('plain_dict', dict(state))
save('many', {f'tensor{i}': torch.full((2,), float(i)) for i in range(1500)})

save('legacy', state, _use_new_zipfile_serialization=False)
save('legacy_views', {'a': base[0], 'b': base.transpose(0, 1), 'c': torch.randn(3).half()}, _use_new_zipfile_serialization=False)
save('whole_module', module, state)
save('legacy_module', module, state, _use_new_zipfile_serialization=False)
import pickle
with open('dumped.pth', 'wb') as f:
    pickle.dump(state, f)
expect('dumped', state)
torch.jit.script(torch.nn.Linear(2, 3)).save('script.pth')

import argparse, dataclasses, datetime, enum, functools, numpy, pathlib
@dataclasses.dataclass
class Settings:
    rate: float = .1
class Kind(enum.Enum):
    A = 1
adam = torch.optim.Adam(module.parameters())
sum(p.sum() for p in module.parameters()).backward()
adam.step()
save('crowded', {'args': argparse.Namespace(a=1), 'best': numpy.float64(3), 'array': numpy.arange(4), 'size': torch.Size([1]),
                 'device': torch.device('cuda:0'), 'type': torch.float16, 'set': {1, 2}, 'frozen': frozenset([1]), 'settings': Settings(),
                 'now': datetime.datetime.now(), 'path': pathlib.Path('x'), 'partial': functools.partial(torch.relu), 'kind': Kind.A,
                 'random': numpy.random.get_state(), 'optimizer': adam.state_dict(), 'counter': collections.Counter('ab'), 'big': 2**80,
                 'default': collections.defaultdict(list), 'deque': collections.deque([1]), 'complex': 1j, 'array of bytes': bytearray(b'a'),
                 'complex tensor': torch.zeros(2, dtype=torch.complex64), 'function': len, 'class': torch.nn.Linear, 'loss': torch.ones(1),
                 'deep': {'a': [{'b': ({'weights': module.state_dict()},)}]}}, module.state_dict())
)python";

/// Runs Python once for all tests, as importing torch takes seconds.
class TorchGoldenTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (!test::torch_available()) return;
        folder = std::make_unique<test::TemporaryFolder>();
        written = test::run_python(folder->path(), script);
    }
    static void TearDownTestSuite() { folder.reset(); }

    void SetUp() override {
        if (!folder) GTEST_SKIP() << test::python << " cannot import torch";
        ASSERT_TRUE(written) << test::file_content(*folder / "python.log");
    }

    static std::string described(const NamedTensor& tensor) {
        std::string shape;
        for (const int64_t size : tensor.shape)
            shape += (shape.empty() ? "" : ",") + std::to_string(size);
        return tensor.name + " " + std::string(type_name(tensor.dtype)) + " " + (shape.empty() ? "-" : shape);
    }

    static void expect_equal(const StateDict& state, const std::string& name) {
        std::istringstream lines(test::file_content(*folder / (name + ".txt")));
        std::string line;
        size_t i = 0;
        for (; std::getline(lines, line); ++i) {
            ASSERT_LT(i, state.tensors.size());
            const NamedTensor& tensor = state.tensors[i];
            std::istringstream words(line);
            std::string key, type, shape, value;
            words >> key >> type >> shape;
            EXPECT_EQ(described(tensor), key + " " + type + " " + shape);
            std::vector<float> expected;
            while (words >> value)
                expected.push_back(static_cast<float>(std::strtod(value.c_str(), nullptr)));
            EXPECT_EQ(to_floats(tensor), expected) << key;
        }
        EXPECT_EQ(i, state.tensors.size());
    }

    static std::string refusal(const std::string& file) {
        return test::message_of<WeightsError>([&] { load_weights(*folder / file); });
    }

    static inline std::unique_ptr<test::TemporaryFolder> folder;
    static inline bool written = false;
};

TEST_F(TorchGoldenTest, ReadsWhatTorchWrites) {
    for (const char* name :
         {"module", "protocol3", "protocol4", "protocol5", "channels_last", "views", "types", "parameters",
          "plain_dict", "many", "legacy", "legacy_views", "whole_module", "legacy_module", "dumped"}) {
        SCOPED_TRACE(name);
        const StateDict state = load_weights(*folder / (std::string(name) + ".pth"));
        expect_equal(state, name);
        EXPECT_TRUE(state.metadata.empty());
    }
}

TEST_F(TorchGoldenTest, ReadsACheckpoint) {
    const StateDict state = load_weights(*folder / "checkpoint.pth");
    expect_equal(state, "checkpoint");
    EXPECT_EQ(state.metadata, (std::map<std::string, std::string>{{"torch.epoch", "3"},
                                                                  {"torch.arch", "small"},
                                                                  {"torch.best", "0.5"},
                                                                  {"torch.big", "1099511627776"},
                                                                  {"torch.negative", "-3"},
                                                                  {"torch.flag", "true"},
                                                                  {"torch.wrapper", "state_dict"},
                                                                  {"torch.ignored", "nothing, optimizer"}}));
}

TEST_F(TorchGoldenTest, PassesOverWhatIsNoTensor) {
    const StateDict state = load_weights(*folder / "crowded.pth");
    expect_equal(state, "crowded");
    EXPECT_EQ(state.metadata.at("torch.wrapper"), "deep.a[0].b[0].weights");
}

TEST_F(TorchGoldenTest, RefusesWhatIsCode) {
    EXPECT_THAT(refusal("script.pth"), HasSubstr("TorchScript"));
}

/// The safetensors format in ten lines of Python that share nothing with our reader.
constexpr const char* reader = R"python(
import json, struct, numpy, torch
content = open('out.safetensors', 'rb').read()
size, = struct.unpack('<Q', content[:8])
header = json.loads(content[8:8 + size])
assert size % 8 == 0 and header.pop('__metadata__') == {'note': 'a "quoted" caf\u00e9'}
original, end = torch.load('types.pth'), 0
assert list(header) == list(original)
types = dict(F16='float16', BF16='bfloat16', F32='float32', F64='float64', I8='int8', I16='int16', I32='int32', I64='int64',
             BOOL='bool', U8='uint8')
for name, entry in sorted(header.items(), key=lambda item: item[1]['data_offsets']):
    begin, stop = entry['data_offsets']
    assert begin == end
    end = stop
    read = torch.frombuffer(bytearray(content[8 + size + begin:8 + size + stop]), dtype=getattr(torch, types[entry['dtype']]))
    assert torch.equal(read.reshape(entry['shape']), original[name]), name
assert 8 + size + end == len(content)
)python";

TEST_F(TorchGoldenTest, WritesSafetensorsThatPythonReads) {
    StateDict state = load_weights(*folder / "types.pth");
    state.metadata = {{"note", "a \"quoted\" caf\u00e9"}};
    write_safetensors(*folder / "out.safetensors", state);
    EXPECT_TRUE(test::run_python(folder->path(), reader)) << test::file_content(*folder / "python.log");
}

}  // namespace
}  // namespace vkm::graph
