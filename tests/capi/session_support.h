#pragma once

#include <vkmbv3_teach.h>

#include "capi/support.h"
#include "teach/support/session_files.h"

#include <string>
#include <utility>
#include <vector>

namespace vkm::test {

/// Has a session's folder, and room for files beside it.
class SessionFolder {
  public:
    std::string session() const { return folder_ / "session"; }
    std::string operator/(const std::string& name) const { return folder_ / name; }

  private:
    const TemporaryFolder folder_;
};

/// Holds an open session that starts from trained weights.
class OpenSession {
  public:
    explicit OpenSession(const SessionFolder& folder) {
        const std::string weights = trained_weights();
        vkmbv3_session_options options = VKMBV3_SESSION_OPTIONS_INIT;
        options.device = usual_device();
        options.weights = weights.c_str();
        EXPECT_EQ(vkmbv3_session_open(folder.session().c_str(), &options, &handle_), VKMBV3_OK)
            << vkmbv3_last_error();
    }
    ~OpenSession() { EXPECT_EQ(vkmbv3_session_close(handle_), VKMBV3_OK) << vkmbv3_last_error(); }
    OpenSession(const OpenSession&) = delete;

    operator vkmbv3_session*() const { return handle_; }
    /// Leaves the session open.
    vkmbv3_session* release() { return std::exchange(handle_, nullptr); }

    vkmbv3_progress progress() const {
        vkmbv3_progress progress = VKMBV3_PROGRESS_INIT;
        EXPECT_EQ(vkmbv3_session_progress(handle_, &progress), VKMBV3_OK) << vkmbv3_last_error();
        return progress;
    }
    std::string text(int32_t which) const {
        std::vector<char> text(4096);
        size_t size = 0;
        EXPECT_EQ(vkmbv3_session_text(handle_, which, text.data(), text.size(), &size), VKMBV3_OK)
            << vkmbv3_last_error();
        return text.data();
    }
    std::vector<vkmbv3_class> classes() const {
        size_t count = 0;
        EXPECT_EQ(vkmbv3_session_classes(handle_, nullptr, 0, &count), VKMBV3_OK) << vkmbv3_last_error();
        std::vector<vkmbv3_class> classes(count);
        EXPECT_EQ(vkmbv3_session_classes(handle_, classes.data(), count, &count), VKMBV3_OK);
        return classes;
    }

  private:
    vkmbv3_session* handle_ = nullptr;
};

inline void add_coloured(vkmbv3_session* session, const std::string& name, int number) {
    const image::Image picture = coloured(colours().at(name), number);
    const vkmbv3_image image = image_of(VKMBV3_RGB, picture.width, picture.height, picture.rgb);
    EXPECT_EQ(vkmbv3_session_add_picture(session, name.c_str(), &image), VKMBV3_OK) << vkmbv3_last_error();
}

/// Adds so many pictures of each of colours().
inline void add_colours(vkmbv3_session* session, int count) {
    for (const auto& [name, colour] : colours()) {
        EXPECT_EQ(vkmbv3_session_add_class(session, name.c_str(), 0), VKMBV3_OK) << vkmbv3_last_error();
        for (int i = 0; i < count; ++i)
            add_coloured(session, name, i);
    }
}

}  // namespace vkm::test
