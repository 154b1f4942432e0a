#include "values.h"

#include <cstring>

namespace vkm::jni {
namespace {

jbyteArray bytes_of(JNIEnv* env, const char* text, size_t size) {
    const jbyteArray result = env->NewByteArray(static_cast<jsize>(size));
    check_java(env);
    env->SetByteArrayRegion(result, 0, static_cast<jsize>(size), reinterpret_cast<const jbyte*>(text));
    return result;
}

void require_places(JNIEnv* env, jarray array, size_t count) {
    if (!array || env->GetArrayLength(array) != static_cast<jsize>(count))
        refuse(env, "an array has another length than the answer");
}

}  // namespace

std::string text_of(JNIEnv* env, jbyteArray bytes) {
    if (!bytes) refuse(env, "a text is null");
    std::string result(static_cast<size_t>(env->GetArrayLength(bytes)), '\0');
    env->GetByteArrayRegion(bytes, 0, static_cast<jsize>(result.size()),
                            reinterpret_cast<jbyte*>(result.data()));
    check_java(env);
    if (result.find('\0') != std::string::npos) refuse(env, "a text has a zero in it");
    return result;
}

jbyteArray bytes_of(JNIEnv* env, const char* text) {
    return bytes_of(env, text, std::strlen(text));
}

jobjectArray texts_of(JNIEnv* env, const std::vector<std::string>& texts) {
    const jclass bytes = env->FindClass("[B");
    check_java(env);
    const jobjectArray result = env->NewObjectArray(static_cast<jsize>(texts.size()), bytes, nullptr);
    check_java(env);
    for (size_t i = 0; i < texts.size(); ++i) {
        const jbyteArray text = bytes_of(env, texts[i].data(), texts[i].size());
        env->SetObjectArrayElement(result, static_cast<jsize>(i), text);
        env->DeleteLocalRef(text);  // a native method has room for few
    }
    return result;
}

jdoubleArray doubles_of(JNIEnv* env, const std::vector<double>& values) {
    const jdoubleArray result = env->NewDoubleArray(static_cast<jsize>(values.size()));
    check_java(env);
    put(env, values, result);
    return result;
}

jlongArray longs_of(JNIEnv* env, const std::vector<jlong>& values) {
    const jlongArray result = env->NewLongArray(static_cast<jsize>(values.size()));
    check_java(env);
    put(env, values, result);
    return result;
}

void put(JNIEnv* env, const std::vector<jlong>& values, jlongArray array) {
    require_places(env, array, values.size());
    env->SetLongArrayRegion(array, 0, static_cast<jsize>(values.size()), values.data());
}

void put(JNIEnv* env, const std::vector<double>& values, jdoubleArray array) {
    require_places(env, array, values.size());
    env->SetDoubleArrayRegion(array, 0, static_cast<jsize>(values.size()), values.data());
}

}  // namespace vkm::jni
