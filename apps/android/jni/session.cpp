#include "picture.h"
#include "values.h"

// The native methods of org.vkmbv3.engine.Native that teach.

namespace {

using namespace vkm::jni;

vkmbv3_session* session(jlong handle) {
    return handle_of<vkmbv3_session>(handle);
}

// Reads rows of which more may appear between asking how many there are and taking them.
template <typename Row, typename F>
std::vector<Row> all_rows(JNIEnv* env, F&& read) {
    std::vector<Row> rows;
    size_t count = 0;
    check(env, read(nullptr, 0, &count));
    do {
        rows.resize(count);
        check(env, read(rows.data(), rows.size(), &count));
    } while (count > rows.size());
    rows.resize(count);
    return rows;
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_org_vkmbv3_engine_Native_openSession(JNIEnv* env, jclass, jbyteArray folder,
                                                                  jbyteArray weights, jint device) {
    return guarded(env, jlong{0}, [&] {
        const std::string start = weights ? text_of(env, weights) : "";
        vkmbv3_session_options options = VKMBV3_SESSION_OPTIONS_INIT;
        options.device = device;
        options.weights = weights ? start.c_str() : nullptr;
        vkmbv3_session* opened = nullptr;
        check(env, vkmbv3_session_open(text_of(env, folder).c_str(), &options, &opened));
        return number_of(opened);
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_closeSession(JNIEnv* env, jclass, jlong handle) {
    guarded(env, [&] { check(env, vkmbv3_session_close(session(handle))); });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_addClass(JNIEnv* env, jclass, jlong handle,
                                                              jbyteArray name, jboolean background) {
    guarded(env, [&] {
        check(env, vkmbv3_session_add_class(session(handle), text_of(env, name).c_str(), background));
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_renameClass(JNIEnv* env, jclass, jlong handle,
                                                                 jbyteArray name, jbyteArray new_name) {
    guarded(env, [&] {
        check(env, vkmbv3_session_rename_class(session(handle), text_of(env, name).c_str(),
                                               text_of(env, new_name).c_str()));
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_removeClass(JNIEnv* env, jclass, jlong handle,
                                                                 jbyteArray name) {
    guarded(env,
            [&] { check(env, vkmbv3_session_remove_class(session(handle), text_of(env, name).c_str())); });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_addFrame(JNIEnv* env, jclass, jlong handle,
                                                              jbyteArray class_name, jintArray layout,
                                                              jobject first, jobject second, jobject third) {
    guarded(env, [&] {
        const Picture picture(env, layout, first, second, third);
        check(env,
              vkmbv3_session_add_frame(session(handle), text_of(env, class_name).c_str(), picture.image()));
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_addFile(JNIEnv* env, jclass, jlong handle,
                                                             jbyteArray class_name, jbyteArray path) {
    guarded(env, [&] {
        check(env, vkmbv3_session_add_file(session(handle), text_of(env, class_name).c_str(),
                                           text_of(env, path).c_str()));
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_undo(JNIEnv* env, jclass, jlong handle) {
    guarded(env, [&] { check(env, vkmbv3_session_undo(session(handle))); });
}

// Returns the classes' names; counts[0] becomes their pictures and whether they are the background, in turn.
JNIEXPORT jobjectArray JNICALL Java_org_vkmbv3_engine_Native_classes(JNIEnv* env, jclass, jlong handle,
                                                                     jobjectArray counts) {
    return guarded(env, jobjectArray{}, [&] {
        const auto rows = all_rows<vkmbv3_class>(env, [&](vkmbv3_class* place, size_t room, size_t* count) {
            return vkmbv3_session_classes(session(handle), place, room, count);
        });
        std::vector<std::string> names;
        std::vector<jlong> numbers;
        for (const vkmbv3_class& row : rows) {
            names.emplace_back(row.name);
            numbers.insert(numbers.end(), {row.pictures, row.background});
        }
        env->SetObjectArrayElement(counts, 0, longs_of(env, numbers));
        check_java(env);
        return texts_of(env, names);
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_start(JNIEnv* env, jclass, jlong handle, jint reach,
                                                           jlong epochs, jlong batch_size,
                                                           jdouble learning_rate, jboolean mirror) {
    guarded(env, [&] {
        vkmbv3_lesson lesson = VKMBV3_LESSON_INIT;
        lesson.reach = reach;
        lesson.epochs = epochs;
        lesson.batch_size = batch_size;
        lesson.learning_rate = learning_rate;
        lesson.mirror = mirror;
        check(env, vkmbv3_session_start(session(handle), &lesson));
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_pause(JNIEnv* env, jclass, jlong handle) {
    guarded(env, [&] { check(env, vkmbv3_session_pause(session(handle))); });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_resume(JNIEnv* env, jclass, jlong handle) {
    guarded(env, [&] { check(env, vkmbv3_session_resume(session(handle))); });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_await(JNIEnv* env, jclass, jlong handle) {
    guarded(env, [&] { check(env, vkmbv3_session_wait(session(handle))); });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_setWeights(JNIEnv* env, jclass, jlong handle,
                                                                jbyteArray weights) {
    guarded(env,
            [&] { check(env, vkmbv3_session_set_weights(session(handle), text_of(env, weights).c_str())); });
}

// Fills both arrays in the order in which org.vkmbv3.engine.Progress reads them.
JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_progress(JNIEnv* env, jclass, jlong handle,
                                                              jlongArray counts, jdoubleArray values) {
    guarded(env, [&] {
        vkmbv3_progress p = VKMBV3_PROGRESS_INIT;
        check(env, vkmbv3_session_progress(session(handle), &p));
        put(env,
            {p.phase, p.can_resume, p.can_undo, p.reach, p.epoch, p.epochs, p.step, p.steps,
             static_cast<jlong>(p.notices)},
            counts);
        put(env,
            {p.share, p.loss, p.accuracy, p.validation_loss, p.validation_accuracy, p.best_accuracy,
             p.images_per_second, p.seconds, p.seconds_left},
            values);
    });
}

JNIEXPORT jbyteArray JNICALL Java_org_vkmbv3_engine_Native_text(JNIEnv* env, jclass, jlong handle,
                                                                jint which) {
    return guarded(env, jbyteArray{}, [&] {
        const std::vector<char> text = all_rows<char>(env, [&](char* place, size_t room, size_t* size) {
            return vkmbv3_session_text(session(handle), which, place, room, size);
        });
        return bytes_of(env, text.data());
    });
}

// Returns step, loss and accuracy of every point, in turn.
JNIEXPORT jdoubleArray JNICALL Java_org_vkmbv3_engine_Native_curve(JNIEnv* env, jclass, jlong handle,
                                                                   jint which) {
    return guarded(env, jdoubleArray{}, [&] {
        std::vector<double> values;
        for (const vkmbv3_curve_point& point :
             all_rows<vkmbv3_curve_point>(env, [&](vkmbv3_curve_point*place, size_t room, size_t*count) {
                 return vkmbv3_session_curve(session(handle), which, place, room, count);
             }))
            values.insert(values.end(), {static_cast<double>(point.step), point.loss, point.accuracy});
        return doubles_of(env, values);
    });
}

// Returns the classes' names; counts[0] becomes their images, hits and guesses, in turn, counts[1] the confusion.
JNIEXPORT jobjectArray JNICALL Java_org_vkmbv3_engine_Native_judgement(JNIEnv* env, jclass, jlong handle,
                                                                       jobjectArray counts) {
    return guarded(env, jobjectArray{}, [&] {
        std::vector<int64_t> confusion;
        const auto rows =
            all_rows<vkmbv3_class_score>(env, [&](vkmbv3_class_score* place, size_t room, size_t* count) {
                confusion.resize(room * room);
                return vkmbv3_session_judgement(session(handle), place, confusion.data(), room, count);
            });
        std::vector<std::string> names;
        std::vector<jlong> numbers;
        for (const vkmbv3_class_score& row : rows) {
            names.emplace_back(row.name);
            numbers.insert(numbers.end(), {row.images, row.hits, row.guesses});
        }
        confusion.resize(rows.size() * rows.size());
        env->SetObjectArrayElement(counts, 0, longs_of(env, numbers));
        check_java(env);
        env->SetObjectArrayElement(counts, 1, longs_of(env, {confusion.begin(), confusion.end()}));
        check_java(env);
        return texts_of(env, names);
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_export(JNIEnv* env, jclass, jlong handle,
                                                            jbyteArray path) {
    guarded(env, [&] { check(env, vkmbv3_session_export(session(handle), text_of(env, path).c_str())); });
}

JNIEXPORT jbyteArray JNICALL Java_org_vkmbv3_engine_Native_version(JNIEnv* env, jclass) {
    return guarded(env, jbyteArray{}, [&] { return bytes_of(env, vkmbv3_version()); });
}

}  // extern "C"
