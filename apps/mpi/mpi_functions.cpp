#include "mpi_functions.h"

#include <dlfcn.h>
#include <mpi.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

MPI_Comm world = MPI_COMM_NULL;
size_t rank_of_this = 0, count = 1;
std::string problem;

int check(int result) {
    if (result == MPI_SUCCESS) return 0;
    char text[MPI_MAX_ERROR_STRING] = {};
    int length = 0;
    MPI_Error_string(result, text, &length);
    problem.assign(text, static_cast<size_t>(length));
    return 1;
}

// Counts and places of parts that lie one behind the other, as MPI wants them.
struct Parts {
    std::vector<int> counts, places;

    // Returns whether they fit MPI's int.
    bool set(const size_t* bytes) {
        size_t place = 0;
        for (size_t i = 0; i < count; ++i) {
            counts.push_back(static_cast<int>(bytes[i]));
            places.push_back(static_cast<int>(place));
            place += bytes[i];
        }
        if (place <= INT_MAX) return true;
        problem = "more than 2 GiB at once";
        return false;
    }
};

// Lets Open MPI's own plugins find it: they do not say that they need it.
void show_to_its_plugins() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<void*>(&MPI_Init_thread), &info) != 0 && info.dli_fname != nullptr)
        dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

}  // namespace

extern "C" {

int vkmbv3_mpi_join(VkmMpiPlace* place) {
    show_to_its_plugins();
    // A call that waits for others would keep a core from the threads that read images, and from a software driver. Who set
    // it otherwise is not overruled.
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    int provided = 0;
    if (check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided)) != 0) return 1;
    if (provided < MPI_THREAD_SERIALIZED) {
        problem = "this MPI was built without threads (MPI_THREAD_SERIALIZED)";
        return 1;
    }
    MPI_Comm node = MPI_COMM_NULL;
    int rank = 0, size = 1, local_rank = 0, local_size = 1, length = 0;
    char host[MPI_MAX_PROCESSOR_NAME] = {};
    const bool failed =
        check(MPI_Comm_dup(MPI_COMM_WORLD, &world)) != 0 ||
        check(MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN)) != 0 ||
        check(MPI_Comm_rank(world, &rank)) != 0 || check(MPI_Comm_size(world, &size)) != 0 ||
        check(MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node)) != 0 ||
        check(MPI_Comm_rank(node, &local_rank)) != 0 || check(MPI_Comm_size(node, &local_size)) != 0 ||
        check(MPI_Get_processor_name(host, &length)) != 0;
    if (failed) return 1;
    MPI_Comm_free(&node);
    rank_of_this = place->rank = static_cast<size_t>(rank);
    count = place->size = static_cast<size_t>(size);
    place->local_rank = static_cast<size_t>(local_rank);
    place->local_size = static_cast<size_t>(local_size);
    std::strncpy(place->host, host, sizeof place->host - 1);
    place->host[sizeof place->host - 1] = 0;
    return 0;
}

int vkmbv3_mpi_all_gather(const void* mine, const size_t* bytes, void* all) {
    Parts parts;
    if (!parts.set(bytes)) return 1;
    return check(MPI_Allgatherv(mine, parts.counts[rank_of_this], MPI_BYTE, all, parts.counts.data(),
                                parts.places.data(), MPI_BYTE, world));
}

int vkmbv3_mpi_all_to_all(const void* to, const size_t* to_bytes, void* from, const size_t* from_bytes) {
    Parts sent, received;
    if (!sent.set(to_bytes) || !received.set(from_bytes)) return 1;
    return check(MPI_Alltoallv(to, sent.counts.data(), sent.places.data(), MPI_BYTE, from,
                               received.counts.data(), received.places.data(), MPI_BYTE, world));
}

const char* vkmbv3_mpi_problem() {
    return problem.c_str();
}

void vkmbv3_mpi_abort(int status) {
    MPI_Abort(world == MPI_COMM_NULL ? MPI_COMM_WORLD : world, status);
}

void vkmbv3_mpi_leave() {
    MPI_Comm_free(&world);
    MPI_Finalize();
}
}
