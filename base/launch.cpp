#include <base/launch.h>

#include <fmt/ranges.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace vkm {
namespace {

// Returns the number that a variable holds; 0 where it is not set or holds none.
size_t number_in(const char* text) {
    size_t number = 0;
    if (text != nullptr) std::from_chars(text, text + std::string_view(text).size(), number);
    return number;
}

}  // namespace

Launch launch_of(const std::function<const char*(const char*)>& variable) {
    constexpr const char* open_mpi_size = "OMPI_COMM_WORLD_SIZE";
    // Open MPI sets both. Who takes the size away hides the launcher; PMIX_RANK, and what Slurm says of the step in
    // which mpirun's daemons run, are then not meant either.
    if (variable("OMPI_COMM_WORLD_RANK") != nullptr && variable(open_mpi_size) == nullptr) return {};
    for (const char* const name : {open_mpi_size, "PMI_SIZE"})
        if (const size_t size = number_in(variable(name)); size > 0)
            return {.size = size, .by = fmt::format("{}={}", name, size), .variables = {name}};
    constexpr const char* slurm_tasks = "SLURM_STEP_NUM_TASKS";
    Launch launch{.size = number_in(variable(slurm_tasks))};
    if (launch.size > 1) {
        launch.by = fmt::format("{}={}", slurm_tasks, launch.size);
        launch.variables = {slurm_tasks};
        launch.acquainted = false;
    }
    if (const char* const rank = variable("PMIX_RANK")) {
        launch.by = fmt::format("PMIX_RANK={}", rank);
        launch.variables.emplace_back("PMIX_RANK");
        launch.acquainted = true;
        return launch;
    }
    return launch.size > 1 ? launch : Launch{};
}

Launch launch_of_this() {
    return launch_of([](const char* name) { return std::getenv(name); });
}

std::string refusal_of_several(const Launch& launch, const std::string& what) {
    if (launch.size <= 1) return {};
    return fmt::format(
        "{} is for one process, and {} were started ({}), each of which would do all of it: start one, or, where each has "
        "files of its own, hide the others with env -u {}",
        what, launch.size, launch.by, fmt::join(launch.variables, " -u "));
}

}  // namespace vkm
