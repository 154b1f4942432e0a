// Compiled with -DPROBE=<some/header.h> by tests/build/CMakeLists.txt.
#include PROBE
