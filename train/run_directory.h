#pragma once

#include <base/error.h>
#include <base/folder.h>

#include <filesystem>
#include <memory>
#include <string>

namespace vkm::train {

/// Reports a run directory that cannot be used; the message says what to do.
class RunDirectoryError : public Error {
  public:
    using Error::Error;
};

/// Holds the paths of what a run writes: config.yaml, metrics.jsonl, weights.safetensors,
/// best.safetensors, checkpoint/. While it or a copy is there no other process has the directory: two runs would
/// write each other's files.
class RunDirectory {
  public:
    /// Makes a new directory; without a path runs/NAME, or the first of runs/NAME-2, … that is free. One that was made
    /// goes with the last copy where nothing was written into it: the run never began. Throws RunDirectoryError where
    /// it already holds a run, another process begins one or it cannot be written to.
    static RunDirectory fresh(const std::filesystem::path&, const std::string& name);

    /// Opens one that holds a run, if only its beginnings, and removes the half-written files of a run that
    /// was killed. Throws RunDirectoryError where there is no run, or another process makes it.
    static RunDirectory existing(const std::filesystem::path&);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path config() const { return path_ / "config.yaml"; }
    std::filesystem::path checkpoint() const { return path_ / "checkpoint"; }
    std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
    /// Returns whether the run has a checkpoint. One that was killed early has none, and starts
    /// again from the beginning.
    bool has_checkpoint() const;

    /// Writes all that is in force, as YAML. Whenever the program ends, the old file
    /// or the new one is there, whole.
    void write_config(const std::string& yaml) const;

  private:
    /// Takes a directory that exists.
    explicit RunDirectory(std::filesystem::path);

    struct Made;

    std::filesystem::path path_;
    std::shared_ptr<const FolderLock> lock_;
    std::shared_ptr<const Made> made_;  ///< where fresh() made it; goes first, while the lock is held
};

}  // namespace vkm::train
