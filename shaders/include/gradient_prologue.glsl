// What a convolution's gradients make of the gradient they load, where a batch norm follows the convolution:
// the gradient of the convolution's output y, formed by those that read it and never written
// (batch_norm_input_grad.comp writes it):
//     dy[row, c] = scale[c] (g[row, c] - mean_g[c] - (y[row, c] - mean[c]) slope[c])
//
// The including shader defines
//   GRADIENT_BINDING     y, a tensor of g's shape; coefficients, fp32 [4][C], rows scale, mean, mean_g and
//                        slope (batch_norm_gradient_coefficients.comp), has the next
//   GRADIENT_CONSTANT    FORM_GRADIENT; where it is off, they are not read
// Without GRADIENT_CONSTANT every gradient is formed, without GRADIENT_BINDING none is. An input gradient
// that forms binds nine storage buffers, more than some devices do: it is a shader of its own.
// Either way it defines
//   GradientForm gradient_form_of(quad, quads)     of a column quad, quads = ceil(C / 4)
//   vec4 form_gradient(form, g, i)                 i: g's index
//   vec4 form_gradient(form, g, y)                 with y loaded before, where gradients are formed
#ifndef VKM_GRADIENT_PROLOGUE_GLSL
#define VKM_GRADIENT_PROLOGUE_GLSL
#include "tensor.glsl"

struct GradientForm { vec4 scale, mean, mean_g, slope; };

#ifdef GRADIENT_BINDING
#ifdef GRADIENT_CONSTANT
layout(constant_id = GRADIENT_CONSTANT) const bool FORM_GRADIENT = false;
#else
const bool FORM_GRADIENT = true;
#endif
TENSOR_BUFFER_IN(GRADIENT_BINDING, y)
F32_BUFFER_IN(GRADIENT_BINDING + 1, gradient_coefficients)

GradientForm gradient_form_of(uint quad, uint quads) {
    if (FORM_GRADIENT)
        return GradientForm(LOAD(gradient_coefficients, quad), LOAD(gradient_coefficients, quads + quad),
                            LOAD(gradient_coefficients, 2u * quads + quad), LOAD(gradient_coefficients, 3u * quads + quad));
    return GradientForm(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
}

vec4 form_gradient(GradientForm f, vec4 g, vec4 of_y) { return f.scale * (g - f.mean_g - (of_y - f.mean) * f.slope); }

vec4 form_gradient(GradientForm f, vec4 g, uint i) {
    if (FORM_GRADIENT) return form_gradient(f, g, LOAD(y, i));
    return g;
}
#else
const bool FORM_GRADIENT = false;
GradientForm gradient_form_of(uint quad, uint quads) { return GradientForm(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0)); }
vec4 form_gradient(GradientForm f, vec4 g, uint i) { return g; }
#endif

#endif
