#include <base/atomic_file.h>
#include <graph/weights/load.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/torch_pickle.h>
#include <graph/weights/zip_archive.h>

namespace vkm::graph {

StateDict load_weights(const std::filesystem::path& path) {
    const std::vector<std::byte> bytes = read_file(path);
    const std::string file = path.string();
    if (looks_like_zip(bytes) || looks_like_legacy_torch(bytes)) return parse_torch_pickle(bytes, file);
    if (looks_like_safetensors(bytes)) return parse_safetensors(bytes, file);
    throw WeightsError(
        "{}: neither a safetensors file nor one that torch.save wrote{}; pass a .safetensors or .pth file",
        file, bytes.empty() ? " (it is empty)" : "");
}

}  // namespace vkm::graph
