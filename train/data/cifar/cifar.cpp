#include <train/data/cifar/cifar.h>
#include <train/data/cifar/release.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

const CifarKind& cifar10() {
    static const CifarKind kind{
        "cifar10",
        10,
        {.folder = "cifar-10-batches-bin",
         .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                         "data_batch_5.bin"},
         .val_files = {"test_batch.bin"},
         .names_file = "batches.meta.txt",
         .label_bytes = 1},
        {.folder = "cifar-10-batches-py",
         .train_files = {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"},
         .val_files = {"test_batch"},
         .names_file = "batches.meta",
         .names_key = "label_names",
         .labels_key = "labels"}};
    return kind;
}

const CifarKind& cifar100() {
    static const CifarKind kind{"cifar100",
                                100,
                                {.folder = "cifar-100-binary",
                                 .train_files = {"train.bin"},
                                 .val_files = {"test.bin"},
                                 .names_file = "fine_label_names.txt",
                                 .label_bytes = 2},
                                {.folder = "cifar-100-python",
                                 .train_files = {"train"},
                                 .val_files = {"test"},
                                 .names_file = "meta",
                                 .names_key = "fine_label_names",
                                 .labels_key = "fine_labels"}};
    return kind;
}

bool is_archive(const fs::path& file) {
    constexpr std::array<std::string_view, 6> ends{".tar.gz", ".tgz", ".tar", ".zip", ".tar.zst", ".tar.xz"};
    const std::string name = file.filename().string();
    return std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
}

/// Throws where an archive or another file was named, or an archive is all that a folder has of the data.
void refuse_archives(const CifarKind& kind, const fs::path& given) {
    std::error_code none;
    const auto refuse = [&](const fs::path& archive) {
        throw DatasetError("{}: is an archive: unpack it (tar xf {}) and name the folder that it becomes",
                           archive.string(), archive.string());
    };
    if (fs::is_regular_file(given, none) && is_archive(given)) refuse(given);
    if (fs::is_regular_file(given, none))
        throw DatasetError("{}: is a file: {}:DIR takes the folder that it lies in", given.string(),
                           kind.name);
    for (fs::directory_iterator it(given, none); !none && it != fs::directory_iterator();
         it.increment(none)) {
        const std::string name = it->path().filename().string();
        const std::string wanted = kind.num_classes == 10 ? "cifar-10-" : "cifar-100-";
        if (name.starts_with(wanted) && is_archive(it->path())) refuse(it->path());
    }
}

struct Found {
    fs::path folder;
    bool binary = true;
};

/// Finds a release in the folder that was named, or one or two levels below it.
Found find_release(const CifarKind& kind, const fs::path& given) {
    std::vector<fs::path> folders{given};
    for (size_t level = 0, begin = 0; level < 3; ++level) {
        const size_t end = folders.size();
        for (size_t i = begin; i < end; ++i) {
            std::error_code none;
            if (fs::is_regular_file(folders[i] / kind.binary.names_file, none)) return {folders[i], true};
            if (fs::is_regular_file(folders[i] / kind.python.names_file, none) &&
                fs::is_regular_file(folders[i] / kind.python.val_files.front(), none))
                return {folders[i], false};
        }
        for (size_t i = begin; i < end; ++i) {
            std::vector<fs::path> below;
            std::error_code none;
            for (fs::directory_iterator it(folders[i], none); !none && it != fs::directory_iterator();
                 it.increment(none)) {
                std::error_code ignored;
                if (it->is_directory(ignored)) below.push_back(it->path());
            }
            std::ranges::sort(below);
            folders.insert(folders.end(), below.begin(), below.end());
        }
        begin = end;
    }
    refuse_archives(kind, given);
    return {given, true};  // reading says what is missing
}

CifarPart read_part(const CifarKind& kind, const fs::path& directory, Split split) {
    const Found found = find_release(kind, directory);
    return found.binary ? read_cifar_binary(kind, found.folder, split)
                        : read_cifar_python(kind, found.folder, split);
}

class Cifar : public Dataset {
  public:
    Cifar(const CifarKind& kind, const fs::path& directory, Split split)
        : kind_(kind), split_(split), part_(read_part(kind, directory, split)) {}

    size_t size() const override { return part_.images.size(); }
    int num_classes() const override { return kind_.num_classes; }
    const std::vector<std::string>& class_names() const override { return part_.class_names; }
    SampleKind kind() const override { return SampleKind::photograph; }
    int label(size_t index) const override { return part_.images.at(index).label; }

    std::string name(size_t index) const override {
        return fmt::format("{} {} image {}", kind_.name, split_ == Split::train ? "train" : "test", index);
    }

    Sample sample(size_t index) const override {
        const uint8_t* planes = part_.images.at(index).planes;
        image::Image image{cifar_side, cifar_side, std::vector<uint8_t>(3 * cifar_plane)};
        for (size_t i = 0; i < cifar_plane; ++i) {
            for (size_t channel = 0; channel < 3; ++channel)
                image.rgb[3 * i + channel] = planes[channel * cifar_plane + i];
        }
        return image;
    }

  private:
    const CifarKind& kind_;
    Split split_;
    CifarPart part_;
};

}  // namespace

void CifarPart::add(const CifarKind& kind, const uint8_t* planes, int64_t label, const fs::path& file,
                    size_t number) {
    if (label < 0 || label >= kind.num_classes)
        throw DatasetError("{}: label {} in record {} is out of range: this is not a file of {}",
                           file.string(), label, number, kind.name);
    images.push_back({planes, static_cast<int>(label)});
}

void CifarPart::check_names(const CifarKind& kind, const fs::path& file) const {
    if (class_names.size() != static_cast<size_t>(kind.num_classes))
        throw DatasetError("{}: holds {} class names instead of {}: unpack the release again", file.string(),
                           class_names.size(), kind.num_classes);
}

std::string read_cifar_file(const CifarKind& kind, const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::error_code none;
    if (!in || fs::is_directory(file, none))
        throw DatasetError(
            "{}: cannot be read: {}:DIR needs the binary or the python release, unpacked ({} or {})",
            file.string(), kind.name, kind.binary.folder, kind.python.folder);
    std::string content(fs::file_size(file, none), '\0');
    if (none || !in.read(content.data(), static_cast<std::streamsize>(content.size())))
        throw DatasetError("{}: cannot be read", file.string());
    return content;
}

std::shared_ptr<const Dataset> open_cifar10(const std::string& directory, Split split,
                                            const DatasetOptions&) {
    return std::make_shared<Cifar>(cifar10(), directory, split);
}

std::shared_ptr<const Dataset> open_cifar100(const std::string& directory, Split split,
                                             const DatasetOptions&) {
    return std::make_shared<Cifar>(cifar100(), directory, split);
}

}  // namespace vkm::train
