#pragma once

#include <graph/operator.h>
#include <graph/ops/colour_program.h>

#include <array>

namespace vkm::graph::ops {

// The colours of images, as scale_images leaves them: i32 {N, S, S, 1}, a pixel a word. A program, i32 {N, 1, 1,
// ColourProgram::words()}, says what is done to each image, in passes. A pass reads either the image or what the
// pass before left, and does one operation that looks around and any number of others after it.

struct ColourPass {
    ColourProgram program;
    int64_t pass = 0;
};

/// Makes i32 {N, 1, 1, 256}, the table of the operation that wants the statistics of a pass's image: for each byte
/// what it becomes, a channel a byte. Inputs: images, program, what the pass before left (images for the first).
std::shared_ptr<const Operator> colour_statistics(const ColourPass&);

/// Does a pass. Images that do nothing in it are not written. Inputs: as colour_statistics, and its tables
/// (images where no program uses them).
std::shared_ptr<const Operator> colour_pass(const ColourPass&);

/// Says what erased parts of an image become.
enum class Erase : uint32_t {
    nothing,  ///< nothing is erased
    zero,     ///< zeros
    colour,   ///< a colour drawn from N(0, 1)
    noise     ///< noise of N(0, 1)
};

struct Normalise {
    std::array<float, 3> mean{0, 0, 0}, deviation{1, 1, 1};  ///< of pixels scaled to 0..1
    DType output = DType::f32;
    ColourProgram program = {};
    Erase erase = Erase::nothing;
};

/// Makes a tensor {N, S, S, 3} of images: (pixel / 255 - mean) / deviation, after the program's last pass, with
/// parts erased. Inputs: images; and where there is a program, the other inputs of colour_pass.
std::shared_ptr<const Operator> normalise(const Normalise&);

}  // namespace vkm::graph::ops
