#pragma once

#include "../handles.h"

#include <teach/session.h>
#include <vkmbv3_teach.h>

#include <string>

namespace vkm::capi {

/// Holds a session that a program has opened.
class OpenedSession final : public Handled {
  public:
    static constexpr const char* kind = "session";

    /// Throws InvalidArgument where the options are not as vkmbv3_teach.h says, and what opening throws.
    OpenedSession(const std::string& folder, const vkmbv3_session_options&);

    teach::Session session;
};

}  // namespace vkm::capi
