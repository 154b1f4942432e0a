#include <graph/weights/foreign_file.h>

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace vkm::graph {
namespace {

using namespace std::string_view_literals;

/// Is one kind of file by the bytes at an offset.
struct Magic {
    size_t offset;
    std::string_view bytes, what;
};

constexpr std::string_view not_read =
    "which is not read; load it with its own program and save the weights as safetensors or with torch.save";

constexpr Magic magics[] = {
    {0, "version https://git-lfs.github.com/spec/"sv,
     "a Git LFS pointer and not the file itself; run `git lfs pull`, or download the file from its web page"},
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file, as Keras writes its weights (.h5), {}"},
    {0, "GGUF"sv, "a GGUF file, {}"},
    {0, "\x93NUMPY"sv, "a NumPy array, {}"},
    {0, "\x1f\x8b\x08"sv, "compressed with gzip; unpack it first (gunzip, or tar -xzf)"},
    {0, "BZh"sv, "compressed with bzip2; unpack it first (bunzip2, or tar -xjf)"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "compressed with xz; unpack it first (unxz, or tar -xJf)"},
    {0, "\x28\xb5\x2f\xfd"sv, "compressed with zstd; unpack it first (unzstd, or tar --zstd -xf)"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive; unpack it first"},
    {0, "Rar!"sv, "a RAR archive; unpack it first"},
    {0, "model_checkpoint_path:"sv, "the list of a folder's TensorFlow checkpoints, {}"},
    {0, "7767517\n"sv, "an ncnn model, {}"},
    {0, "\x89PNG\r\n"sv, "a PNG image, not weights; give it as IMAGE and the weights with --weights"},
    {0, "\xff\xd8\xff"sv, "a JPEG image, not weights; give it as IMAGE and the weights with --weights"},
    {0, "%PDF-"sv, "a PDF document, not weights; pass a .pth or .safetensors file"},
    {0,
     "\x7f"
     "ELF"sv,
     "a program, not weights; pass a .pth or .safetensors file"},
};

/// Is one kind of file by what its name ends with or has in it.
struct Name {
    std::string_view part;
    bool at_end;
    std::string_view what;
};

constexpr Name names[] = {
    {".data-0", false, "a part of a TensorFlow checkpoint, {}"},
    {".ckpt.index", true, "the index of a TensorFlow checkpoint, {}"},
    {".ckpt.meta", true, "the graph of a TensorFlow checkpoint, {}"},
    {".pb", true, "a TensorFlow graph, {}"},
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
    const std::string start = lower(text.substr(0, 64));
    if (start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head") ||
        start.starts_with("<!--"))
        return "a web page and not the file itself; open its address in a browser and take the link that "
               "downloads it (on GitHub and Hugging Face: raw or resolve instead of blob)";
    if (start.starts_with("<"))
        return "XML text, often a server's error message in place of the file; download it again";
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
    if (content.empty()) return "empty; copy or download it again";
    const auto filled = [](std::string_view what) { return fmt::format(fmt::runtime(what), not_read); };
    for (const Magic& magic : magics)
        if (content.size() > magic.offset && content.substr(magic.offset).starts_with(magic.bytes))
            return filled(magic.what);
    if (auto tar = describe_tar(content)) return tar;
    if (auto text = describe_text(content)) return text;
    if (std::ranges::all_of(content, [](char c) { return c == '\0'; }))
        return "nothing but zeros, as an interrupted download leaves behind; download it again";
    const std::string name = lower(path.filename().string());
    for (const Name& one : names)
        if (one.at_end ? name.ends_with(one.part) : name.find(one.part) != name.npos) return filled(one.what);
    return {};
}

}  // namespace vkm::graph
