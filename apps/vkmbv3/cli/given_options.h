#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vkm::apps {

/// Holds values by long option name, in the order in which a file has them.
using OptionValues = std::vector<std::pair<std::string, std::string>>;

/// Says that an option chooses what others mean: another --optimizer leaves the first one's learning rate
/// without a meaning.
struct Choice {
    std::string option;
    std::string off = {};                  ///< the value that does so; empty: any other than it had
    std::vector<std::string> others = {};  ///< by long name
};

/// Holds a command's arguments, and adds to them what files say. What was there first wins: the command line,
/// then each source in the order of its adding.
class GivenOptions {
  public:
    /// Takes the arguments without the command's name.
    GivenOptions(std::vector<std::string> arguments, const CLI::App& command);

    bool has(std::string_view option) const { return find(option) != nullptr; }
    /// Throws UsageError for an option whose value is empty: as a file's name it would mean that there is none, and
    /// behind an equals sign CLI11 takes the next argument in its place.
    void refuse_empty_values() const;
    /// Returns an option's value by its first long name; nothing where it is not given, or lacks its value.
    std::optional<std::string> value(std::string_view option) const;

    /// Adds the values of options that are not given yet. Where a choice is given and is not that of the source, the
    /// source's values that hang on it are left out; returns their names. Throws UsageError where an option is
    /// unknown or its value is empty; `source` is what the message calls the file.
    std::vector<std::string> add(const OptionValues&, const std::string& source,
                                 std::span<const Choice> = {});

    const CLI::App& command() const { return command_; }
    /// Returns all of them, those that were added in front.
    const std::vector<std::string>& arguments() const { return arguments_; }

  private:
    struct Given {
        std::string name;                  ///< the first long one, without "--"
        std::optional<std::string> value;  ///< empty where none follows or the option takes none
    };

    const Given* find(std::string_view name) const;
    /// Returns an option's first long name. Throws UsageError where it is unknown.
    std::string known_name(const std::string& name, const std::string& source) const;
    bool hangs_on_another_choice(const std::string& name, const OptionValues&, std::span<const Choice>) const;

    std::vector<std::string> arguments_;
    const CLI::App& command_;
    std::vector<Given> given_;
    bool has_empty_argument_ = false;  ///< one that is no option's value
};

/// Returns an option's first long name without "--", or nothing.
std::string long_name(const CLI::Option&);

/// Returns " (did you mean 'width'?)" with the command's option whose long name is nearly this one, or nothing.
std::string nearest_option(const std::string& misspelt, const CLI::App& command);

}  // namespace vkm::apps
