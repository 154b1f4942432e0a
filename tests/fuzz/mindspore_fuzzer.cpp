#include <fuzz/fuzz_target.h>
#include <fuzz/weights_target.h>
#include <graph/weights/mindspore/checkpoint.h>
#include <support/bytes.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::read_for_fuzzing({data, size}, vkm::graph::open_mindspore);
}

namespace {

std::string field(char key, const std::string& content) {
    return key + std::string(1, static_cast<char>(content.size())) + content;
}

std::string value(const std::string& tag, const std::string& dims, const std::string& type,
                  const std::string& content) {
    return field('\x0a',
                 field('\x0a', tag) + field('\x12', dims + field('\x12', type) + field('\x1a', content)));
}

}  // namespace

std::vector<std::string> vkm::test::fuzz_seeds() {
    using namespace std::string_literals;
    return {value("conv.weight", "\x08\x02\x08\x01", "Float32", raw(1.f, 2.f)) +
                value("epoch_num", "\x08\0"s, "Int64", raw<int64_t>(3)),
            value("w", "\x08\x04", "Float16", raw<uint16_t, uint16_t>(1, 2)) +
                value("w", "\x08\x04", "Float16", raw<uint16_t, uint16_t>(3, 4)) +
                value("note", "\x08\0"s, "str", "text")};
}
