#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise_input_grad, forming the gradient it loads (gradient_prologue.glsl): depthwise_input_grad.comp
// with dy used after its prologue, and two bindings more.
//   7 y        [images, out_height, out_width, channels] tensor
//   8 coefficients   [4, channels] fp32
#define FORMS_GRADIENT
#include "depthwise_input_grad.glsl"
