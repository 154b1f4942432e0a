#pragma once

#include <stddef.h>

/// What vkmbv3 calls in libvkmbv3_mpi.so, which it loads only where it was started by mpirun or the like: so one program
/// works with and without MPI. Plain C, because the two need not have the same compiler.
///
/// Functions that return int return 0, or 1 where they failed: then vkmbv3_mpi_problem() says why. Calls come from one
/// thread at a time.
#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t rank, size;              ///< of all processes
    size_t local_rank, local_size;  ///< of those on this host
    char host[256];
} VkmMpiPlace;

/// Joins the processes that were started together. Called once.
int vkmbv3_mpi_join(VkmMpiPlace*);
/// As vkm::graph::World has them.
int vkmbv3_mpi_all_gather(const void* mine, const size_t* bytes, void* all);
int vkmbv3_mpi_all_to_all(const void* to, const size_t* to_bytes, void* from, const size_t* from_bytes);
const char* vkmbv3_mpi_problem(void);
/// Ends all processes at once.
void vkmbv3_mpi_abort(int status);
/// Leaves. Waits for the others to do so, too.
void vkmbv3_mpi_leave(void);

#ifdef __cplusplus
}
#endif
