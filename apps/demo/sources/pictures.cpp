#include "sources/pictures.h"

#include <image/decode/decode.h>
#include <image/find_images.h>

namespace vkm::demo {
namespace {

namespace fs = std::filesystem;

class Files final : public Source {
  public:
    Files(std::string description, std::vector<fs::path> files)
        : description_(std::move(description)), files_(std::move(files)) {}

    std::string description() const override { return description_; }
    bool moves() const override { return false; }
    void go_back() override { next_ = (next_ + 2 * files_.size() - 2) % files_.size(); }

    std::optional<Picture> next(const std::atomic<bool>&) override {
        const fs::path& file = files_[next_];
        next_ = (next_ + 1) % files_.size();
        return Picture{image::decode_image(file), file.filename().string()};
    }

  private:
    std::string description_;
    std::vector<fs::path> files_;
    size_t next_ = 0;
};

class Single final : public Source {
  public:
    Single(std::string description, image::Image picture)
        : description_(std::move(description)), picture_(std::move(picture)) {}
    std::string description() const override { return description_; }
    bool moves() const override { return false; }
    std::optional<Picture> next(const std::atomic<bool>&) override { return Picture{picture_, description_}; }

  private:
    std::string description_;
    image::Image picture_;
};

}  // namespace

std::unique_ptr<Source> open_files(std::string description, std::vector<fs::path> files) {
    if (files.empty()) throw SourceError("{}: there are no pictures", description);
    return std::make_unique<Files>(std::move(description), std::move(files));
}

std::unique_ptr<Source> open_folder(const fs::path& folder) {
    image::PassedOver passed_over;
    std::vector<fs::path> files;
    for (const std::string& path : image::find_images(folder, "", passed_over))
        files.push_back(folder / path);
    if (files.empty())
        throw SourceError("{} holds no pictures that can be read ({})", folder.string(),
                          image::image_format_names());
    return open_files(folder.string(), std::move(files));
}

std::unique_ptr<Source> open_picture(std::string description, image::Image picture) {
    return std::make_unique<Single>(std::move(description), std::move(picture));
}

}  // namespace vkm::demo
