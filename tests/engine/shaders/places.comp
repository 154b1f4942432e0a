#version 450
#extension GL_GOOGLE_include_directive : require
// places: y[i] = the (i / divisor + OFFSET)-th of what the workgroup staged of x, for the model of what an instruction costs.
//   x        [workgroup + OFFSET] fp32 quads
//   y        [quads] fp32 quads
// Constants: 0 WORKGROUP, 1 DIVISOR, if known when the pipeline is compiled, 2 OFFSET, 3 whether the offset is known only then.
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint DIVISOR = 0;
layout(constant_id = 2) const uint OFFSET = 0;
layout(constant_id = 3) const bool PUSHED = false;
F32_IN(0, x)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint quads, divisor, offset; };
shared vec4 staged[2 * WORKGROUP];
void main() {
    const uint me = gl_LocalInvocationID.x;
    staged[me] = LOAD(x, me);
    barrier();
    const uint place = DIVISOR != 0 ? me / DIVISOR : me / divisor;
    const vec4 v = PUSHED ? staged[place + offset] : staged[place + OFFSET];
    STORE(y, gl_GlobalInvocationID.x, v);
}
