#include "picture.h"

#include <array>

namespace vkm::jni {
namespace {

// The kinds of org.vkmbv3.engine.Picture.
constexpr jint rgba = 0, nv21 = 1, yuv_420_888 = 2;

struct Layout {
    jint kind, width, height, rotation, full_range, stride, chroma_stride, chroma_step;
};

Layout layout_of(JNIEnv* env, jintArray given) {
    std::array<jint, 8> v{};
    if (!given || env->GetArrayLength(given) != static_cast<jsize>(v.size()))
        refuse(env, "a picture has another layout than this library knows");
    env->GetIntArrayRegion(given, 0, static_cast<jsize>(v.size()), v.data());
    check_java(env);
    const Layout layout{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]};
    // What follows multiplies them; the C interface says what a picture may be.
    if (layout.width < 1 || layout.height < 1 || layout.width > 1 << 20 || layout.height > 1 << 20)
        refuse(env, "a picture's width and height must be above 0, and not beyond reason");
    if (layout.stride < 1) refuse(env, "a picture's stride must be above 0");
    if (layout.kind != rgba && layout.chroma_stride < 1)
        refuse(env, "a chroma plane's stride must be above 0");
    return layout;
}

struct Plane {
    const uint8_t* first = nullptr;
    int64_t bytes = 0;
};

// Returns a direct buffer's memory, which must hold `rows` rows, `stride` apart, of `row_bytes`: a camera's last row
// ends with its last value.
Plane plane_of(JNIEnv* env, jobject buffer, int64_t stride, int64_t rows, int64_t row_bytes) {
    if (!buffer) refuse(env, "a picture's plane is null");
    const Plane plane{static_cast<const uint8_t*>(env->GetDirectBufferAddress(buffer)),
                      env->GetDirectBufferCapacity(buffer)};
    if (!plane.first) refuse(env, "a picture's plane is no direct buffer");
    if (stride < row_bytes) refuse(env, "a picture's stride is shorter than its row");
    if (plane.bytes < stride * (rows - 1) + row_bytes)
        refuse(env, "a picture's plane is shorter than its rows");
    return plane;
}

// Weaves Cb and Cr, each with its own place for every value, into pairs of Cr and Cb.
std::vector<uint8_t> woven(const Plane& cb, const Plane& cr, const Layout& layout) {
    const int64_t columns = (layout.width + 1) / 2, rows = (layout.height + 1) / 2;
    std::vector<uint8_t> pairs(static_cast<size_t>(2 * columns * rows));
    uint8_t* out = pairs.data();
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
            const int64_t at = row * layout.chroma_stride + column * layout.chroma_step;
            *out++ = cr.first[at];
            *out++ = cb.first[at];
        }
    return pairs;
}

}  // namespace

Picture::Picture(JNIEnv* env, jintArray given, jobject first, jobject second, jobject third) {
    const Layout layout = layout_of(env, given);
    const int64_t pairs = (layout.width + 1) / 2, chroma_rows = (layout.height + 1) / 2;
    image_.width = layout.width;
    image_.height = layout.height;
    image_.rotation = layout.rotation;
    image_.stride = static_cast<size_t>(layout.stride);
    const int32_t as_nv12 = layout.full_range ? VKMBV3_NV12_FULL_RANGE : VKMBV3_NV12;
    const int32_t as_nv21 = layout.full_range ? VKMBV3_NV21_FULL_RANGE : VKMBV3_NV21;
    switch (layout.kind) {
        case rgba:
            image_.format = VKMBV3_RGBA;
            image_.pixels =
                plane_of(env, first, layout.stride, layout.height, int64_t{4} * layout.width).first;
            return;
        case nv21:
            image_.format = as_nv21;
            image_.pixels = plane_of(env, first, layout.stride, layout.height, layout.width).first;
            image_.chroma = plane_of(env, second, layout.chroma_stride, chroma_rows, 2 * pairs).first;
            image_.chroma_stride = static_cast<size_t>(layout.chroma_stride);
            return;
        case yuv_420_888:
            break;
        default:
            refuse(env, "there is no such kind of picture");
    }
    if (layout.chroma_step < 1 || layout.chroma_step > 16)
        refuse(env, "a chroma plane's pixel stride must be 1 to 16");
    const int64_t chroma_bytes = (pairs - 1) * layout.chroma_step + 1;
    image_.pixels = plane_of(env, first, layout.stride, layout.height, layout.width).first;
    const Plane cb = plane_of(env, second, layout.chroma_stride, chroma_rows, chroma_bytes);
    const Plane cr = plane_of(env, third, layout.chroma_stride, chroma_rows, chroma_bytes);
    const bool pairs_fit = layout.chroma_step == 2 && layout.chroma_stride >= 2 * pairs;
    if (pairs_fit && cr.first == cb.first + 1) {  // most cameras' planes are one, seen twice
        image_.format = as_nv12;
        image_.chroma = cb.first;
        image_.chroma_stride = static_cast<size_t>(layout.chroma_stride);
    } else if (pairs_fit && cb.first == cr.first + 1) {
        image_.format = as_nv21;
        image_.chroma = cr.first;
        image_.chroma_stride = static_cast<size_t>(layout.chroma_stride);
    } else {
        woven_ = woven(cb, cr, layout);
        image_.format = as_nv21;
        image_.chroma = woven_.data();
        image_.chroma_stride = static_cast<size_t>(2 * pairs);
    }
}

}  // namespace vkm::jni
