#pragma once

#include <image/rectangle.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::image {

/// Images of more pixels than this are refused: a corrupt header must not allocate the machine's memory.
inline constexpr int64_t max_image_pixels = 100'000'000;

/// Chooses the part of an image that is wanted, when its size is known.
using ChoosePart = std::function<Rectangle(int height, int width)>;

struct DecodeOptions {
    /// Both sides of the result keep at least so many pixels, unless the image has fewer. A format that is
    /// cheaper to decode small (JPEG) then gives 1/2, 1/4 or 1/8 of each side, as Pillow's draft() does; its
    /// pixels are averages and not the ones that scaling the whole image would give. 0 asks for the whole.
    int at_least = 0;
    /// Where given, the result is this part of the image, which lies in it. A format that can decodes no more than that
    /// (JPEG); the pixels are the same.
    ChoosePart part = {};
};

/// Reads an image file of one of image_format_names(). Its content says which, not its name.
/// The pixels are those of Pillow's convert("RGB"):
///   - grey, palette, CMYK and alpha become RGB (alpha is dropped, not blended);
///   - of an animation the first frame is taken;
///   - damage that libjpeg warns of is no error;
///   - 16 bits a value become the nearest 8 in PNM and the upper 8 in PNG, grey ones too, which Pillow
///     saturates.
/// The image is turned as its EXIF orientation says, as Pillow's ImageOps.exif_transpose() does and
/// torchvision's ImageFolder does not.
/// The same file gives the same pixels or the same error. Throws ImageError where the file is missing,
/// truncated, corrupt, too large or of another format. Several threads may call it at once.
Image decode_image(const std::filesystem::path& file, const DecodeOptions& options = {});

/// Does the same with a file in memory, which errors call `name`.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name,
                   const DecodeOptions& options = {});

/// Returns the formats that decode_image() reads: "JPEG, PNG, …".
std::string image_format_names();

/// Returns the extensions that files of these formats usually have: ".jpg", …
std::vector<std::string_view> image_extensions();

/// Returns whether the file's name has one of them, in upper or lower case.
bool has_image_extension(const std::filesystem::path& file);

/// Returns whether a regular file begins as images of these formats do, whatever its name.
/// False where it cannot be read.
bool begins_as_image(const std::filesystem::path& file);

}  // namespace vkm::image
