#version 450
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_EXT_float_e4m3 : require
#extension GL_EXT_float_e5m2 : require
// Compiles where glslang knows cooperative matrices of fp8: from 15.4 on.
layout(local_size_x_id = 0) in;
layout(binding = 0) buffer Y { uint y[]; };

void main() {
    coopmat<floate4m3_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseA> a;
    coopmat<floate5m2_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseA> b;
    coopMatLoad(a, y, 0, 4, gl_CooperativeMatrixLayoutRowMajor);
    coopMatLoad(b, y, 0, 4, gl_CooperativeMatrixLayoutRowMajor);
    coopMatStore(a, y, 0, 4, gl_CooperativeMatrixLayoutRowMajor);
    coopMatStore(b, y, 64, 4, gl_CooperativeMatrixLayoutRowMajor);
}
