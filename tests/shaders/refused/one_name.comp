#version 450
layout(constant_id = 1) const uint Rows = 1;
layout(constant_id = 2) const uint ROWS = 1;
void main() {}
