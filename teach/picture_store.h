#pragma once

#include <image/image.h>
#include <train/data/recording.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::teach {

/// Holds a class and the names of its picture files, oldest first. A file's name is unique in its session,
/// whatever class it is in.
struct PictureClass {
    std::string name;
    bool background = false;  ///< stands for "none of the others"
    std::vector<std::string> pictures = {};

    bool operator==(const PictureClass&) const = default;
};

/// Keeps classes and their pictures as folders and files:
///
///     SESSION/pictures/CLASS/000017.png        an image folder, which `vkmbv3 train` reads, too
///     SESSION/pictures/CLASS/000018-frame0003.png   a frame of a recording (train/data/recording.h)
///     SESSION/trash/…                          what was taken out, until the session is opened again
///
/// Every change is a file that appears whole, or one renaming, so that a process that is killed loses nothing. Not
/// safe to call from several threads at once. Changes throw TeachError, FileError, or what decoding throws, and then change
/// nothing, but that a picture which another program has taken away is forgotten.
class PictureStore {
  public:
    /// Opens a session's pictures, or makes their folder. Classes that are known come first, in that order, and
    /// are made where they are missing; folders that are not known follow by name. A picture that is called as one of
    /// another class is gets a new name.
    PictureStore(std::filesystem::path session, std::span<const PictureClass> known);

    const std::vector<PictureClass>& classes() const { return classes_; }
    std::filesystem::path folder() const { return session_ / "pictures"; }
    /// Returns the path of a picture. Throws TeachError where there is none of that name.
    std::filesystem::path path_of(std::string_view file) const;

    void add_class(std::string_view name, bool background = false);
    void rename_class(std::string_view name, std::string_view new_name);
    void set_background(std::string_view name, bool background);
    /// Takes a class out with its pictures.
    void remove_class(std::string_view name);

    using Time = std::chrono::steady_clock::time_point;
    /// Frames of a class that follow each other within this time are one recording.
    static constexpr std::chrono::seconds recording_pause{2};

    /// Adds pixels, as PNG. Returns the new file's name.
    std::string add(std::string_view class_name, const image::Image&);
    /// Adds what a camera saw at this time. Frames of one recording are one change, and lessons keep them together.
    std::string add_frame(std::string_view class_name, const image::Image&, Time);
    /// Adds a copy of an image file, byte for byte. Throws ImageError where it is none that can be read, and TeachError where
    /// it is in the session: of a picture twice, one might be taught and one held out to measure what was learned.
    std::string add_file(std::string_view class_name, const std::filesystem::path&);
    /// Moves a picture to the class that it shows.
    void relabel(std::string_view file, std::string_view class_name);
    void remove(std::string_view file);

    /// Returns what undo() would take back, in words: "adding 000017.png to cat"; empty where there is nothing.
    std::string undoable() const { return undo_.empty() ? std::string() : undo_.back().what; }
    /// Takes the last change back, of those since the session was opened. Returns what it was. What cannot be taken
    /// back, as its files are gone, throws, after all else of the change; the next call takes back the one before it.
    std::string undo();
    /// Returns how many changes can be taken back.
    size_t changes() const { return undo_.size(); }
    /// Makes one change, which is called so, of those since there were `first`.
    void join_changes(size_t first, const std::string& what);

  private:
    struct Undo {
        std::string what;
        std::vector<std::function<void()>> steps;  ///< the last one first
        std::optional<int64_t> recording;
    };
    struct Recording {
        std::string class_name;
        train::RecordedFrame last;
        Time time;
    };
    struct Place {
        size_t class_index, picture;
    };

    PictureClass& find(std::string_view class_name);
    Place place_of(std::string_view file) const;
    std::string add_bytes(PictureClass&, std::span<const std::byte>, const std::string& stem,
                          const std::string& extension);
    std::string add_next(PictureClass&, std::span<const std::byte>, const std::string& extension);
    void remember(std::string what, std::function<void()> take_back);
    void rename_repeated();
    void move(std::string_view file, std::string_view class_name);
    void take_out(std::string_view file);
    void forget(const Place&);
    void require_new(std::string_view class_name) const;
    void require_not_there(std::span<const std::byte> file, const std::filesystem::path& name) const;
    std::filesystem::path trashed() const;

    std::filesystem::path session_;
    std::vector<PictureClass> classes_;
    std::multimap<uintmax_t, std::string> by_size_;  ///< files that are or were in the session
    std::vector<Undo> undo_;
    std::optional<Recording> recording_;  ///< the last one
    int64_t next_ = 1;                    ///< number of the next picture
    mutable int64_t trash_ = 0;           ///< of the next thing taken out
};

/// Returns how many pictures the classes have together.
size_t picture_count(std::span<const PictureClass>);

}  // namespace vkm::teach
