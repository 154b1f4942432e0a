#version 450
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_EXT_bfloat16 : require
// Compiles where glslang knows cooperative matrices of bf16: from 15.3 on.
layout(local_size_x_id = 0) in;
layout(binding = 0) buffer Y { uint y[]; };

void main() {
    coopmat<bfloat16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseA> a;
    coopMatLoad(a, y, 0, 8, gl_CooperativeMatrixLayoutRowMajor);
    coopMatStore(a, y, 0, 8, gl_CooperativeMatrixLayoutRowMajor);
}
