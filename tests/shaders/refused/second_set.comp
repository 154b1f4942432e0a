#version 450
layout(set = 1, binding = 0, std430) buffer Totals { uint totals[]; };
void main() {}
