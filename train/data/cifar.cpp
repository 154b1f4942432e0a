#include <train/data/cifar.h>

#include <filesystem>
#include <fstream>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

constexpr int side = 32;
constexpr size_t plane = size_t{side} * side;

/// Describes a release. A file is a sequence of records: `label_bytes` bytes, the last of which is the label,
/// then the red, green and blue planes in row order.
struct Release {
    const char* name;
    const char* folder;
    std::vector<const char*> train_files, val_files;
    const char* names_file;  ///< one class name a line
    size_t label_bytes;
    int num_classes;

    size_t record_bytes() const { return label_bytes + 3 * plane; }
};

const Release& cifar10() {
    static const Release release{
        "cifar10",
        "cifar-10-batches-bin",
        {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
        {"test_batch.bin"},
        "batches.meta.txt",
        1,
        10};
    return release;
}

const Release& cifar100() {
    static const Release release{
        "cifar100", "cifar-100-binary", {"train.bin"}, {"test.bin"}, "fine_label_names.txt", 2, 100};
    return release;
}

std::ifstream open_file(const Release& release, const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in || fs::is_directory(path)) {
        throw DatasetError("{}: cannot be read: {}:DIR needs the binary release, unpacked ({})",
                           path.string(), release.name, release.folder);
    }
    return in;
}

std::vector<std::string> read_names(const Release& release, const fs::path& folder) {
    std::ifstream in = open_file(release, folder / release.names_file);
    std::vector<std::string> names;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty()) names.push_back(line);
    }
    if (names.size() != static_cast<size_t>(release.num_classes)) {
        throw DatasetError("{}: holds {} class names instead of {}: unpack the release again",
                           (folder / release.names_file).string(), names.size(), release.num_classes);
    }
    return names;
}

/// Appends the file's records.
void read_records(const Release& release, const fs::path& path, std::vector<uint8_t>& records) {
    std::ifstream in = open_file(release, path);
    std::error_code error;
    const uintmax_t bytes = fs::file_size(path, error);
    if (error || bytes == 0 || bytes % release.record_bytes() != 0) {
        throw DatasetError("{}: is not a whole number of {}-byte records: unpack the release again",
                           path.string(), release.record_bytes());
    }
    const size_t start = records.size();
    records.resize(start + bytes);
    if (!in.read(reinterpret_cast<char*>(&records[start]), static_cast<std::streamsize>(bytes))) {
        throw DatasetError("{}: cannot be read", path.string());
    }
    for (size_t record = start; record < records.size(); record += release.record_bytes()) {
        const int label = records[record + release.label_bytes - 1];
        if (label >= release.num_classes) {
            throw DatasetError("{}: label {} in record {} is out of range: this is not a file of {}",
                               path.string(), label, (record - start) / release.record_bytes(), release.name);
        }
    }
}

class Cifar : public Dataset {
  public:
    Cifar(const Release& release, const fs::path& directory, Split split) : release_(release), split_(split) {
        const fs::path nested = directory / release.folder;
        const fs::path folder = fs::is_directory(nested) ? nested : directory;
        class_names_ = read_names(release, folder);
        for (const char* file : split == Split::train ? release.train_files : release.val_files) {
            read_records(release, folder / file, records_);
        }
    }

    size_t size() const override { return records_.size() / release_.record_bytes(); }
    int num_classes() const override { return release_.num_classes; }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    SampleKind kind() const override { return SampleKind::photograph; }
    int label(size_t index) const override { return record(index)[release_.label_bytes - 1]; }

    std::string name(size_t index) const override {
        return fmt::format("{} {} image {}", release_.name, split_ == Split::train ? "train" : "test", index);
    }

    Sample sample(size_t index) const override {
        const uint8_t* planes = record(index) + release_.label_bytes;
        image::Image image{side, side, std::vector<uint8_t>(3 * plane)};
        for (size_t i = 0; i < plane; ++i) {
            for (size_t channel = 0; channel < 3; ++channel)
                image.rgb[3 * i + channel] = planes[channel * plane + i];
        }
        return image;
    }

  private:
    const uint8_t* record(size_t index) const { return &records_.at(index * release_.record_bytes()); }

    const Release& release_;
    Split split_;
    std::vector<std::string> class_names_;
    std::vector<uint8_t> records_;
};

}  // namespace

std::shared_ptr<const Dataset> open_cifar10(const std::string& directory, Split split,
                                            const DatasetOptions&) {
    return std::make_shared<Cifar>(cifar10(), directory, split);
}

std::shared_ptr<const Dataset> open_cifar100(const std::string& directory, Split split,
                                             const DatasetOptions&) {
    return std::make_shared<Cifar>(cifar100(), directory, split);
}

}  // namespace vkm::train
