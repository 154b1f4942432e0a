// What PyTorch wrote before 1.6: pickles and storages behind each other; and a pickle of such.

#include <fuzz/fuzz_target.h>
#include <fuzz/weights_target.h>
#include <graph/weights/torch/reader.h>
#include <support/torch_file.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::read_for_fuzzing({data, size}, vkm::graph::open_torch);
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    using namespace pickle;
    const std::string floats = stream_storage("FloatStorage", "94", 2),
                      view = stream_storage("FloatStorage", "94", 2,
                                            tuple({text("95"), integer(1), integer(1)}));
    const std::string inner = torch_stream(floats, {{"94", 2, raw(1.f, 2.f)}});
    const std::string inner_storage = call(global("torch.storage", "_load_from_bytes"),
                                           tuple({"B" + raw(static_cast<uint32_t>(inner.size())) + inner}));
    return {document(dict({{"w", tensor(inner_storage, 0, {2}, {1})}})),
            torch_stream(ordered_dict({{"w", tensor(floats, 0, {2}, {1})},
                                       {"v", tensor(view, 0, {1}, {1})},
                                       {"n", tensor(stream_storage("LongStorage", "7", 1), 0, {}, {})}}),
                         {{"7", 1, raw<int64_t>(3)}, {"94", 2, raw(1.f, 2.f)}}),
            torch_stream(
                dict({{"model", ordered_dict({{"w", tensor(floats, 1, {1}, {1})}})}, {"epoch", "K\x01"}}),
                {{"94", 2, raw(1.f, 2.f)}})};
}
