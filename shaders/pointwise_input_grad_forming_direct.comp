#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// interface: pointwise_input_grad_forming + gemm_direct
// variants: storage load native
// pointwise_input_grad, forming the gradient it loads (gradient_prologue.glsl):
// pointwise_input_grad_direct.comp with dy used after its prologue, and two bindings more.
//   7 y         [rows][out_channels] tensor
//   8 coefficients   [4][out_channels] fp32
#define FORMS_GRADIENT
#include "pointwise_input_grad.glsl"
#include "gemm_direct.glsl"
