#include "picture.h"
#include "values.h"

// The native methods of org.vkmbv3.engine.Native that classify.

namespace {

using namespace vkm::jni;

vkmbv3_classifier* classifier(jlong handle) {
    return handle_of<vkmbv3_classifier>(handle);
}

// Functions that return a text return null where they fail.
const char* said(JNIEnv* env, const char* text) {
    if (!text) check(env, vkmbv3_last_status());
    return text;
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_org_vkmbv3_engine_Native_openClassifier(JNIEnv* env, jclass, jbyteArray weights,
                                                                     jint device, jint precision) {
    return guarded(env, jlong{0}, [&] {
        vkmbv3_options options = VKMBV3_OPTIONS_INIT;
        options.device = device;
        options.precision = precision;
        vkmbv3_classifier* opened = nullptr;
        check(env, vkmbv3_open(text_of(env, weights).c_str(), &options, &opened));
        return number_of(opened);
    });
}

JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_closeClassifier(JNIEnv* env, jclass, jlong handle) {
    guarded(env, [&] { check(env, vkmbv3_close(classifier(handle))); });
}

JNIEXPORT jobjectArray JNICALL Java_org_vkmbv3_engine_Native_classNames(JNIEnv* env, jclass, jlong handle) {
    return guarded(env, jobjectArray{}, [&] {
        std::vector<std::string> names;
        const int64_t count = vkmbv3_class_count(classifier(handle));
        if (count == 0) check(env, vkmbv3_last_status());
        for (int64_t label = 0; label < count; ++label)
            names.emplace_back(said(env, vkmbv3_class_name(classifier(handle), label)));
        return texts_of(env, names);
    });
}

JNIEXPORT jbyteArray JNICALL Java_org_vkmbv3_engine_Native_classifierDevice(JNIEnv* env, jclass,
                                                                            jlong handle) {
    return guarded(env, jbyteArray{},
                   [&] { return bytes_of(env, said(env, vkmbv3_device(classifier(handle)))); });
}

JNIEXPORT jbyteArray JNICALL Java_org_vkmbv3_engine_Native_classifierPrecision(JNIEnv* env, jclass,
                                                                               jlong handle) {
    return guarded(env, jbyteArray{},
                   [&] { return bytes_of(env, said(env, vkmbv3_precision(classifier(handle)))); });
}

// Fills both arrays, which are as long as there shall be answers, the most probable class first.
JNIEXPORT void JNICALL Java_org_vkmbv3_engine_Native_classify(JNIEnv* env, jclass, jlong handle,
                                                              jintArray layout, jobject first, jobject second,
                                                              jobject third, jlongArray labels,
                                                              jdoubleArray probabilities) {
    guarded(env, [&] {
        const Picture picture(env, layout, first, second, third);
        if (!labels) refuse(env, "there is nowhere to put the answer");
        std::vector<vkmbv3_prediction> top(static_cast<size_t>(env->GetArrayLength(labels)));
        check(env, vkmbv3_classify(classifier(handle), picture.image(), top.data(), top.size(), nullptr, 0));
        std::vector<jlong> numbers;
        std::vector<double> likely;
        for (const vkmbv3_prediction& one : top) {
            numbers.push_back(one.label);
            likely.push_back(one.probability);
        }
        put(env, numbers, labels);
        put(env, likely, probabilities);
    });
}

}  // extern "C"
