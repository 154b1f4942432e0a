// The index of weights in several files; every file it names holds the tensors a and b.

#include <fuzz/fuzz_target.h>
#include <fuzz/weights_target.h>
#include <graph/weights/shards.h>
#include <support/temporary_folder.h>

#include <fstream>

namespace {

/// Makes a folder with the files that the seeds name.
const std::filesystem::path& folder() {
    static const vkm::test::TemporaryFolder made;
    static const std::filesystem::path path = [] {
        for (const char* name : {"1", "2"})
            std::ofstream(made / name) << ' ';
        return made.path();
    }();
    return path;
}

vkm::graph::WeightsContent shard(const std::filesystem::path& path) {
    if (path.parent_path() != folder()) std::abort();
    vkm::graph::StateDict state;
    for (const char* name : {"a", "b"})
        state.tensors.push_back(vkm::graph::from_floats(name, {1}, std::vector{1.f}));
    return {{{"", state.tensors}}, [state](size_t) { return state; }};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::read_for_fuzzing({data, size}, [](std::span<const std::byte> index, const char*) {
        return vkm::graph::open_shards(index, folder() / "index.json", shard);
    });
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    return {R"({"weight_map": {"a": "1", "b": "2"}, "metadata": {"total_size": 8}})",
            R"({"weight_map": {"a": "1", "b": "1"}})"};
}
