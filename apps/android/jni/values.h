#pragma once

#include "boundary.h"

namespace vkm::jni {

/// These take values to Java and back. Texts are arrays of UTF-8 there. All throw Pending.

std::string text_of(JNIEnv*, jbyteArray);  ///< refuses null
jbyteArray bytes_of(JNIEnv*, const char*);
jobjectArray texts_of(JNIEnv*, const std::vector<std::string>&);
jdoubleArray doubles_of(JNIEnv*, const std::vector<double>&);
jlongArray longs_of(JNIEnv*, const std::vector<jlong>&);

/// Puts values into an array of Java's, which must have that many places.
void put(JNIEnv*, const std::vector<jlong>&, jlongArray);
void put(JNIEnv*, const std::vector<double>&, jdoubleArray);

}  // namespace vkm::jni
