#version 450
// Places the triangles of a window's picture.
//   in:  position in pixels from the upper left corner, place in the texture (0 to 1), colour (sRGB, not premultiplied)
//   out: clip space, in which (-1, -1) is the upper left corner: position * scale + offset

layout(push_constant) uniform Placement {
    vec2 scale, offset;
} placement;

layout(location = 0) in vec2 position;
layout(location = 1) in vec2 place;
layout(location = 2) in vec4 colour;

layout(location = 0) out vec2 texture_place;
layout(location = 1) out vec4 vertex_colour;

void main() {
    texture_place = place;
    vertex_colour = colour;
    gl_Position = vec4(position * placement.scale + placement.offset, 0, 1);
}
