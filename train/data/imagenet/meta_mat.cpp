#include <base/child_process.h>
#include <base/plain_text.h>
#include <base/shared_library.h>
#include <train/data/imagenet/development_kit.h>

#if VKM_WITH_MATIO
#include <matio.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#endif

namespace vkm::train {

#if VKM_WITH_MATIO

namespace {

using File = std::unique_ptr<mat_t, int (*)(mat_t*)>;
using Variable = std::unique_ptr<matvar_t, void (*)(matvar_t*)>;

/// Is libmatio, which is loaded where a file needs it: it brings thirty other libraries, and no other command uses
/// any of them.
struct Matio {
    explicit Matio(const std::string& file) {
        if (!library)
            throw DatasetError("{}: {} is needed to read it and cannot be loaded: install libmatio-dev", file,
                               VKM_MATIO_NAME);
    }

    SharedLibrary library{VKM_MATIO_NAME};
    decltype(Mat_Open)* open = library.find<decltype(Mat_Open)>("Mat_Open");
    decltype(Mat_Close)* close = library.find<decltype(Mat_Close)>("Mat_Close");
    decltype(Mat_VarRead)* read = library.find<decltype(Mat_VarRead)>("Mat_VarRead");
    decltype(Mat_VarFree)* free = library.find<decltype(Mat_VarFree)>("Mat_VarFree");
    decltype(Mat_VarGetStructFieldByName)* field =
        library.find<decltype(Mat_VarGetStructFieldByName)>("Mat_VarGetStructFieldByName");
};

constexpr size_t most_synsets = 100'000;

size_t elements_of(const matvar_t& variable) {
    size_t elements = variable.rank > 0 ? 1 : 0;
    for (int i = 0; i < variable.rank; ++i)
        if (__builtin_mul_overflow(elements, variable.dims[i], &elements)) return 0;
    return elements;
}

template <typename T>
double first(const matvar_t& variable) {
    return static_cast<double>(*static_cast<const T*>(variable.data));
}

/// Returns a number of any class; -1 where there is none.
double number_of(const matvar_t* variable) {
    if (!variable || !variable->data || elements_of(*variable) != 1 || variable->isComplex != 0) return -1;
    switch (variable->class_type) {
        case MAT_C_DOUBLE:
            return first<double>(*variable);
        case MAT_C_SINGLE:
            return first<float>(*variable);
        case MAT_C_INT8:
            return first<int8_t>(*variable);
        case MAT_C_UINT8:
            return first<uint8_t>(*variable);
        case MAT_C_INT16:
            return first<int16_t>(*variable);
        case MAT_C_UINT16:
            return first<uint16_t>(*variable);
        case MAT_C_INT32:
            return first<int32_t>(*variable);
        case MAT_C_UINT32:
            return first<uint32_t>(*variable);
        case MAT_C_INT64:
            return first<int64_t>(*variable);
        case MAT_C_UINT64:
            return first<uint64_t>(*variable);
        default:
            return -1;
    }
}

/// Returns a word of printable ASCII characters; empty where it is none.
std::string text_of(const matvar_t* variable) {
    if (!variable || variable->class_type != MAT_C_CHAR || !variable->data || variable->data_size < 1)
        return {};
    const auto size = static_cast<size_t>(variable->data_size);
    const auto* bytes = static_cast<const unsigned char*>(variable->data);
    std::string text;
    const size_t count = std::min(elements_of(*variable), variable->nbytes / size);
    for (size_t i = 0; i < count; ++i) {
        if (bytes[i * size] <= 0x20 || bytes[i * size] >= 0x7f || (size > 1 && bytes[i * size + 1] != 0))
            return {};
        text += static_cast<char>(bytes[i * size]);
    }
    return text;
}

DatasetError damaged(const std::string& file, std::string_view what) {
    return DatasetError("{}: {}: unpack the development kit again", file, what);
}

std::map<int64_t, std::string> classes_in(const std::string& file) {
    const Matio matio(file);
    const File mat(matio.open(file.c_str(), MAT_ACC_RDONLY), matio.close);
    if (!mat) throw damaged(file, "cannot be read, or is no MATLAB file");
    const Variable synsets(matio.read(mat.get(), "synsets"), matio.free);
    if (!synsets || synsets->class_type != MAT_C_STRUCT || !synsets->data)
        throw damaged(file, "has no struct 'synsets'");
    const size_t count = elements_of(*synsets);
    if (count > most_synsets) throw damaged(file, "has more synsets than ILSVRC2012");
    std::map<int64_t, std::string> classes;
    for (size_t i = 0; i < count; ++i) {
        const auto field = [&](const char* name) { return matio.field(synsets.get(), name, i); };
        // Synsets with others below them are no classes.
        if (const matvar_t* const children = field("num_children"); children && number_of(children) > 0)
            continue;
        const double id = number_of(field("ILSVRC2012_ID"));
        std::string wnid = text_of(field("WNID"));
        if (!(id >= 1 && id <= static_cast<double>(most_synsets)) || wnid.empty())
            throw damaged(file, fmt::format("synset {} has no ILSVRC2012_ID or WNID", i + 1));
        if (!classes.emplace(static_cast<int64_t>(id), std::move(wnid)).second)
            throw damaged(file, fmt::format("the ILSVRC2012_ID of synset {} is there twice", i + 1));
    }
    if (classes.empty() || classes.rbegin()->first != static_cast<int64_t>(classes.size()))
        throw damaged(file, "the ids of its classes do not run from 1 on");
    return classes;
}

/// Returns the classes' ids as lines, or an error behind a blank.
std::string lines_of_classes(const std::string& file) {
    try {
        std::string lines;
        for (const auto& [id, wnid] : classes_in(file))
            lines += wnid + '\n';
        return lines;
    } catch (const DatasetError& error) {
        return fmt::format(" {}", error.what());
    }
}

}  // namespace

bool reads_meta_mat() {
    return true;
}

// libmatio trusts its files: damaged ones make it allocate without bounds, read beyond ends, and loop.
std::vector<std::string> read_synsets(const std::filesystem::path& kit) {
    const std::string file = (kit / "meta.mat").string();
    const std::optional<std::string> lines = in_child_process([&] { return lines_of_classes(file); });
    if (!lines) throw damaged(file, "is damaged");
    if (lines->starts_with(' ')) throw DatasetError("{}", lines->substr(1));
    std::vector<std::string> wnids;
    for (const std::string_view wnid : vkm::lines_of(*lines))
        wnids.emplace_back(wnid);
    return wnids;
}

#else

bool reads_meta_mat() {
    return false;
}

std::vector<std::string> read_synsets(const std::filesystem::path& kit) {
    throw DatasetError(
        "{}: this build reads no MATLAB files; install libmatio-dev and build it again, or put the images into "
        "one folder a class",
        (kit / "meta.mat").string());
}

#endif

}  // namespace vkm::train
