// Conditions that take no branch. && and ?: skip what need not be computed, and what is skipped by way of a push constant
// remains a branch in compilers: loads before it are then waited for before those behind it begin.
#ifndef VKM_INSIDE_GLSL
#define VKM_INSIDE_GLSL

// Returns whether a row and a column lie in an image. Negative ones, as unsigned numbers, do not.
bool is_inside(uint row, uint height, uint column, uint width) {
    return all(lessThan(uvec2(row, column), uvec2(height, width)));
}
bool both(bool a, bool b) { return all(bvec2(a, b)); }
// Returns an index that may be loaded from whether it is of use or not.
uint index_if(bool of_use, uint index) { return of_use ? index : 0u; }

#endif
