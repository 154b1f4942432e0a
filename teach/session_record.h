#pragma once

#include <teach/lesson.h>
#include <teach/picture_store.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vkm::teach {

/// Holds what a session remembers besides its pictures: SESSION/session.json.
struct SessionRecord {
    std::vector<PictureClass> classes = {};  ///< without their pictures
    std::string weights = {};                ///< that lessons start from
    std::string run = {};                    ///< the last one's folder in runs/; empty: none yet
    Lesson lesson = {};                      ///< the last one, resolved
    /// The lesson before the last one: a session goes back to it where the last one ended before it had begun.
    std::string run_before = {};
    Lesson lesson_before = {};

    bool operator==(const SessionRecord&) const = default;
};

/// Returns a session's record; an empty one where it has none yet. Throws TeachError where the file is damaged.
SessionRecord read_record(const std::filesystem::path& session);
/// Replaces it: the old or the new one is there, whole. Throws FileError.
void write_record(const std::filesystem::path& session, const SessionRecord&);

}  // namespace vkm::teach
