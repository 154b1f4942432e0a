#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vkm {

/// Says how a process was started: by itself, or as one of several by mpirun, srun and the like.
struct Launch {
    size_t size = 1;         ///< 0: several or one, as the launcher will say
    std::string by = {};     ///< the variable of the environment that says so, with its value
    bool acquainted = true;  ///< whether the processes can find each other
    std::vector<std::string> variables = {};  ///< all that say so

    bool alone() const { return size == 1; }
};

/// Reads it from the environment, of which `variable` returns one, or null.
Launch launch_of(const std::function<const char*(const char*)>& variable);
/// Reads it from this process's environment.
Launch launch_of_this();

/// Returns why what one process does alone is not done by several, each of which would do all of it, and what to do;
/// empty for one process, and where the launcher alone knows how many there are. `what` names the program and what
/// it does.
std::string refusal_of_several(const Launch&, const std::string& what);

}  // namespace vkm
