// For a kernel that gathers nothing from what it stores:
// see statistics_epilogue.glsl and gradient_epilogue.glsl.
#ifndef VKM_GATHER_NOTHING_GLSL
#define VKM_GATHER_NOTHING_GLSL
#include "columns.glsl"

const bool GATHER = false;
#define GATHER_READS false

struct Gathered { uint nothing; };

Gathered gather_start() { return Gathered(0u); }
struct GatherInput { uint nothing; };
struct GatherColumn { uint nothing; };
GatherInput gather_input(uint i) { return GatherInput(0u); }
GatherColumn gather_column(uint quad, uint quads) { return GatherColumn(0u); }
void gather(inout Gathered g, bool first, GatherInput given, GatherColumn column, inout vec4 v) {}
void gather(inout Gathered g, bool first, uint i, uint quad, uint quads, inout vec4 v) {}
void gather_tile(inout Gathered g) {}
void gather_write(Gathered g, Columns at, uint lanes, uint quads, uint first_partial) {}
const bool MERGES = false;
void merge_gathered(Columns at, uint lanes, uint quads) {}

#endif
