// Whether an optimizer makes its update (graph/optimizer.h). The includer declares the constants GUARDED and
// SCALED, and the buffers
//   guard     the loss first; read where GUARDED
//   unscale   the factor first; read where SCALED
#ifndef VKM_UPDATE_GUARD_GLSL
#define VKM_UPDATE_GUARD_GLSL

// Returns what gradients are multiplied by. It is 0 where the loss is not finite or mixed precision skips the
// step: then nothing may change.
float gradient_factor() {
    // Drivers may compute as if nothing were infinite, so the loss's bits are looked at.
    if (GUARDED != 0u && (floatBitsToUint(LOAD(guard, 0u).x) & 0x7fffffffu) >= 0x7f800000u) return 0.0;
    float factor = 1.0;
    if (SCALED != 0u) factor = LOAD(unscale, 0u).x;
    return factor;
}

#endif
