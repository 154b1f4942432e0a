#pragma once

#include "shell/description.h"

#include <span>
#include <string>
#include <string_view>

namespace vkm::apps {

using Commands = std::span<const CommandDescription>;

/// Return a script by which a shell completes the program's commands, options and their values.
std::string bash_completion(Commands);
std::string zsh_completion(Commands);
std::string fish_completion(Commands);

/// Returns the program's manual page, in man's macros of roff. `about` is what the program does, in a sentence.
std::string manual_page(std::string_view about, std::string_view version, Commands);

}  // namespace vkm::apps
