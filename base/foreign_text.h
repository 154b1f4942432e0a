#pragma once

#include <string>
#include <string_view>

namespace vkm {

/// Throws vkm::Error where bytes are no text of eight bits a character, naming what they are where that can be
/// told: a spreadsheet, a compressed file, …
void require_plain_text(std::string_view bytes, const std::string& name);

}  // namespace vkm
