#include <base/align.h>
#include <base/atomic_file.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/safetensors_header.h>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <unordered_set>

namespace vkm::graph {
namespace {

constexpr std::string_view faulty = "the file is damaged or was written by a faulty program; save it again";

/// Checks an entry against the format and returns the tensor without its data.
NamedTensor described_tensor(const SafetensorsEntry& entry, std::string_view file) {
    const std::optional<WeightType> dtype = safetensors_dtype(entry.dtype);
    if (!dtype)
        throw WeightsError("{}: tensor {}: element type {} is not supported; save it as float32", file,
                           entry.name, entry.dtype);
    NamedTensor tensor{entry.name, *dtype, {}, {}};
    for (const uint64_t size : entry.shape) {
        if (size > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
            throw WeightsError("{}: tensor {}: a dimension of {} overflows; {}", file, entry.name, size,
                               faulty);
        tensor.shape.push_back(static_cast<int64_t>(size));
    }
    const std::optional<int64_t> bytes = byte_count(tensor.shape, *dtype);
    if (!bytes)
        throw WeightsError("{}: tensor {}: shape [{}] overflows; {}", file, entry.name,
                           fmt::join(entry.shape, ", "), faulty);
    if (entry.end < entry.begin || entry.end - entry.begin != static_cast<uint64_t>(*bytes))
        throw WeightsError("{}: tensor {}: offsets [{}, {}] do not hold the {} bytes of {} [{}]; {}", file,
                           entry.name, entry.begin, entry.end, *bytes, type_name(*dtype),
                           fmt::join(entry.shape, ", "), faulty);
    return tensor;
}

/// Throws unless offsets tile the data: no gap, no overlap, nothing left over.
void check_tiling(const std::vector<SafetensorsEntry>& entries, uint64_t data_bytes, std::string_view file) {
    std::vector<const SafetensorsEntry*> order;
    for (const SafetensorsEntry& entry : entries)
        order.push_back(&entry);
    std::ranges::sort(order, {}, [](const auto* entry) { return std::pair(entry->begin, entry->end); });
    uint64_t reached = 0;
    for (const SafetensorsEntry* entry : order) {
        if (entry->end > data_bytes)
            throw WeightsError(
                "{}: tensor {}: its data end at byte {} of {}; "
                "the file is truncated, copy or download it again",
                file, entry->name, entry->end, data_bytes);
        if (entry->begin != reached)
            throw WeightsError("{}: tensor {}: its data {} (byte {}, expected {}); {}", file, entry->name,
                               entry->begin < reached ? "overlap another tensor's" : "follow a gap",
                               entry->begin, reached, faulty);
        reached = entry->end;
    }
    if (reached != data_bytes)
        throw WeightsError("{}: {} bytes follow the last tensor; {}", file, data_bytes - reached, faulty);
}

std::string json_string(std::string_view text) {
    try {
        return nlohmann::json(text).dump();
    } catch (const nlohmann::json::exception&) {
        throw WeightsError("a tensor name or metadata value is not UTF-8; rename it before saving");
    }
}

/// Returns the order of the tensors' data, by falling element size.
std::vector<size_t> data_order(const std::vector<NamedTensor>& tensors) {
    std::vector<size_t> order(tensors.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater{},
                             [&](size_t i) { return element_bytes(tensors[i].dtype); });
    return order;
}

std::string header_text(const StateDict& state) {
    std::vector<uint64_t> begins(state.tensors.size());
    uint64_t offset = 0;
    for (const size_t i : data_order(state.tensors)) {
        begins[i] = offset;
        offset += state.tensors[i].data.size();
    }
    std::string header = "{";
    const auto separate = [&] {
        if (header.size() > 1) header += ',';
    };
    if (!state.metadata.empty()) {
        header += R"("__metadata__":{)";
        for (const auto& [key, value] : state.metadata)
            header +=
                fmt::format("{}{}:{}", header.back() == '{' ? "" : ",", json_string(key), json_string(value));
        header += '}';
    }
    for (size_t i = 0; i < state.tensors.size(); ++i) {
        const NamedTensor& tensor = state.tensors[i];
        separate();
        header += fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                              json_string(tensor.name), safetensors_name(tensor.dtype),
                              fmt::join(tensor.shape, ","), begins[i], begins[i] + tensor.data.size());
    }
    header += '}';
    header.resize(align_up(header.size(), 8), ' ');
    return header;
}

void check_writable(const StateDict& state) {
    std::unordered_set<std::string_view> names{"__metadata__"};
    for (const NamedTensor& tensor : state.tensors) {
        if (!names.insert(tensor.name).second)
            throw WeightsError("tensor {}: the name is used twice or reserved; rename it before saving",
                               tensor.name);
        const std::optional<int64_t> bytes = byte_count(tensor.shape, tensor.dtype);
        if (!bytes || static_cast<uint64_t>(*bytes) != tensor.data.size())
            throw WeightsError("tensor {}: {} bytes do not fill shape [{}] of {}; it cannot be saved",
                               tensor.name, tensor.data.size(), fmt::join(tensor.shape, ", "),
                               type_name(tensor.dtype));
    }
}

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> bytes) {
    return bytes.size() > 8 && bytes[8] == std::byte{'{'};
}

WeightsContent open_safetensors(std::span<const std::byte> bytes, std::string_view file) {
    uint64_t header_bytes = 0;
    if (bytes.size() < sizeof header_bytes)
        throw WeightsError("{}: {} bytes are too few for a safetensors file; copy or download it again", file,
                           bytes.size());
    std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
    if (header_bytes > max_safetensors_header_bytes)
        throw WeightsError(
            "{}: a header of {} bytes is over the format's limit of {}; "
            "this is no safetensors file, or a damaged one",
            file, header_bytes, max_safetensors_header_bytes);
    const auto rest = bytes.subspan(sizeof header_bytes);
    if (header_bytes > rest.size())
        throw WeightsError(
            "{}: the header has {} bytes, the file only {}; it is truncated, copy or download it again", file,
            header_bytes, bytes.size());
    const auto data = rest.subspan(header_bytes);
    SafetensorsHeader header = parse_safetensors_header(
        {reinterpret_cast<const char*>(rest.data()), static_cast<size_t>(header_bytes)}, file);

    StateDict described;
    described.metadata = std::move(header.metadata);
    described.tensors.reserve(header.entries.size());
    for (const SafetensorsEntry& entry : header.entries)
        described.tensors.push_back(described_tensor(entry, file));
    check_tiling(header.entries, data.size(), file);
    WeightsContent content{{{"", described.tensors}}, {}};
    content.read = [described = std::move(described), entries = std::move(header.entries), data](size_t) {
        StateDict state = described;
        for (size_t i = 0; i < entries.size(); ++i) {
            const auto part = data.subspan(entries[i].begin, entries[i].end - entries[i].begin);
            state.tensors[i].data.assign(part.begin(), part.end());
        }
        return state;
    };
    return content;
}

StateDict parse_safetensors(std::span<const std::byte> bytes, std::string_view file) {
    return open_safetensors(bytes, file).read(0);
}

StateDict read_safetensors(const std::filesystem::path& path) {
    return parse_safetensors(read_file(path), path.string());
}

void write_safetensors(const std::filesystem::path& path, const StateDict& state) try {
    check_writable(state);
    const std::string header = header_text(state);
    const uint64_t header_bytes = header.size();
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(&header_bytes, 1)));
    file.write(header);
    for (const size_t i : data_order(state.tensors))
        file.write(state.tensors[i].data);
    file.commit();
} catch (const WeightsError& error) {
    const std::string message = error.what();
    if (message.starts_with(path.string())) throw;
    throw WeightsError("{}: {}", path.string(), message);
}

}  // namespace vkm::graph
