#pragma once

#include <base/mapped_file.h>
#include <train/data/pack/pack_format.h>

#include <filesystem>

namespace vkm::train {

/// Reads a pack file, which stays mapped into memory. Every member is safe to call from several threads at once.
class PackFile {
  public:
    /// Throws FileError where it cannot be read, DatasetError where it is no whole pack file.
    explicit PackFile(const std::filesystem::path&);

    const std::string& name() const { return name_; }
    const PackDescription& description() const { return description_; }

    /// Returns the entry of an image, counted over all parts.
    PackEntry entry(size_t image) const;
    std::string_view image_name(size_t image) const;

    /// Returns the bytes of a record that are as they were written. Throws ImageError where they are not.
    std::span<const uint8_t> record(const PackEntry&) const;
    /// Asks for the bytes of a record that will be read, and gives those up that were.
    void will_need(const PackEntry&) const;
    void done_with(const PackEntry&) const;

  private:
    void check_index() const;

    std::string name_;
    MappedFile file_;
    PackHeader header_;
    PackDescription description_;
    std::span<const std::byte> entries_, names_;
};

/// Opens a part of `pack:FILE`, or all there is where the file has no parts. The samples are those of the data set that
/// was packed, under the same numbers.
std::shared_ptr<const Dataset> open_pack(const std::string& file, Split, const DatasetOptions&);

/// Returns whether a pack file has parts. True where it cannot be read: opening it says why.
bool pack_has_parts(const std::string& file);

}  // namespace vkm::train
