// The whole file: the zip directory and everything behind it. Checksums keep most mutations out of the
// pickle, which has a target of its own.

#include <fuzz/fuzz_target.h>
#include <fuzz/weights_target.h>
#include <graph/weights/torch/reader.h>
#include <support/torch_file.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::read_for_fuzzing({data, size}, vkm::graph::open_torch);
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    using namespace pickle;
    const std::string pkl =
        document(ordered_dict({{"w", tensor(storage("FloatStorage", "0", 2), 0, {2}, {1})}}));
    const auto archive = [&](bool zip64) {
        return zip_archive({{.name = "a/data.pkl", .content = pkl, .zip64 = zip64},
                            {.name = "a/byteorder", .content = "little"},
                            {.name = "a/data/0", .content = raw(1.f, 2.f), .zip64 = zip64},
                            {.name = "a/version", .content = "3\n"}},
                           zip64, zip64 ? "comment" : "");
    };
    return {archive(false), archive(true)};
}
