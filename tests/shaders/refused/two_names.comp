#version 450
layout(constant_id = 1) const bool STATISTICS = false;
const bool GATHER = STATISTICS;
layout(set = 0, binding = 0, std430) buffer Totals { uint totals[]; };
void main() {
    if (GATHER) totals[0] = 1;
}
