#include <base/atomic_file.h>
#include <teach/session_lock.h>
#include <teach/teach_error.h>

namespace vkm::teach {
namespace {

const std::filesystem::path& made(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
        throw FileError(
            "the session's folder {} cannot be made: {}; choose another, with `vkmbv3-demo --session DIR`",
            folder.string(), failed.message());
    return folder;
}

}  // namespace

SessionLock::SessionLock(const std::filesystem::path& folder) : lock_(made(folder)) {
    if (!lock_.held())
        throw TeachError(
            "the session {} is open already: close the program that has it, or name another folder",
            folder.string());
}

}  // namespace vkm::teach
