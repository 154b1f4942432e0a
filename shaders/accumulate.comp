#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// accumulate: adds a batch's numbers to those of the batches before it in the step; with MEAN divides by how many
// batches there are. The numbers of the first batch begin the sum, whatever it held.
//   MEAN:  result = (first ? result : other + result) share     result: the batch's, other: the sum
//   else:  result = first ? other : result + other               result: the sum, other: the batch's
//   0 result       [quads] fp32, in place
//   1 other        [quads] fp32
//   2 step_params  micro_batch, micro_batch_share
// Constants: 0 workgroup, 1 MEAN. One invocation does one quad.
#define STEP_PARAMS_BINDING 2
#include "index.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint MEAN = 0;
F32_INOUT(0, result)
F32_IN(1, other)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i >= quads) return;
    vec4 mine = LOAD(result, i), given = LOAD(other, i);
    bool first = step_params.micro_batch == 0u;
    precise vec4 sum = mine + given;
    if (MEAN != 0u) {
        precise vec4 mean = (first ? mine : sum) * step_params.micro_batch_share;
        STORE(result, i, mean);
    } else {
        STORE(result, i, first ? given : sum);
    }
}
