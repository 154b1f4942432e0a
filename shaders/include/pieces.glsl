// The piece of a flat buffer that a workgroup works on (graph/kernels/flat_pieces.h). The workgroup has 64
// invocations on every device.
// The includer defines PIECES_BINDING, and its push block has
//   piece_count   pieces of this dispatch
//   first_piece   the first one's number
//   base          the buffer's quad at which the bound windows begin
#ifndef VKM_PIECES_GLSL
#define VKM_PIECES_GLSL

struct Piece {
    uint first, quads, range, rows;
    uint row_quads, column, columns, unused;
};
layout(set = 0, binding = PIECES_BINDING, std430) restrict readonly buffer Pieces { Piece pieces[]; };

#endif
