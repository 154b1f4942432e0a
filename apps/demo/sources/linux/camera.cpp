#include "sources/camera.h"

#include <image/decode/decode.h>

#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sources/yuyv.h"

namespace vkm::demo {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t wanted_width = 640, wanted_height = 480, buffers = 4;
constexpr int patience_ms = 100;  // between two looks at `stop`
constexpr int most_waits = 50;    // of a camera that delivers nothing

class Descriptor {
  public:
    explicit Descriptor(const fs::path& device)
        : number_(::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
        if (number_ < 0)
            throw SourceError("the camera {} cannot be opened: {}{}", device.string(), std::strerror(errno),
                              errno == EBUSY ? "; close the program that uses it" : "");
    }
    ~Descriptor() { ::close(number_); }
    Descriptor(const Descriptor&) = delete;
    int get() const { return number_; }

    /// Returns 0 or what went wrong.
    int ask(unsigned long request, void* argument) const {
        while (::ioctl(number_, request, argument) != 0)
            if (errno != EINTR) return errno;
        return 0;
    }

  private:
    int number_;
};

struct Mapping {
    void* address = MAP_FAILED;
    size_t bytes = 0;
};

class Camera final : public Source {
  public:
    explicit Camera(fs::path device) : device_(std::move(device)), camera_(device_) {
        v4l2_capability can{};
        if (camera_.ask(VIDIOC_QUERYCAP, &can) != 0 || !(can.device_caps & V4L2_CAP_VIDEO_CAPTURE))
            throw SourceError("{} is no camera", device_.string());
        choose_format();
        map_buffers();
        int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        if (const int error = camera_.ask(VIDIOC_STREAMON, &type)) fail("cannot be started", error);
    }
    ~Camera() override {
        int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        camera_.ask(VIDIOC_STREAMOFF, &type);
        for (const Mapping& mapping : mappings_)
            if (mapping.address != MAP_FAILED) ::munmap(mapping.address, mapping.bytes);
    }

    std::string description() const override { return "camera " + device_.string(); }

    std::optional<Picture> next(const std::atomic<bool>& stop) override {
        for (int waits = 0; waits < most_waits && !stop; ++waits) {
            pollfd ready{camera_.get(), POLLIN, 0};
            if (::poll(&ready, 1, patience_ms) <= 0) continue;
            v4l2_buffer buffer = buffer_of(0);
            const int error = camera_.ask(VIDIOC_DQBUF, &buffer);
            if (error == EAGAIN) continue;
            if (error != 0) fail("was unplugged or does not answer", error);
            std::optional<Picture> picture = take(buffer);
            if (const int again = camera_.ask(VIDIOC_QBUF, &buffer))
                fail("was unplugged or does not answer", again);
            if (picture) return picture;
        }
        if (stop) return {};
        throw SourceError("the camera {} delivers no pictures: plug it in again, or choose another",
                          device_.string());
    }

  private:
    [[noreturn]] void fail(const char* what, int error) const {
        throw SourceError("the camera {} {}: {}", device_.string(), what, std::strerror(error));
    }

    static v4l2_buffer buffer_of(uint32_t index) {
        v4l2_buffer buffer{};
        buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        buffer.memory = V4L2_MEMORY_MMAP;
        buffer.index = index;
        return buffer;
    }

    void choose_format() {
        for (const uint32_t format : {uint32_t{V4L2_PIX_FMT_MJPEG}, uint32_t{V4L2_PIX_FMT_YUYV}}) {
            format_ = {};
            format_.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
            format_.fmt.pix.width = wanted_width;
            format_.fmt.pix.height = wanted_height;
            format_.fmt.pix.pixelformat = format;
            if (camera_.ask(VIDIOC_S_FMT, &format_) == 0 && format_.fmt.pix.pixelformat == format) return;
        }
        throw SourceError("the camera {} delivers neither JPEG nor YUYV, which alone are read here",
                          device_.string());
    }

    void map_buffers() {
        v4l2_requestbuffers request{};
        request.count = buffers;
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
        request.memory = V4L2_MEMORY_MMAP;
        if (const int error = camera_.ask(VIDIOC_REQBUFS, &request)) fail("cannot be used", error);
        for (uint32_t i = 0; i < request.count; ++i) {
            v4l2_buffer buffer = buffer_of(i);
            if (const int error = camera_.ask(VIDIOC_QUERYBUF, &buffer)) fail("cannot be used", error);
            void* const address = ::mmap(nullptr, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
                                         camera_.get(), static_cast<off_t>(buffer.m.offset));
            if (address == MAP_FAILED) fail("cannot be used", errno);
            mappings_.push_back({address, buffer.length});
            if (const int error = camera_.ask(VIDIOC_QBUF, &buffer)) fail("cannot be used", error);
        }
    }

    // Returns a buffer's picture; nothing where it is damaged, as the first ones of some cameras are.
    std::optional<Picture> take(const v4l2_buffer& buffer) const {
        if (buffer.flags & V4L2_BUF_FLAG_ERROR || buffer.index >= mappings_.size()) return {};
        const Mapping& mapping = mappings_[buffer.index];
        const std::span bytes(static_cast<const uint8_t*>(mapping.address),
                              std::min<size_t>(buffer.bytesused, mapping.bytes));
        const v4l2_pix_format& pixels = format_.fmt.pix;
        try {
            if (pixels.pixelformat == V4L2_PIX_FMT_MJPEG)
                return Picture{image::decode_image(bytes, description())};
            return Picture{rgb_of_yuyv(bytes, static_cast<int>(pixels.width), static_cast<int>(pixels.height),
                                       pixels.bytesperline)};
        } catch (const image::ImageError&) {
            return {};
        }
    }

    fs::path device_;
    Descriptor camera_;
    v4l2_format format_{};
    std::vector<Mapping> mappings_;
};

bool captures(const fs::path& device) {
    try {
        const Descriptor camera(device);
        v4l2_capability can{};
        return camera.ask(VIDIOC_QUERYCAP, &can) == 0 && (can.device_caps & V4L2_CAP_VIDEO_CAPTURE) != 0;
    } catch (const SourceError&) {
        return false;
    }
}

}  // namespace

std::vector<fs::path> cameras() {
    std::vector<fs::path> found;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator("/dev", ignored))
        if (entry.path().filename().string().starts_with("video") && captures(entry.path()))
            found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

std::unique_ptr<Source> open_camera(const fs::path& device) {
    return std::make_unique<Camera>(device);
}

}  // namespace vkm::demo
