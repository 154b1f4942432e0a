#include "boundary.h"

#include <new>

namespace vkm::jni {
namespace {

// Its text goes as bytes of UTF-8: NewStringUTF() takes another encoding, and ends the process for what is not in it.
void throw_java(JNIEnv* env, vkmbv3_status status, const std::string& text) {
    if (env->ExceptionCheck()) return;
    const jclass type = env->FindClass("org/vkmbv3/engine/Vkmbv3Exception");
    if (!type) return;  // Java says that it has no such class
    const jmethodID constructor = env->GetMethodID(type, "<init>", "(I[B)V");
    const jbyteArray bytes = env->NewByteArray(static_cast<jsize>(text.size()));
    if (!constructor || !bytes) return;
    env->SetByteArrayRegion(bytes, 0, static_cast<jsize>(text.size()),
                            reinterpret_cast<const jbyte*>(text.data()));
    const jobject exception = env->NewObject(type, constructor, static_cast<jint>(status), bytes);
    if (exception) env->Throw(static_cast<jthrowable>(exception));
}

}  // namespace

void check(JNIEnv* env, vkmbv3_status status) {
    if (status == VKMBV3_OK) return;
    throw_java(env, status, vkmbv3_last_error());
    throw Pending();
}

void refuse(JNIEnv* env, const char* what) {
    throw_java(env, VKMBV3_INVALID_ARGUMENT, what);
    throw Pending();
}

void check_java(JNIEnv* env) {
    if (env->ExceptionCheck()) throw Pending();
}

void leave_exception(JNIEnv* env) noexcept {
    try {
        throw;
    } catch (const Pending&) {
    } catch (const std::bad_alloc&) {
        throw_java(env, VKMBV3_OUT_OF_MEMORY, "out of host memory");
    } catch (const std::exception& error) {
        throw_java(env, VKMBV3_INTERNAL_ERROR, error.what());
    } catch (...) {
        throw_java(env, VKMBV3_INTERNAL_ERROR, "an unknown error");
    }
}

}  // namespace vkm::jni
