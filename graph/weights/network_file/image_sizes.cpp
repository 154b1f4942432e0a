#include <graph/weights/network_file/image_sizes.h>

#include <algorithm>

namespace vkm::graph {

const ImageSizes::Sizes* ImageSizes::of(FileValue value) const {
    const auto found = known_.find(value);
    return found == known_.end() ? nullptr : &found->second;
}

void ImageSizes::follow(const FileNode& node) {
    const Sizes* known = of(node.inputs[0]);
    if (!known) return;
    Sizes sizes = *known;
    // Of an image and an element a channel, the image's.
    if (const Sizes* other = of(node.inputs.back()))
        std::ranges::transform(sizes, *other, sizes.begin(),
                               [](int64_t a, int64_t b) { return std::max(a, b); });
    const FilePads& pads = node.pads;
    int64_t &height = sizes[2], &width = sizes[3];
    if (node.op == FileOp::pad) {
        height += pads.top + pads.bottom;
        width += pads.left + pads.right;
    } else if (node.op == FileOp::convolution) {
        if (node.shape.size() != 4) return;
        const auto out = [&](int64_t in, int64_t both, int64_t kernel) {
            return pads.same ? (in + node.stride - 1) / node.stride : (in + both - kernel) / node.stride + 1;
        };
        sizes[1] = node.shape[0];
        height = out(height, pads.top + pads.bottom, node.shape[2]);
        width = out(width, pads.left + pads.right, node.shape[3]);
        if (height < 1 || width < 1) return;
    } else if (node.op == FileOp::pool) {
        height = width = 1;
    }
    known_[node.output] = sizes;
}

}  // namespace vkm::graph
