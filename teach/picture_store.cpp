#include <base/atomic_file.h>
#include <base/text.h>
#include <base/unfinished_files.h>
#include <image/decode/decode.h>
#include <image/encode/png.h>
#include <image/find_images.h>
#include <teach/class_name.h>
#include <teach/picture_store.h>
#include <teach/teach_error.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>

namespace vkm::teach {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw FileError("the folder {} cannot be made: {}; choose another session folder", folder.string(),
                        error.message());
}

// Moves within the session, which is one file system. A picture may lie in a folder below its class's.
void move_path(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (!error) fs::rename(from, to, error);
    if (error) throw FileError("{} cannot be moved to {}: {}", from.string(), to.string(), error.message());
}

// Returns whether something was taken away behind the session's back.
bool is_gone(const fs::path& path) {
    std::error_code unknown;
    return fs::symlink_status(path, unknown).type() == fs::file_type::not_found;
}

// Throws where a class's folder has a name that no file of weights or classes can hold.
void require_utf8(const std::string& name, const fs::path& pictures) {
    if (!is_utf8(name))
        throw TeachError("the name of the folder {} is not UTF-8: rename it, or move it away",
                         (pictures / printable(name)).string());
}

int64_t number_of(const std::string& file) {
    int64_t number = 0;
    std::from_chars(file.data(), file.data() + file.size(), number);
    return number;
}

// Returns the extension of an image's file as far as it is a usual one.
std::string extension_of(const fs::path& file) {
    if (!image::has_image_extension(file)) return ".img";  // its content says what it is
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return extension;
}

}  // namespace

PictureStore::PictureStore(fs::path session, std::span<const PictureClass> known)
    : session_(std::move(session)) {
    make_folder(folder());
    std::error_code ignored;
    fs::remove_all(session_ / "trash", ignored);
    make_folder(session_ / "trash");
    const std::vector<std::string> folders = image::folders_in(folder());
    for (const std::string& name : folders)
        require_utf8(name, folder());
    for (const PictureClass& one : known) {
        // A person's own folder may be called as no class can that is made here.
        const bool there = std::ranges::find(folders, one.name) != folders.end();
        classes_.push_back({there ? one.name : checked_class_name(one.name), one.background, {}});
        make_folder(folder() / classes_.back().name);
    }
    for (const std::string& name : folders)
        if (std::ranges::find(classes_, name, &PictureClass::name) == classes_.end())
            classes_.push_back({name, false, {}});
    for (PictureClass& one : classes_) {
        remove_unfinished_files(folder() / one.name);
        image::PassedOver passed_over;
        for (const std::string& path : image::find_images(folder() / one.name, "", passed_over)) {
            one.pictures.push_back(path);
            next_ = std::max(next_, number_of(path) + 1);
        }
    }
    rename_repeated();
    for (const PictureClass& one : classes_)
        for (const std::string& file : one.pictures)
            by_size_.emplace(fs::file_size(folder() / one.name / file, ignored), file);
}

// Pictures that a person has put into the folders may be called alike in several classes.
void PictureStore::rename_repeated() {
    std::set<std::string> names;
    for (PictureClass& one : classes_)
        for (std::string& file : one.pictures) {
            if (names.insert(file).second) continue;
            const std::string renamed = fmt::format("{:06}{}", next_++, extension_of(file));
            move_path(folder() / one.name / file, folder() / one.name / renamed);
            file = renamed;
        }
}

PictureClass& PictureStore::find(std::string_view class_name) {
    const auto found = std::ranges::find(classes_, class_name, &PictureClass::name);
    if (found == classes_.end())
        throw TeachError("there is no class '{}'", printable(std::string(class_name)));
    return *found;
}

PictureStore::Place PictureStore::place_of(std::string_view file) const {
    for (size_t c = 0; c < classes_.size(); ++c) {
        const auto found = std::ranges::find(classes_[c].pictures, file);
        if (found != classes_[c].pictures.end())
            return {c, static_cast<size_t>(found - classes_[c].pictures.begin())};
    }
    throw TeachError("there is no picture {} in this session any more", printable(std::string(file)));
}

fs::path PictureStore::path_of(std::string_view file) const {
    return folder() / classes_[place_of(file).class_index].name / file;
}

fs::path PictureStore::trashed() const {
    return session_ / "trash" / std::to_string(trash_++);
}

void PictureStore::require_new(std::string_view name) const {
    if (std::ranges::find(classes_, name, &PictureClass::name) != classes_.end())
        throw TeachError("there is a class '{}' already: give another name", name);
}

void PictureStore::add_class(std::string_view given, bool background) {
    const std::string name = checked_class_name(given);
    require_new(name);
    make_folder(folder() / name);
    classes_.push_back({name, background, {}});
    remember(fmt::format("adding the class {}", name), [this, name] {
        move_path(folder() / name, trashed());
        std::erase_if(classes_, [&](const PictureClass& c) { return c.name == name; });
    });
}

void PictureStore::rename_class(std::string_view old_name, std::string_view given) {
    PictureClass& one = find(old_name);
    const std::string before = one.name, name = checked_class_name(given);
    if (name == before) return;
    require_new(name);
    move_path(folder() / before, folder() / name);
    one.name = name;
    remember(fmt::format("renaming {} to {}", before, name), [this, before, name] {
        move_path(folder() / name, folder() / before);
        find(name).name = before;
    });
}

void PictureStore::set_background(std::string_view class_name, bool background) {
    PictureClass& one = find(class_name);
    if (one.background == background) return;
    one.background = background;
    remember(fmt::format("{} {} as background", background ? "marking" : "unmarking", one.name),
             [this, name = one.name, background] { find(name).background = !background; });
}

void PictureStore::remove_class(std::string_view class_name) {
    const PictureClass removed = find(class_name);
    const auto place = std::ranges::find(classes_, removed) - classes_.begin();
    if (is_gone(folder() / removed.name)) {  // there is nothing to keep, nor to take back
        classes_.erase(classes_.begin() + place);
        return;
    }
    const fs::path kept = trashed();
    move_path(folder() / removed.name, kept);
    classes_.erase(classes_.begin() + place);
    remember(fmt::format("removing the class {}", removed.name), [this, removed, place, kept] {
        move_path(kept, folder() / removed.name);
        classes_.insert(classes_.begin() + place, removed);
    });
}

std::string PictureStore::add_bytes(PictureClass& one, std::span<const std::byte> bytes,
                                    const std::string& stem, const std::string& extension) {
    const std::string file = stem + extension;
    write_atomically(folder() / one.name / file, bytes);
    one.pictures.push_back(file);
    by_size_.emplace(bytes.size(), file);
    remember(fmt::format("adding {} to {}", file, one.name), [this, file] { take_out(file); });
    return file;
}

// Adds a picture under the next number, which stays free where it cannot be written.
std::string PictureStore::add_next(PictureClass& one, std::span<const std::byte> bytes,
                                   const std::string& extension) {
    std::string file = add_bytes(one, bytes, fmt::format("{:06}", next_), extension);
    ++next_;
    return file;
}

std::string PictureStore::add(std::string_view class_name, const image::Image& picture) {
    return add_next(find(class_name), image::encode_png(picture), ".png");
}

std::string PictureStore::add_frame(std::string_view class_name, const image::Image& picture, Time time) {
    PictureClass& one = find(class_name);
    const bool goes_on =
        recording_ && recording_->class_name == one.name && time - recording_->time <= recording_pause;
    Recording now{one.name, goes_on ? recording_->last : train::RecordedFrame{next_, 0}, time};
    ++now.last.frame;
    const bool is_last_change = !undo_.empty() && undo_.back().recording == now.last.recording;
    const size_t first = undo_.size() - (is_last_change ? 1 : 0);
    std::string file = add_bytes(one, image::encode_png(picture), train::file_stem(now.last), ".png");
    join_changes(first, fmt::format("recording {}", one.name));
    undo_.back().recording = now.last.recording;
    next_ = std::max(next_, now.last.recording + 1);
    recording_ = std::move(now);
    return file;
}

std::string PictureStore::add_file(std::string_view class_name, const fs::path& path) {
    PictureClass& one = find(class_name);
    const std::vector<std::byte> bytes = read_file(path);
    const std::span<const uint8_t> file(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    image::decode_image(file, path.string());  // refused here, and not by a lesson
    require_not_there(bytes, path);
    return add_next(one, bytes, extension_of(path));
}

void PictureStore::require_not_there(std::span<const std::byte> bytes, const fs::path& path) const {
    const auto [begin, end] = by_size_.equal_range(bytes.size());
    for (auto known = begin; known != end; ++known)
        for (const PictureClass& one : classes_) {
            const fs::path there = folder() / one.name / known->second;
            if (std::ranges::find(one.pictures, known->second) == one.pictures.end() || is_gone(there))
                continue;
            if (std::ranges::equal(read_file(there), bytes))
                throw TeachError("{} is in the session already: it is {} of {}", path.string(), known->second,
                                 one.name);
        }
}

void PictureStore::forget(const Place& place) {
    std::vector<std::string>& pictures = classes_[place.class_index].pictures;
    pictures.erase(pictures.begin() + static_cast<ptrdiff_t>(place.picture));
}

// Moves a picture to the trash.
void PictureStore::take_out(std::string_view file) {
    const Place place = place_of(file);
    const fs::path path = path_of(file);
    if (!is_gone(path)) move_path(path, trashed());
    forget(place);
}

void PictureStore::move(std::string_view file, std::string_view class_name) {
    const Place place = place_of(file);
    PictureClass& to = find(class_name);
    const std::string moved(file);
    const fs::path path = path_of(file);
    if (is_gone(path)) {
        forget(place);
        throw TeachError("{} is gone: another program has moved or removed it", path.string());
    }
    move_path(path, folder() / to.name / moved);
    forget(place);
    to.pictures.insert(std::ranges::upper_bound(to.pictures, moved), moved);
}

void PictureStore::relabel(std::string_view file, std::string_view class_name) {
    const std::string before = classes_[place_of(file).class_index].name, moved(file);
    if (before == class_name) return;
    move(moved, class_name);
    remember(fmt::format("moving {} from {} to {}", moved, before, class_name),
             [this, moved, before] { move(moved, before); });
}

void PictureStore::remove(std::string_view name) {
    const Place place = place_of(name);
    const std::string file(name), class_name = classes_[place.class_index].name;
    const fs::path path = path_of(file), kept = trashed();
    if (is_gone(path)) {  // there is nothing to keep, nor to take back
        forget(place);
        return;
    }
    move_path(path, kept);
    forget(place);
    remember(fmt::format("removing {} from {}", file, class_name),
             [this, file, class_name, kept, at = place.picture] {
                 PictureClass& one = find(class_name);
                 move_path(kept, folder() / class_name / file);
                 const auto place_again = static_cast<ptrdiff_t>(std::min(at, one.pictures.size()));
                 one.pictures.insert(one.pictures.begin() + place_again, file);
             });
}

void PictureStore::remember(std::string what, std::function<void()> take_back) {
    undo_.push_back({std::move(what), {std::move(take_back)}, {}});
}

void PictureStore::join_changes(size_t first, const std::string& what) {
    if (undo_.size() <= first) return;
    Undo joined{what, {}, {}};
    for (auto change = undo_.rbegin(); change != undo_.rend() - static_cast<ptrdiff_t>(first); ++change)
        std::ranges::move(change->steps, std::back_inserter(joined.steps));
    undo_.resize(first);
    undo_.push_back(std::move(joined));
}

std::string PictureStore::undo() {
    if (undo_.empty()) throw TeachError("there is nothing to undo");
    const Undo last = std::move(undo_.back());
    undo_.pop_back();  // in any case: one that cannot be taken back must not hide those before it
    std::exception_ptr failure;
    for (const std::function<void()>& step : last.steps) {
        try {
            step();
        } catch (...) {
            if (!failure) failure = std::current_exception();
        }
    }
    if (failure) std::rethrow_exception(failure);
    return last.what;
}

size_t picture_count(std::span<const PictureClass> classes) {
    return std::accumulate(classes.begin(), classes.end(), size_t{0},
                           [](size_t sum, const PictureClass& c) { return sum + c.pictures.size(); });
}

}  // namespace vkm::teach
