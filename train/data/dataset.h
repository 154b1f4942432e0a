#pragma once

#include <image/decode/decode.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace vkm::train {

/// Reports a data set that cannot be opened, or that does not fit the model; the message says what to do.
class DatasetError : public Error {
  public:
    using Error::Error;
};

/// Holds decoded bytes, or normalised floats.
using Sample = std::variant<image::Image, image::FloatImage>;

enum class Split { train, val };

/// Refers to the features of a sample, which their data set keeps.
using FeatureRow = std::span<const std::byte>;

/// Says what the samples of a data set are, and so what is left to do with them.
enum class SampleKind {
    photograph,  ///< Image of any size: crop, resize, augment, normalise
    drawing,     ///< Image drawn at the input size: augment, normalise
    tensor,      ///< FloatImage of the input size, already normalised: used as it is
    features     ///< what a frozen part of a network makes of an image (train/feature_set.h)
};

/// Says in which order classes are numbered.
enum class ClassOrder {
    by_name,  ///< sorted: WordNet ids, folders; or as the data have them
    ilsvrc    ///< by the ILSVRC ids of ImageNet's development kit
};

struct DatasetOptions {
    int input_size = 224;  ///< of the model, pixels
    int num_classes = 0;   ///< of the model; 0: not known yet, any label is accepted
    uint64_t seed = 0;     ///< of drawn data
    ClassOrder class_order = ClassOrder::by_name;
};

/// Gives labelled images. Every member is safe to call from several threads at once.
class Dataset {
  public:
    virtual ~Dataset() = default;

    virtual size_t size() const = 0;

    /// Returns the number of classes; labels are 0 .. num_classes() - 1.
    virtual int num_classes() const = 0;

    /// Returns one name a class, or none where the data does not carry them.
    virtual const std::vector<std::string>& class_names() const = 0;

    virtual SampleKind kind() const = 0;
    virtual int label(size_t index) const = 0;

    /// Returns what messages call a sample: its file, or the data set's name and the index.
    virtual std::string name(size_t index) const = 0;

    /// Reads a sample: a FloatImage where kind() is tensor, else an Image. Throws ImageError naming the
    /// sample where it cannot be read.
    virtual Sample sample(size_t index) const = 0;

    /// Returns what a network begins with in an epoch, as its step's input is stored, where kind() is features. Throws
    /// ImageError where the image could not be read.
    virtual FeatureRow features(size_t index, int64_t epoch) const;

    /// Reads a part of an image, which is chosen when its size is known. Throws as sample().
    virtual image::Image part(size_t index, const image::ChoosePart& choose) const {
        image::Image image = std::get<image::Image>(sample(index));
        const image::Rectangle part = choose(image.height, image.width);
        return cut(std::move(image), part);
    }

    /// Returns the bytes of the image file that a sample is; nothing where it is none. Throws ImageError where it
    /// cannot be read.
    virtual std::optional<std::vector<std::byte>> file(size_t /*index*/) const { return {}; }

    /// Returns the samples as they lie one behind the other, where reading them so is faster; nothing where any order
    /// is as good. An epoch then strays from it within windows only (train/data/epoch_order.h).
    virtual std::vector<uint32_t> reading_order() const { return {}; }
    /// Is told which samples are read before long. Must not fail, and changes no result.
    virtual void will_need(std::span<const uint32_t> /*samples*/) const {}
};

}  // namespace vkm::train
