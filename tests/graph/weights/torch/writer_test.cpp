#include <gmock/gmock.h>
#include <graph/weights/torch/reader.h>
#include <graph/weights/torch/writer.h>
#include <graph/weights/weights_file.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/python.h>
#include <support/temporary_folder.h>

namespace vkm::graph {
namespace {

using testing::HasSubstr;

StateDict every_type() {
    StateDict state;
    for (const WeightType type :
         {WeightType::boolean, WeightType::u8, WeightType::i8, WeightType::i16, WeightType::i32,
          WeightType::i64, WeightType::f16, WeightType::bf16, WeightType::f32, WeightType::f64})
        state.tensors.push_back({std::string(type_name(type)),
                                 type,
                                 {2, 1, 3},
                                 std::vector<std::byte>(6 * element_bytes(type), std::byte{1})});
    state.tensors.push_back({"scalar", WeightType::i64, {}, std::vector<std::byte>(8, std::byte{2})});
    state.tensors.push_back({"empty", WeightType::f32, {0, 4}, {}});
    return state;
}

TEST(TorchWriterTest, IsReadBackAsItWas) {
    const test::TemporaryFolder folder;
    StateDict state = every_type();
    state.metadata = {{"model", "none"}, {"class-names", R"(["é","b"])"}};
    write_torch(folder / "w.pth", state);
    const std::vector<std::byte> bytes = read_file(folder / "w.pth");
    EXPECT_EQ(open_torch(bytes, "w").read(0), state);
}

TEST(TorchWriterTest, RefusesWhatPyTorchHasNot) {
    const test::TemporaryFolder folder;
    const StateDict state{.tensors = {{"w", WeightType::u32, {}, std::vector<std::byte>(4)}}, .metadata = {}};
    EXPECT_THAT(test::message_of<WeightsError>([&] { write_torch(folder / "w.pth", state); }),
                HasSubstr("w.pth: tensor w: PyTorch has no storage of uint32"));
    EXPECT_FALSE(std::filesystem::exists(folder / "w.pth"));
}

TEST(TorchWriterTest, TorchLoadsItWithWeightsOnly) {
    if (!test::torch_available()) GTEST_SKIP() << "PyTorch is not installed";
    const test::TemporaryFolder folder;
    StateDict state = every_type();
    state.metadata = {{"model", "none"}};
    write_torch(folder / "w.pth", state);
    EXPECT_TRUE(test::run_python(folder.path(), R"python(
import collections, torch
state = torch.load('w.pth', weights_only=True)
assert type(state) is collections.OrderedDict
for name, tensor in state.items():
    if name not in ('scalar', 'empty'):
        assert str(tensor.dtype) == 'torch.' + name and tuple(tensor.shape) == (2, 1, 3), name
    assert tensor.is_contiguous()
assert state['scalar'].shape == () and state['empty'].shape == (0, 4)
assert state['int16'].flatten().tolist() == [0x0101] * 6
assert state['scalar'].item() == 0x0202020202020202
)python"))
        << "see python.log";
}

}  // namespace
}  // namespace vkm::graph
