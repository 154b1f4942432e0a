#include <base/stand_in.h>
#include <graph/weights/foreign_file.h>

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace vkm::graph {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view not_read =
    "which is not read; load it with its own program and save the weights as safetensors or with torch.save";

constexpr std::string_view of_tensorflow =
    "which is not read; convert it to TensorFlow Lite (tf.lite.TFLiteConverter) or to ONNX (tf2onnx), which are";

/// Is one kind of file by its first bytes.
struct Magic {
    std::string_view bytes, what, then = not_read;
};

constexpr Magic magics[] = {
    {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file, as Keras writes its models (.h5), {}", of_tensorflow},
    {"GGUF"sv, "a GGUF file, {}"},
    {"\x93NUMPY"sv, "a NumPy array, {}"},
    {"model_checkpoint_path:"sv, "the list of a folder's TensorFlow checkpoints, {}", of_tensorflow},
    {"7767517\n"sv, "an ncnn model, {}"},
    {"\x89PNG\r\n"sv, "a PNG image, not weights; give it as IMAGE and the weights with --weights"},
    {"\xff\xd8\xff"sv, "a JPEG image, not weights; give it as IMAGE and the weights with --weights"},
    {"%PDF-"sv, "a PDF document, not weights; pass a .pth or .safetensors file"},
    {"\x7f"
     "ELF"sv,
     "a program, not weights; pass a .pth or .safetensors file"},
};

/// Is one kind of file by what its name ends with or has in it.
struct Name {
    std::string_view part;
    bool at_end;
    std::string_view what, then = not_read;
};

constexpr Name names[] = {
    {".data-0", false, "a part of a TensorFlow checkpoint, {}", of_tensorflow},
    {".ckpt.index", true, "the index of a TensorFlow checkpoint, {}", of_tensorflow},
    {".ckpt.meta", true, "the graph of a TensorFlow checkpoint, {}", of_tensorflow},
    {".pb", true, "a TensorFlow graph, {}", of_tensorflow},
    {".h5", true, "no HDF5 file, though it is called so, and nothing else that is read"},
    {".mlmodel", true, "a Core ML model, {}"},
    {".caffemodel", true, "a Caffe model, {}"},
    {".pdparams", true, "weights of PaddlePaddle, {}"},
    {".params", true, "weights of MXNet, {}"},
    {".npz", true, "a NumPy archive, {}"},
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Returns the beginning of a file without byte-order mark and blanks.
std::string_view beginning(std::string_view content) {
    if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);
    const size_t first = content.find_first_not_of(" \t\r\n");
    return first == content.npos ? std::string_view{} : content.substr(first);
}

bool is_text(std::string_view content) {
    constexpr size_t looked_at = 512;
    const std::string_view start = content.substr(0, looked_at);
    return !start.empty() && std::ranges::all_of(start, [](unsigned char c) {
        return c >= ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
    });
}

std::optional<std::string> describe_tar(std::string_view content) {
    constexpr size_t magic_offset = 257, longest_name = 100;
    if (content.size() <= magic_offset || !content.substr(magic_offset).starts_with("ustar")) return {};
    const std::string_view field = content.substr(0, longest_name);
    const std::string_view first = field.substr(0, field.find('\0'));
    for (const std::string_view entry : {"sys_info", "pickle", "storages", "tensors"})
        if (first == entry)
            return "the format of PyTorch before 0.1.10, a tar archive; save it again in Python: "
                   "torch.save(torch.load(FILE, map_location=\"cpu\"), \"new.pth\")";
    return "a tar archive; unpack it (tar -xf) and pass the weights file in it";
}

std::optional<std::string> describe_text(std::string_view content) {
    if (!is_text(content)) return {};
    const std::string_view text = beginning(content);
    if (text.starts_with("<")) return "XML text, not weights; download the file again";
    if (text.starts_with("{") || text.starts_with("["))
        return "JSON text, not weights; pass a .pth or .safetensors file, or the index of its parts "
               "(model.safetensors.index.json)";
    constexpr size_t quoted = 60;
    return fmt::format("text (\"{}\"), not weights; download the file again", text.substr(0, quoted));
}

}  // namespace

std::optional<std::string> describe_foreign(std::span<const std::byte> bytes,
                                            const std::filesystem::path& path) {
    const std::string_view content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (auto stand_in = describe_stand_in(content)) return stand_in;
    const auto filled = [](const auto& kind) { return fmt::format(fmt::runtime(kind.what), kind.then); };
    for (const Magic& magic : magics)
        if (content.starts_with(magic.bytes)) return filled(magic);
    if (auto tar = describe_tar(content)) return tar;
    if (auto text = describe_text(content)) return text;
    const std::string name = lower(path.filename().string());
    for (const Name& one : names)
        if (one.at_end ? name.ends_with(one.part) : name.find(one.part) != name.npos) return filled(one);
    return {};
}

}  // namespace vkm::graph
