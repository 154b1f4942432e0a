#include <image/find_images.h>
#include <train/data/class_folders.h>
#include <train/data/imagenet/development_kit.h>
#include <train/data/imagenet/imagenet.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array archive_training_names{"train", "ILSVRC2012_img_train", "training"};
constexpr std::array archive_validation_names{"val", "ILSVRC2012_img_val", "validation", "valid"};
// Where the parts lie in copies that people have.
constexpr std::array roots{".", "ILSVRC2012", "ILSVRC", "ILSVRC/Data/CLS-LOC", "Data/CLS-LOC", "imagenet"};

bool is_folder(const fs::path& path) {
    std::error_code none;
    return fs::is_directory(path, none);
}

/// Returns a file of a folder that ends so; empty where there is none.
fs::path file_ending(const fs::path& folder, std::string_view end) {
    std::error_code none;
    for (fs::directory_iterator it(folder, none); !none && it != fs::directory_iterator(); it.increment(none))
        if (it->path().filename().string().ends_with(end)) return it->path();
    return {};
}

template <size_t n>
fs::path find_part(const fs::path& directory, const std::array<const char*, n>& names) {
    for (const char* const root : roots)
        for (const char* const name : names)
            if (is_folder(directory / root / name)) return (directory / root / name).lexically_normal();
    return {};
}

/// Returns what an archive leaves behind that was unpacked into a folder of its own.
fs::path unwrapped_part(fs::path part) {
    for (int depth = 0; depth < 4 && !part.empty(); ++depth) {  // a link may lead in a circle
        const std::vector<std::string> folders = image::folders_in(part);
        const bool wraps = folders.size() == 1 && !image::holds_images(part) &&
                           (folders.front().starts_with("ILSVRC") || folders.front() == part.filename());
        if (!wraps) break;
        part /= folders.front();
    }
    return part;
}

/// Says where everything lies. Parts that are not there are empty.
struct Layout {
    fs::path directory, training, validation;
    std::optional<fs::path> kit;

    explicit Layout(const fs::path& given)
        : directory(given),
          training(unwrapped_part(find_part(given, archive_training_names))),
          validation(unwrapped_part(find_part(given, archive_validation_names))),
          kit(find_kit()) {}

  private:
    std::optional<fs::path> find_kit() const {
        std::vector<fs::path> folders;
        for (const char* const root : roots)
            folders.push_back(directory / root);
        for (const fs::path& part : {training, validation})
            if (!part.empty()) folders.push_back(part.parent_path());
        for (const fs::path& folder : folders)
            if (auto found = find_development_kit(folder)) return found;
        return {};
    }
};

[[noreturn]] void refuse_missing(const Layout& layout, Split split) {
    const bool train = split == Split::train;
    const fs::path& directory = layout.directory;
    if (!is_folder(directory))
        throw DatasetError(
            "{} is not a folder: imagenet:DIR reads ILSVRC2012, DIR/train/CLASS/* and DIR/val/*",
            directory.string());
    if (const fs::path tar = file_ending(directory, train ? "img_train.tar" : "img_val.tar"); !tar.empty())
        throw DatasetError("{} is packed: unpack it into {} (tar xf … -C …){}", tar.string(),
                           (directory / (train ? "train" : "val")).string(),
                           train ? ", and each class's archive in it into a folder of its own" : "");
    throw DatasetError("{} has no folder '{}' (nor '{}'): put ILSVRC2012's {} images there{}",
                       directory.string(), train ? archive_training_names[0] : archive_validation_names[0],
                       train ? archive_training_names[1] : archive_validation_names[1],
                       train ? "training" : "validation", train ? ", one folder a class" : "");
}

class ImageNet {
  public:
    ImageNet(const std::string& directory, Split split, const DatasetOptions& options)
        : layout_(directory), split_(split), by_ilsvrc_id_(options.class_order == ClassOrder::ilsvrc) {}

    std::shared_ptr<const Dataset> open() {
        const fs::path& part = split_ == Split::train ? layout_.training : layout_.validation;
        if (part.empty()) refuse_missing(layout_, split_);
        const bool flat = image::folders_in(part).empty();
        if (flat && split_ == Split::train) refuse_flat_training(part);
        std::vector<std::string> classes = classes_of(part, flat);
        std::vector<FileDataset::Entry> entries =
            flat ? flat_entries(part, classes) : in_folders(part, classes);
        const int count = static_cast<int>(classes.size());
        return std::make_shared<FileDataset>(part, std::move(entries), count, std::move(classes));
    }

  private:
    [[noreturn]] static void refuse_flat_training(const fs::path& part) {
        if (const fs::path tar = file_ending(part, ".tar"); !tar.empty())
            throw DatasetError("{} is packed: unpack the archive of each class into a folder of its name, {}",
                               tar.string(), (part / tar.stem()).string());
        throw DatasetError("{} holds no class folders: the training images lie in one folder a class",
                           part.string());
    }

    /// Returns the kit, which something needs. Throws where there is none.
    const fs::path& needed_kit(std::string_view what) const {
        if (layout_.kit) return *layout_.kit;
        const fs::path archive = file_ending(layout_.directory, "kit_t12.tar.gz");
        throw DatasetError(
            "{}, which takes the development kit: {}", what,
            archive.empty()
                ? fmt::format("put ILSVRC2012_devkit_t12 into {}, with data/meta.mat and the ground truth",
                              layout_.directory.string())
                : fmt::format("unpack {} there (tar xf …)", archive.string()));
    }

    /// Returns the WordNet ids of the classes in the order that was asked for.
    std::vector<std::string> classes_of(const fs::path& part, bool flat) {
        if (by_ilsvrc_id_) return read_synsets(needed_kit("--class-order ilsvrc is the order of ILSVRC ids"));
        if (flat)
            needed_kit(
                fmt::format("{} holds images without class folders: their labels are in the ground truth",
                            part.string()));
        if (layout_.kit && (flat || reads_meta_mat())) {
            std::vector<std::string> wnids = read_synsets(*layout_.kit);
            std::ranges::sort(wnids);
            return wnids;
        }
        return class_folders_in(layout_.training.empty() ? part : layout_.training);
    }

    std::vector<FileDataset::Entry> in_folders(const fs::path& part,
                                               const std::vector<std::string>& classes) const {
        const fs::path owner = layout_.kit && reads_meta_mat() ? *layout_.kit / "meta.mat"
                               : layout_.training.empty()      ? part
                                                               : layout_.training;
        return read_class_folders(part, classes, owner.string(), split_);
    }

    std::vector<FileDataset::Entry> flat_entries(const fs::path& part,
                                                 const std::vector<std::string>& classes) const {
        image::PassedOver passed_over;
        std::vector<std::string> images = image::find_images(part, "", passed_over);
        for (const std::string& notice : passed_over.notices(part))
            spdlog::warn("{}", notice);
        if (images.empty()) throw DatasetError("{} holds no images", part.string());
        const std::vector<std::string> by_id = read_synsets(*layout_.kit);
        const std::vector<int> truth = read_ground_truth(*layout_.kit, by_id.size());
        const std::vector<size_t> places = places_in_ground_truth(images, truth.size(), part);
        std::vector<int> label_of_id;
        for (const std::string& wnid : by_id)
            label_of_id.push_back(static_cast<int>(std::ranges::find(classes, wnid) - classes.begin()));
        std::vector<FileDataset::Entry> entries;
        for (size_t i = 0; i < images.size(); ++i)
            entries.push_back({std::move(images[i]), label_of_id.at(static_cast<size_t>(truth[places[i]]))});
        return entries;
    }

    Layout layout_;
    Split split_;
    bool by_ilsvrc_id_;
};

}  // namespace

std::shared_ptr<const Dataset> open_imagenet(const std::string& directory, Split split,
                                             const DatasetOptions& options) {
    return ImageNet(directory, split, options).open();
}

}  // namespace vkm::train
