#include <image/decode/format.h>
#include <image/orientation.h>

#include <memory>

#include <webp/decode.h>
#include <webp/demux.h>

namespace vkm::image {
namespace {

bool recognises(Bytes file) {
    return starts_with(file, "RIFF") && file.size() > 12 && starts_with(file.subspan(8), "WEBP");
}

using Demuxer = std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)>;

/// Owns the memory that an iterator of libwebp's holds.
template <typename Iterator, void (*release)(Iterator*)>
struct Held : Iterator {
    Held() : Iterator{} {}
    ~Held() { release(this); }
    Held(const Held&) = delete;
};
using Frame = Held<WebPIterator, WebPDemuxReleaseIterator>;
using Chunk = Held<WebPChunkIterator, WebPDemuxReleaseChunkIterator>;

std::string failure(VP8StatusCode status) {
    switch (status) {
        case VP8_STATUS_NOT_ENOUGH_DATA:
        case VP8_STATUS_SUSPENDED:
            return truncated;
        case VP8_STATUS_OUT_OF_MEMORY:
            return "no memory to decode the image";
        case VP8_STATUS_UNSUPPORTED_FEATURE:
            return "cannot decode image (a feature of WebP that is not supported)";
        default:
            return "cannot decode image (corrupt WebP data)";
    }
}

Demuxer demux(Bytes file) {
    const WebPData data{file.data(), file.size()};
    Demuxer demuxer(WebPDemux(&data), WebPDemuxDelete);
    if (demuxer) return demuxer;
    WebPDemuxState state{};
    const Demuxer partial(WebPDemuxPartial(&data, &state), WebPDemuxDelete);
    const bool is_cut = state == WEBP_DEMUX_PARSING_HEADER || state == WEBP_DEMUX_PARSED_HEADER;
    throw ImageError(failure(is_cut ? VP8_STATUS_NOT_ENOUGH_DATA : VP8_STATUS_BITSTREAM_ERROR));
}

int orientation_of(const WebPDemuxer* demuxer) {
    Chunk exif;
    if (!WebPDemuxGetChunk(demuxer, "EXIF", 1, &exif)) return 1;
    return exif_orientation({exif.chunk.bytes, exif.chunk.size}).value_or(1);
}

/// Decodes the first frame of an animation, in its place on the canvas.
Decoded decode(Bytes file, const DecodeOptions&) {
    const Demuxer demuxer = demux(file);
    Frame frame;
    if (!WebPDemuxGetFrame(demuxer.get(), 1, &frame)) throw ImageError(failure(VP8_STATUS_BITSTREAM_ERROR));
    Decoded result{blank_image(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
                               WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT)),
                   orientation_of(demuxer.get())};
    Image& image = result.image;
    if (frame.x_offset < 0 || frame.y_offset < 0 || frame.width > image.width - frame.x_offset ||
        frame.height > image.height - frame.y_offset) {
        throw ImageError(failure(VP8_STATUS_BITSTREAM_ERROR));
    }
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        throw ImageError("another version of libwebp than this was built for");
    const size_t stride = size_t{3} * image.width;
    const size_t start = stride * frame.y_offset + size_t{3} * frame.x_offset;
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = {image.rgb.data() + start, static_cast<int>(stride), image.rgb.size() - start};
    const VP8StatusCode status = WebPDecode(frame.fragment.bytes, frame.fragment.size, &config);
    if (status != VP8_STATUS_OK) throw ImageError(failure(status));
    return result;
}

}  // namespace

extern const Format webp_format{"WebP", {".webp"}, recognises, decode};

}  // namespace vkm::image
