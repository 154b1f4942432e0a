#version 450
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
// Compiles where glslang knows cooperative matrices whose shape is a specialization constant: from 13 on.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SIZE = 16;
layout(binding = 0) buffer Y { float y[]; };

void main() {
    coopmat<float16_t, gl_ScopeSubgroup, SIZE, SIZE, gl_MatrixUseA> a =
        coopmat<float16_t, gl_ScopeSubgroup, SIZE, SIZE, gl_MatrixUseA>(1.0);
    coopmat<float16_t, gl_ScopeSubgroup, SIZE, SIZE, gl_MatrixUseB> b =
        coopmat<float16_t, gl_ScopeSubgroup, SIZE, SIZE, gl_MatrixUseB>(1.0);
    coopmat<float, gl_ScopeSubgroup, SIZE, SIZE, gl_MatrixUseAccumulator> c =
        coopmat<float, gl_ScopeSubgroup, SIZE, SIZE, gl_MatrixUseAccumulator>(0.0);
    coopMatStore(coopMatMulAdd(a, b, c), y, 0, SIZE, gl_CooperativeMatrixLayoutRowMajor);
}
