#include <fuzz/fuzz_target.h>
#include <fuzz/weights_target.h>
#include <graph/weights/safetensors.h>
#include <support/bytes.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::read_for_fuzzing({data, size}, vkm::graph::open_safetensors);
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    const auto document = [](const std::string& header, size_t data_bytes) {
        return raw<uint64_t>(header.size()) + header + std::string(data_bytes, '\x3f');
    };
    return {document("{}", 0),
            document(R"({"a.weight":{"dtype":"F32","shape":[2,1,3],"data_offsets":[8,32]},)"
                     R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                     R"("__metadata__":{"model":"mobilenet_v2","labels":"\u00e9\n"}} )",
                     32),
            document(R"({"h":{"shape":[3],"dtype":"BF16","data_offsets":[0,6]},)"
                     R"("e":{"dtype":"BOOL","shape":[0,5],"data_offsets":[6,6]}})",
                     6)};
}
