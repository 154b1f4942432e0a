#version 450
// Colours the triangles of a window's picture: vertex colour times texture, blended over what is there by its alpha.

layout(set = 0, binding = 0) uniform sampler2D picture;

layout(location = 0) in vec2 texture_place;
layout(location = 1) in vec4 vertex_colour;

layout(location = 0) out vec4 pixel;

void main() {
    pixel = vertex_colour * textureLod(picture, texture_place, 0);  // there is one level
}
