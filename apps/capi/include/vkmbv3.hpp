// vkmbv3 from C++11 and later: exceptions and containers around vkmbv3.h, which says what everything means.
#ifndef VKMBV3_HPP
#define VKMBV3_HPP

#include "vkmbv3.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace vkmbv3 {

/// Says what went wrong.
class Error : public std::runtime_error {
  public:
    Error(vkmbv3_status status, const std::string& text) : std::runtime_error(text), status_(status) {}
    vkmbv3_status status() const { return status_; }

  private:
    vkmbv3_status status_;
};

struct Prediction {
    std::int64_t label;
    std::string name;
    double probability;
};

struct Classification {
    std::vector<Prediction> top;  ///< the most probable first
    std::vector<float> logits;    ///< one a class
};

inline std::string version() {
    return vkmbv3_version();
}

/// Returns options as they are without choices.
inline vkmbv3_options options() {
    const vkmbv3_options result = VKMBV3_OPTIONS_INIT;
    return result;
}

/// Refers to rows of pixels that follow each other without a gap. Its members say more: strides, rotation, colours.
inline vkmbv3_image image(int format, int width, int height, const std::uint8_t* pixels) {
    vkmbv3_image result = VKMBV3_IMAGE_INIT;
    result.format = format;
    result.width = width;
    result.height = height;
    result.pixels = pixels;
    return result;
}

/// Owns a classifier. Members may be called from several threads at once.
class Classifier {
  public:
    explicit Classifier(const std::string& weights, const vkmbv3_options& options = vkmbv3::options()) {
        check(vkmbv3_open(weights.c_str(), &options, &handle_));
    }
    ~Classifier() { vkmbv3_close(handle_); }
    Classifier(Classifier&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
    Classifier& operator=(Classifier&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Classifier(const Classifier&) = delete;
    Classifier& operator=(const Classifier&) = delete;

    std::size_t classes() const {
        const std::int64_t count = vkmbv3_class_count(handle_);
        if (count == 0) fail();
        return static_cast<std::size_t>(count);
    }
    std::string class_name(std::int64_t label) const { return text(vkmbv3_class_name(handle_, label)); }
    std::string device() const { return text(vkmbv3_device(handle_)); }
    std::string precision() const { return text(vkmbv3_precision(handle_)); }
    std::string notices() const { return text(vkmbv3_notices(handle_)); }

    Classification classify(const vkmbv3_image& pixels, std::size_t top = 5) const {
        Answer answer(classes(), top);
        check(vkmbv3_classify(handle_, &pixels, answer.top.data(), answer.top.size(), answer.logits.data(),
                              answer.logits.size()));
        return named(std::move(answer));
    }
    Classification classify_file(const std::string& path, std::size_t top = 5) const {
        Answer answer(classes(), top);
        check(vkmbv3_classify_file(handle_, path.c_str(), answer.top.data(), answer.top.size(),
                                   answer.logits.data(), answer.logits.size()));
        return named(std::move(answer));
    }
    Classification classify_encoded(const void* bytes, std::size_t count, std::size_t top = 5) const {
        Answer answer(classes(), top);
        check(vkmbv3_classify_encoded(handle_, bytes, count, answer.top.data(), answer.top.size(),
                                      answer.logits.data(), answer.logits.size()));
        return named(std::move(answer));
    }

  private:
    struct Answer {
        Answer(std::size_t classes, std::size_t count)
            : top(count < classes ? count : classes), logits(classes) {}
        std::vector<vkmbv3_prediction> top;
        std::vector<float> logits;
    };

    [[noreturn]] static void fail() { throw Error(vkmbv3_last_status(), vkmbv3_last_error()); }
    static void check(vkmbv3_status status) {
        if (status != VKMBV3_OK) fail();
    }
    static std::string text(const char* text) {
        if (!text) fail();
        return text;
    }
    Classification named(Answer answer) const {
        Classification result;
        for (const vkmbv3_prediction& p : answer.top)
            result.top.push_back({p.label, class_name(p.label), p.probability});
        result.logits = std::move(answer.logits);
        return result;
    }

    vkmbv3_classifier* handle_ = nullptr;
};

}  // namespace vkmbv3

#endif
