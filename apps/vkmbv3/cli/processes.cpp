#include "cli/processes.h"

#include "cli/usage_error.h"

#include <base/error.h>
#include <base/launch.h>
#include <base/process.h>
#include <base/shared_library.h>
#include <mpi_functions.h>

#include <fmt/core.h>

#include <array>
#include <filesystem>

namespace vkm::apps {
namespace {

/// The functions of libvkmbv3_mpi.so, which lies beside the program.
struct MpiLibrary {
    SharedLibrary library;
    decltype(vkmbv3_mpi_join)* join = library.find<decltype(vkmbv3_mpi_join)>("vkmbv3_mpi_join");
    decltype(vkmbv3_mpi_all_gather)* all_gather =
        library.find<decltype(vkmbv3_mpi_all_gather)>("vkmbv3_mpi_all_gather");
    decltype(vkmbv3_mpi_all_to_all)* all_to_all =
        library.find<decltype(vkmbv3_mpi_all_to_all)>("vkmbv3_mpi_all_to_all");
    decltype(vkmbv3_mpi_problem)* problem = library.find<decltype(vkmbv3_mpi_problem)>("vkmbv3_mpi_problem");
    decltype(vkmbv3_mpi_abort)* abort = library.find<decltype(vkmbv3_mpi_abort)>("vkmbv3_mpi_abort");
    decltype(vkmbv3_mpi_leave)* leave = library.find<decltype(vkmbv3_mpi_leave)>("vkmbv3_mpi_leave");
};

#ifdef VKM_MPI_LIBRARY
std::filesystem::path library_file() {
    return program_file().parent_path().parent_path() / VKM_MPI_LIBRARY;
}
#endif

MpiLibrary load(const Launch& launch) {
#ifdef VKM_MPI_LIBRARY
    const std::string file = library_file().string();
    MpiLibrary mpi{SharedLibrary(file)};
    if (mpi.library && mpi.join && mpi.all_gather && mpi.all_to_all && mpi.problem && mpi.abort && mpi.leave)
        return mpi;
    const std::string why = mpi.library ? "it is another version's" : mpi.library.problem();
    throw UsageError(fmt::format(
        "several processes were started ({}), and {} cannot be used ({}): install it (the Debian package vkmbv3-mpi) and its MPI "
        "(libopenmpi3), or start one process",
        launch.by, file, why));
#else
    throw UsageError(fmt::format(
        "several processes were started ({}), and this build has no MPI: build it where libopenmpi-dev is "
        "installed, or start one process",
        launch.by));
#endif
}

}  // namespace

struct Processes::Joined final : graph::World {
    explicit Joined(const Launch& launch) : mpi(load(launch)) {
        check(mpi.join(&place), "joining the other processes");
        host = place.host;
        if (launch.size > 1 && place.size != launch.size)
            throw UsageError(fmt::format(
                "{} processes were started ({}), and this build's MPI finds {}: start them with that MPI's mpirun",
                launch.size, launch.by, place.size));
    }
    ~Joined() override {
        if (std::uncaught_exceptions() == 0)
            mpi.leave();  // else the others are somewhere else, and would not come
    }

    size_t rank() const override { return place.rank; }
    size_t size() const override { return place.size; }
    void all_gather(std::span<const std::byte> mine, std::span<const size_t> bytes,
                    std::span<std::byte> all) override {
        check(mpi.all_gather(mine.data(), bytes.data(), all.data()), "sending to all processes");
    }
    void all_to_all(std::span<const std::byte> to, std::span<const size_t> to_bytes,
                    std::span<std::byte> from, std::span<const size_t> from_bytes) override {
        check(mpi.all_to_all(to.data(), to_bytes.data(), from.data(), from_bytes.data()),
              "sending to each process");
    }

    void check(int failed, const char* operation) const {
        if (failed != 0)
            throw Error("rank {} of {} on host {}: {}: {}", place.rank, place.size, place.host, operation,
                        mpi.problem());
    }

    MpiLibrary mpi;
    VkmMpiPlace place{0, 1, 0, 1, {}};
    std::string host;
};

Processes::Processes() = default;
Processes::~Processes() = default;
Processes::Processes(Processes&&) noexcept = default;

bool Processes::in_this_build() {
#ifdef VKM_MPI_LIBRARY
    return true;
#else
    return false;
#endif
}

Processes Processes::join() {
    Processes processes;
    const Launch launch = launch_of_this();
    if (!launch.acquainted)
        throw UsageError(fmt::format(
            "srun has started {} tasks that do not know of each other: start them with srun --mpi=pmix, or one task",
            launch.size));
    if (!launch.alone()) processes.joined_ = std::make_unique<Joined>(launch);
    return processes;
}

graph::World& Processes::world() const {
    return joined_ ? *joined_ : graph::one_process();
}
size_t Processes::local_rank() const {
    return joined_ ? joined_->place.local_rank : 0;
}
size_t Processes::local_size() const {
    return joined_ ? joined_->place.local_size : 1;
}
const std::string& Processes::host() const {
    static const std::string here;
    return joined_ ? joined_->host : here;
}

std::string Processes::name() const {
    return fmt::format("rank {} of {} on host {}", world().rank(), world().size(), host());
}

void Processes::abort(int status) const {
    if (joined_) joined_->mpi.abort(status);
}

}  // namespace vkm::apps
