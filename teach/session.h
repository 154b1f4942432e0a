#pragma once

#include <graph/run/planned_device.h>
#include <image/image.h>
#include <teach/progress.h>
#include <teach/session_record.h>

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace vkm::teach {

/// Tells a person something once.
struct Notice {
    uint64_t number = 0;  ///< rises; 0: there was none
    std::string text = {};
    bool error = false;
};

/// Holds all that an interface shows of a session, at one moment. Nothing in it changes.
struct Snapshot {
    std::shared_ptr<const std::vector<PictureClass>> classes;
    std::string undoable = {};  ///< what undo() would take back; empty: nothing
    std::string weights = {};   ///< that lessons start from
    Progress progress = {};
    bool can_resume = false;  ///< the lesson may go on where it stopped
    Notice notice = {};
    size_t waiting = 0;  ///< changes that are asked for and not made yet
};

/// Teaches a network new classes from pictures: everything that a window or a phone's screen needs, without either.
///
/// All members return at once. What they ask for is done in order on threads of the session's own; what came of it
/// is in the next snapshot(), failures as its notice. Files and the device are never waited for by the caller, unless by
/// the future, which is ready when it is done, and throws what it has met; a lesson goes on behind it.
///
///     SESSION/session.json     classes in their order, the weights to start from, the last lesson
///     SESSION/pictures/CLASS/  an image folder
///     SESSION/runs/001/        a run directory of `vkmbv3 train`, one a lesson
///
/// Whenever the process ends, all of it can be gone on with. Members are safe to call from several threads at once.
class Session {
  public:
    struct Options {
        const engine::Instance* instance = nullptr;  ///< outlives the session
        uint32_t device = 0;
        std::filesystem::path weights =
            {};  ///< to start from, unless the session remembers others that are still there
        /// Opens a device by its index in the instance, on a lesson's thread; none: as usual, with its tuning.
        std::function<std::unique_ptr<graph::PlannedDevice>(uint32_t)> open_device = {};
    };

    /// Opens a session or makes one. Throws what its files throw (TeachError, FileError).
    Session(std::filesystem::path folder, const Options&);
    /// Pauses a lesson that is at work, and waits for that.
    ~Session();
    Session(const Session&) = delete;

    std::shared_ptr<const Snapshot> snapshot() const;
    std::filesystem::path folder() const;
    /// Returns the path of a picture, which may have been moved meanwhile.
    std::filesystem::path path_of(const std::string& class_name, const std::string& file) const;

    std::future<void> add_class(std::string name, bool background = false);
    std::future<void> rename_class(std::string name, std::string new_name);
    std::future<void> set_background(std::string name, bool background);
    std::future<void> remove_class(std::string name);
    std::future<void> add_picture(std::string class_name, image::Image);
    /// Adds what a camera sees now. Frames that follow each other within two seconds are a recording: one change, and no
    /// lesson teaches one of them and measures by its neighbour.
    std::future<void> add_frame(std::string class_name, image::Image);
    /// Adds image files, and of folders all images below them.
    std::future<void> add_files(std::string class_name, std::vector<std::filesystem::path>);
    std::future<void> relabel(std::string file, std::string class_name);
    std::future<void> remove_picture(std::string file);
    std::future<void> undo();

    /// Chooses what later lessons start from and run on. Weights that cannot be read are refused, and those before stay.
    std::future<void> set_weights(std::filesystem::path);
    std::future<void> set_device(uint32_t);

    /// Starts a lesson with the pictures of now; the one before is kept in its folder.
    std::future<void> start(const Lesson&);
    /// Ends the step that is at work, and saves.
    void pause();
    /// Goes on with the last lesson, which a changed set of pictures forbids until the changes are taken back.
    std::future<void> resume();
    /// Writes the taught network in the format that the extension names: .safetensors, .onnx, .pth, … Where it may not
    /// replace a file, and there is one, that is what it says.
    std::future<void> export_to(std::filesystem::path, bool may_replace = true);

    /// Waits until nothing is waiting and no lesson is at work: for programs without a person.
    void wait() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vkm::teach
