// What a kernel that merges its partial results (MERGES_PARTIALS) is told of them, as push constants:
//   merge_parts, merge_group      see arrival.glsl
//   makes_coefficients            1: it goes on with what they come to for a batch norm, else 0
//   epsilon, momentum             the batch norm's, the latter of its running statistics
#ifdef MERGES_PARTIALS
#define MERGE_PUSH \
    uint merge_parts, merge_group, makes_coefficients; \
    float epsilon, momentum;
#else
#define MERGE_PUSH
#endif
