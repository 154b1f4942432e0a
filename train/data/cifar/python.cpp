#include <graph/weights/torch/pickle.h>
#include <train/data/cifar/release.h>

#include <algorithm>
#include <optional>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;
using graph::Pickle;

/// CIFAR-100's training images are one string of 150 MB.
constexpr graph::PickleLimits pickle_limits{.most_bytes = size_t{1} << 29};

Pickle parse(const CifarKind& kind, const fs::path& file) {
    const std::string content = read_cifar_file(kind, file);
    try {
        return graph::parse_pickle(std::as_bytes(std::span(content)), file.string(), pickle_limits);
    } catch (const graph::WeightsError& error) {
        throw DatasetError("{}, or unpack the release again", error.what());
    }
}

/// Returns the characters U+0000 to U+00FF of a UTF-8 text as bytes. Empty where it has others.
std::optional<std::string> from_latin1(const std::string& text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        if (first < 0x80) {
            bytes += text[i];
        } else {
            if ((first != 0xc2 && first != 0xc3) || i + 1 == text.size()) return {};
            const auto next = static_cast<unsigned char>(text[++i]);
            if ((next & 0xc0) != 0x80) return {};
            bytes += static_cast<char>((first << 6 & 0xc0) | (next & 0x3f));
        }
    }
    return bytes;
}

const Pickle::Ids* arguments_of(const Pickle& pickle, Pickle::Id id, std::string_view function) {
    const auto* call = pickle.as<Pickle::Call>(id);
    const auto* callable = call ? pickle.as<Pickle::Global>(call->callable) : nullptr;
    if (!callable || callable->name != function) return nullptr;
    const auto* arguments = pickle.as<Pickle::Tuple>(call->arguments);
    return arguments ? &arguments->elements : nullptr;
}

/// Returns a string, which Python 2 has as bytes and Python 3 as either. Protocol 2 of Python 3 writes bytes as a
/// call of _codecs.encode with the text whose characters they are.
std::optional<std::string> text_of(const Pickle& pickle, Pickle::Id id) {
    if (const auto* text = pickle.as<std::string>(id)) return *text;
    if (const auto* bytes = pickle.as<Pickle::Bytes>(id)) return bytes->content;
    const Pickle::Ids* const encoded = arguments_of(pickle, id, "encode");
    const auto* text = encoded && !encoded->empty() ? pickle.as<std::string>(encoded->front()) : nullptr;
    return text ? from_latin1(*text) : std::nullopt;
}

/// Takes such a string out of a pickle.
std::optional<std::string> take_bytes(Pickle& pickle, Pickle::Id id) {
    if (auto* text = std::get_if<std::string>(&pickle.values[id])) return std::move(*text);
    if (auto* bytes = std::get_if<Pickle::Bytes>(&pickle.values[id])) return std::move(bytes->content);
    return text_of(pickle, id);
}

bool is_uint8(const Pickle& pickle, Pickle::Id dtype) {
    const Pickle::Ids* const arguments = arguments_of(pickle, dtype, "dtype");
    const std::optional<std::string> name =
        arguments && !arguments->empty() ? text_of(pickle, arguments->front()) : std::nullopt;
    return name && (*name == "u1" || *name == "|u1" || *name == "uint8");
}

/// Takes the elements of a numpy array of bytes in row order, whose shape is not looked at.
std::optional<std::string> take_array(Pickle& pickle, Pickle::Id id) {
    // Protocol 5: (bytes, dtype, shape, order).
    if (const Pickle::Ids* const buffer = arguments_of(pickle, id, "_frombuffer")) {
        const std::optional<std::string> order =
            buffer->size() == 4 ? text_of(pickle, (*buffer)[3]) : std::nullopt;
        if (!order || *order != "C" || !is_uint8(pickle, (*buffer)[1])) return {};
        return take_bytes(pickle, (*buffer)[0]);
    }
    // The state that an empty array is given: (version, shape, dtype, is Fortran's order, bytes).
    const auto* const call = pickle.as<Pickle::Call>(id);
    if (!call || call->state == Pickle::nothing || !arguments_of(pickle, id, "_reconstruct")) return {};
    const auto* const state = pickle.as<Pickle::Tuple>(call->state);
    if (!state || state->elements.size() != 5) return {};
    const auto* const fortran = pickle.as<bool>(state->elements[3]);
    if (!fortran || *fortran || !is_uint8(pickle, state->elements[2])) return {};
    return take_bytes(pickle, state->elements[4]);
}

/// Returns what a dict has under a key. Throws where it is no dict or lacks it.
Pickle::Id member(const Pickle& pickle, const char* key, const CifarKind& kind, const fs::path& file) {
    if (const auto* const dict = pickle.as<Pickle::Dict>(pickle.root))
        for (const auto& [name, value] : dict->items)
            if (text_of(pickle, name) == key) return value;
    throw DatasetError("{}: has no '{}': this is not a file of {}'s python release", file.string(), key,
                       kind.name);
}

const Pickle::Ids* elements_of(const Pickle& pickle, Pickle::Id id) {
    if (const auto* const list = pickle.as<Pickle::List>(id)) return &list->elements;
    const auto* const tuple = pickle.as<Pickle::Tuple>(id);
    return tuple ? &tuple->elements : nullptr;
}

void read_batch(const CifarKind& kind, const fs::path& file, CifarPart& part) {
    Pickle pickle = parse(kind, file);
    const Pickle::Ids* const labels = elements_of(pickle, member(pickle, kind.python.labels_key, kind, file));
    if (!labels) throw DatasetError("{}: its labels are no list: unpack the release again", file.string());
    auto pixels = take_array(pickle, member(pickle, "data", kind, file));
    if (!pixels)
        throw DatasetError("{}: its 'data' are no numpy array of bytes: unpack the release again",
                           file.string());
    if (labels->empty() || pixels->size() != labels->size() * 3 * cifar_plane)
        throw DatasetError("{}: {} bytes of pixels are not those of its {} labels: unpack the release again",
                           file.string(), pixels->size(), labels->size());
    const std::string& content = part.contents.emplace_back(*std::move(pixels));
    const auto* planes = reinterpret_cast<const uint8_t*>(content.data());
    for (size_t i = 0; i < labels->size(); ++i, planes += 3 * cifar_plane) {
        const auto* const label = pickle.as<int64_t>((*labels)[i]);
        if (!label)
            throw DatasetError("{}: label {} is no number: unpack the release again", file.string(), i);
        part.add(kind, planes, *label, file, i);
    }
}

std::vector<std::string> read_pickled_names(const CifarKind& kind, const fs::path& file) {
    const Pickle pickle = parse(kind, file);
    const Pickle::Ids* const list = elements_of(pickle, member(pickle, kind.python.names_key, kind, file));
    std::vector<std::string> names;
    if (list)
        for (const Pickle::Id id : *list)
            if (auto name = text_of(pickle, id)) names.push_back(*std::move(name));
    return names;
}

}  // namespace

CifarPart read_cifar_python(const CifarKind& kind, const fs::path& folder, Split split) {
    CifarPart part{.class_names = read_pickled_names(kind, folder / kind.python.names_file)};
    part.check_names(kind, folder / kind.python.names_file);
    for (const char* const file : kind.python.files(split))
        read_batch(kind, folder / file, part);
    return part;
}

}  // namespace vkm::train
