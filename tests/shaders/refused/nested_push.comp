#version 450
struct Sizes { uint rows, columns; };
layout(push_constant) uniform Push { uint first; Sizes sizes; };
void main() {}
