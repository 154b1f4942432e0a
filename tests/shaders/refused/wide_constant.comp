#version 450
layout(constant_id = 1) const double LIMIT = 1.0;
void main() {}
