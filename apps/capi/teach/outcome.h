#pragma once

#include "../status.h"

#include <teach/teach_error.h>
#include <train/checkpoint.h>
#include <train/data/dataset.h>

namespace vkm::capi {

/// Runs what a C function of sessions does, as guarded(). What teach/ and train/ throw has no row in the table of
/// status.cpp, which sees neither: it is Refused.
template <typename F>
vkmbv3_status guarded_session(F&& call) noexcept {
    return guarded([&] {
        try {
            call();
        } catch (const teach::TeachError& error) {
            throw Refused("{}", error.what());
        } catch (const train::DatasetError& error) {
            throw Refused("{}", error.what());
        } catch (const train::CheckpointError& error) {
            throw Refused("{}", error.what());
        }
    });
}

}  // namespace vkm::capi
