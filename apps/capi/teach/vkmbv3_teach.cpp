#include "../arguments.h"
#include "../pixels.h"
#include "../versioned.h"
#include "answers.h"
#include "lesson_of.h"
#include "opened_session.h"
#include "outcome.h"

#include <teach/class_name.h>

#include <vkmbv3_teach.h>

#include <algorithm>
#include <cstring>
#include <future>

namespace {

using namespace vkm;
using namespace vkm::capi;

// What the structs were in the first version, to their last member.
constexpr size_t first_options =
    offsetof(vkmbv3_session_options, weights) + sizeof(vkmbv3_session_options::weights);
constexpr size_t first_progress = offsetof(vkmbv3_progress, notices) + sizeof(vkmbv3_progress::notices);

// Asks a session for a change, waits for it, and throws what it has met.
template <typename F>
vkmbv3_status change(const vkmbv3_session* handle, F&& ask) {
    return guarded_session([&] {
        const std::shared_ptr<OpenedSession> open = opened<OpenedSession>(handle);
        std::future<void> done = ask(open->session);
        done.get();
    });
}

// Tells what a session's snapshot holds.
template <typename F>
vkmbv3_status tell(const vkmbv3_session* handle, F&& answer) {
    return guarded_session([&] { answer(*opened<OpenedSession>(handle)->session.snapshot()); });
}

// A name that cannot be one is the caller's mistake, and not the session's.
std::string class_name(const char* name) {
    const std::string given = text_of(name, "the class's name");
    try {
        return teach::checked_class_name(given);
    } catch (const teach::TeachError& error) {
        throw InvalidArgument("{}", error.what());
    }
}

template <typename T>
void put_first(const std::vector<T>& rows, T* place, size_t capacity) {
    std::copy_n(rows.begin(), std::min(rows.size(), capacity), place);
}

}  // namespace

vkmbv3_status vkmbv3_session_open(const char* folder, const vkmbv3_session_options* options,
                                  vkmbv3_session** session) {
    return guarded_session([&] {
        place_of(session, "session") = nullptr;
        const vkmbv3_session_options defaults = VKMBV3_SESSION_OPTIONS_INIT;
        *session = reinterpret_cast<vkmbv3_session*>(keep(std::make_shared<OpenedSession>(
            text_of(folder, "folder"),
            options ? versioned(*options, defaults, first_options, "vkmbv3_session_options") : defaults)));
    });
}

vkmbv3_status vkmbv3_session_close(vkmbv3_session* handle) {
    return guarded_session([&] {
        if (handle) forget<OpenedSession>(handle);
    });
}

vkmbv3_status vkmbv3_session_add_class(vkmbv3_session* handle, const char* name, int32_t background) {
    return change(handle, [&](teach::Session& s) { return s.add_class(class_name(name), background != 0); });
}

vkmbv3_status vkmbv3_session_rename_class(vkmbv3_session* handle, const char* name, const char* new_name) {
    return change(handle, [&](teach::Session& s) {
        return s.rename_class(text_of(name, "the class's name"), class_name(new_name));
    });
}

vkmbv3_status vkmbv3_session_remove_class(vkmbv3_session* handle, const char* name) {
    return change(handle,
                  [&](teach::Session& s) { return s.remove_class(text_of(name, "the class's name")); });
}

vkmbv3_status vkmbv3_session_add_picture(vkmbv3_session* handle, const char* class_name,
                                         const vkmbv3_image* image) {
    return change(handle, [&](teach::Session& s) {
        return s.add_picture(text_of(class_name, "the class's name"), upright_rgb(image));
    });
}

vkmbv3_status vkmbv3_session_add_frame(vkmbv3_session* handle, const char* class_name,
                                       const vkmbv3_image* image) {
    return change(handle, [&](teach::Session& s) {
        return s.add_frame(text_of(class_name, "the class's name"), upright_rgb(image));
    });
}

vkmbv3_status vkmbv3_session_add_file(vkmbv3_session* handle, const char* class_name, const char* path) {
    return change(handle, [&](teach::Session& s) {
        return s.add_files(text_of(class_name, "the class's name"), {text_of(path, "path")});
    });
}

vkmbv3_status vkmbv3_session_undo(vkmbv3_session* handle) {
    return change(handle, [](teach::Session& s) { return s.undo(); });
}

vkmbv3_status vkmbv3_session_classes(vkmbv3_session* handle, vkmbv3_class* classes, size_t capacity,
                                     size_t* count) {
    return tell(handle, [&](const teach::Snapshot& snapshot) {
        require_array(classes, capacity, "classes");
        const std::vector<vkmbv3_class> rows = classes_of(snapshot);
        place_of(count, "count") = rows.size();
        put_first(rows, classes, capacity);
    });
}

vkmbv3_status vkmbv3_session_start(vkmbv3_session* handle, const vkmbv3_lesson* lesson) {
    return change(handle, [&](teach::Session& s) { return s.start(lesson_of(lesson)); });
}

vkmbv3_status vkmbv3_session_pause(vkmbv3_session* handle) {
    return guarded_session([&] { opened<OpenedSession>(handle)->session.pause(); });
}

vkmbv3_status vkmbv3_session_resume(vkmbv3_session* handle) {
    return change(handle, [](teach::Session& s) { return s.resume(); });
}

vkmbv3_status vkmbv3_session_wait(vkmbv3_session* handle) {
    return guarded_session([&] { opened<OpenedSession>(handle)->session.wait(); });
}

vkmbv3_status vkmbv3_session_set_weights(vkmbv3_session* handle, const char* weights) {
    return change(handle, [&](teach::Session& s) { return s.set_weights(text_of(weights, "weights")); });
}

vkmbv3_status vkmbv3_session_progress(vkmbv3_session* handle, vkmbv3_progress* progress) {
    return tell(handle, [&](const teach::Snapshot& snapshot) {
        put_versioned(place_of(progress, "progress"), progress_of(snapshot), first_progress,
                      "vkmbv3_progress");
    });
}

vkmbv3_status vkmbv3_session_text(vkmbv3_session* handle, int32_t which, char* text, size_t capacity,
                                  size_t* size) {
    return tell(handle, [&](const teach::Snapshot& snapshot) {
        require_array(text, capacity, "text");
        const std::string answer = text_of(snapshot, which);
        place_of(size, "size") = answer.size() + 1;
        if (answer.size() < capacity) std::memcpy(text, answer.c_str(), answer.size() + 1);
    });
}

vkmbv3_status vkmbv3_session_curve(vkmbv3_session* handle, int32_t which, vkmbv3_curve_point* points,
                                   size_t capacity, size_t* count) {
    return tell(handle, [&](const teach::Snapshot& snapshot) {
        require_array(points, capacity, "points");
        const std::vector<vkmbv3_curve_point> rows = curve_of(snapshot, which);
        place_of(count, "count") = rows.size();
        put_first(rows, points, capacity);
    });
}

vkmbv3_status vkmbv3_session_judgement(vkmbv3_session* handle, vkmbv3_class_score* scores, int64_t* confusion,
                                       size_t capacity, size_t* count) {
    return tell(handle, [&](const teach::Snapshot& snapshot) {
        const Scores all = scores_of(snapshot);
        place_of(count, "count") = all.classes.size();
        if (all.classes.size() > capacity) return;
        if (scores) put_first(all.classes, scores, capacity);
        if (confusion) std::ranges::copy(all.confusion, confusion);
    });
}

vkmbv3_status vkmbv3_session_export(vkmbv3_session* handle, const char* path) {
    return change(handle, [&](teach::Session& s) { return s.export_to(text_of(path, "path")); });
}
