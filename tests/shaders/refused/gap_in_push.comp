#version 450
layout(push_constant) uniform Push { uint first; vec4 scale; };
void main() {}
