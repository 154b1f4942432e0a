#pragma once

#include <jni.h>
#include <vkmbv3_teach.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace vkm::jni {

/// Says that a Java exception waits for the native method's return. It has no text: Java has it.
class Pending : public std::exception {};

/// Throws org.vkmbv3.engine.Vkmbv3Exception with the last error of the C interface, where a call has failed.
void check(JNIEnv*, vkmbv3_status);

/// Throws it for an argument that Java should not have passed.
[[noreturn]] void refuse(JNIEnv*, const char* what);

/// Throws Pending where a call of Java's has left an exception.
void check_java(JNIEnv*);

/// Leaves a Java exception for the C++ one that is handled now.
void leave_exception(JNIEnv*) noexcept;

/// Runs a native method, so that no C++ exception reaches the Java machine, which would end the process.
template <typename T, typename F>
T guarded(JNIEnv* env, T otherwise, F&& method) noexcept {
    try {
        return method();
    } catch (...) {
        leave_exception(env);
        return otherwise;
    }
}
template <typename F>
void guarded(JNIEnv* env, F&& method) noexcept {
    guarded(env, 0, [&] { return method(), 0; });
}

template <typename Handle>
Handle* handle_of(jlong number) {
    return reinterpret_cast<Handle*>(static_cast<uintptr_t>(number));
}
template <typename Handle>
jlong number_of(Handle* handle) {
    return static_cast<jlong>(reinterpret_cast<uintptr_t>(handle));
}

}  // namespace vkm::jni
