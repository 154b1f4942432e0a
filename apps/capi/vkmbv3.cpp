#include "arguments.h"
#include "handles.h"
#include "opened.h"
#include "pixels.h"
#include "status.h"
#include "versioned.h"

#include <base/version.h>
#include <image/decode/decode.h>

#include <vkmbv3.h>

#include <algorithm>
#include <span>
#include <string>

namespace {

using namespace vkm;
using namespace vkm::capi;

// What the struct was in the first version, to its last member.
constexpr size_t first_options = offsetof(vkmbv3_options, labels) + sizeof(vkmbv3_options::labels);

/// Holds where a caller wants the answer.
struct Wanted {
    vkmbv3_prediction* top;
    size_t top_count;
    float* logits;
    size_t logit_count;

    void check(int64_t classes) const {
        if (!top && top_count > 0) throw InvalidArgument("top is NULL, and top_count {}", top_count);
        if (!logits && logit_count > 0)
            throw InvalidArgument("logits is NULL, and logit_count {}", logit_count);
        if (logits && logit_count != static_cast<size_t>(classes))
            throw InvalidArgument("logit_count is {}, but there are {} classes", logit_count, classes);
    }

    void take(const infer::Classification& result) const {
        for (size_t i = 0; i < top_count; ++i)
            top[i] = i < result.top.size() ? vkmbv3_prediction{result.top[i].label, result.top[i].probability}
                                           : vkmbv3_prediction{-1, 0};
        if (logits)
            std::ranges::transform(result.logits, logits,
                                   [](double logit) { return static_cast<float>(logit); });
    }
};

// Classifies the image that `read` returns.
template <typename F>
vkmbv3_status classify(const vkmbv3_classifier* handle, const Wanted& wanted, F&& read) {
    return guarded([&] {
        const std::shared_ptr<Opened> open = opened<Opened>(handle);
        wanted.check(open->classifier().classes());
        wanted.take(open->classifier().classify(read(), wanted.top_count));
    });
}

}  // namespace

const char* vkmbv3_version(void) {
    return vkm::version().data();
}

vkmbv3_status vkmbv3_open(const char* weights, const vkmbv3_options* options,
                          vkmbv3_classifier** classifier) {
    return guarded([&] {
        place_of(classifier, "classifier") = nullptr;
        const vkmbv3_options defaults = VKMBV3_OPTIONS_INIT;
        *classifier = reinterpret_cast<vkmbv3_classifier*>(keep(std::make_shared<Opened>(
            text_of(weights, "weights"),
            options ? versioned(*options, defaults, first_options, "vkmbv3_options") : defaults)));
    });
}

vkmbv3_status vkmbv3_close(vkmbv3_classifier* handle) {
    return guarded([&] {
        if (handle) forget<Opened>(handle);
    });
}

int64_t vkmbv3_class_count(vkmbv3_classifier* handle) {
    return guarded_or(int64_t{0}, [&] { return opened<Opened>(handle)->classifier().classes(); });
}

const char* vkmbv3_class_name(vkmbv3_classifier* handle, int64_t label) {
    return guarded_or<const char*>(nullptr, [&] {
        const std::vector<std::string>& names = opened<Opened>(handle)->names();
        if (label < 0 || label >= static_cast<int64_t>(names.size()))
            throw InvalidArgument("there is no class {}: they are 0 to {}", label, names.size() - 1);
        return names[static_cast<size_t>(label)].c_str();
    });
}

const char* vkmbv3_device(vkmbv3_classifier* handle) {
    return guarded_or<const char*>(nullptr, [&] { return opened<Opened>(handle)->device().c_str(); });
}

const char* vkmbv3_precision(vkmbv3_classifier* handle) {
    return guarded_or<const char*>(nullptr, [&] { return opened<Opened>(handle)->precision().c_str(); });
}

const char* vkmbv3_notices(vkmbv3_classifier* handle) {
    return guarded_or<const char*>(nullptr, [&] { return opened<Opened>(handle)->notices().c_str(); });
}

vkmbv3_status vkmbv3_classify(vkmbv3_classifier* handle, const vkmbv3_image* image, vkmbv3_prediction* top,
                              size_t top_count, float* logits, size_t logit_count) {
    return classify(handle, {top, top_count, logits, logit_count}, [&] { return upright_rgb(image); });
}

vkmbv3_status vkmbv3_classify_file(vkmbv3_classifier* handle, const char* path, vkmbv3_prediction* top,
                                   size_t top_count, float* logits, size_t logit_count) {
    return classify(handle, {top, top_count, logits, logit_count},
                    [&] { return image::decode_image(text_of(path, "path")); });
}

vkmbv3_status vkmbv3_classify_encoded(vkmbv3_classifier* handle, const void* bytes, size_t byte_count,
                                      vkmbv3_prediction* top, size_t top_count, float* logits,
                                      size_t logit_count) {
    return classify(handle, {top, top_count, logits, logit_count}, [&] {
        if (!bytes) throw InvalidArgument("the image's bytes are NULL");
        return image::decode_image(std::span(static_cast<const uint8_t*>(bytes), byte_count), "the image");
    });
}
