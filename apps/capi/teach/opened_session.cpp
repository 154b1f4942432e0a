#include "opened_session.h"

#include "../instance.h"

namespace vkm::capi {
namespace {

teach::Session::Options options_of(const vkmbv3_session_options& given) {
    teach::Session::Options options;
    options.device = device_index(given.device);
    options.instance = &instance();
    if (options.device >= instance().devices().size())
        throw NoDevice("there is no device {}: `vkmbv3 devices` lists them", options.device);
    if (given.weights) options.weights = given.weights;
    return options;
}

}  // namespace

OpenedSession::OpenedSession(const std::string& folder, const vkmbv3_session_options& options)
    : session(folder, options_of(options)) {}

}  // namespace vkm::capi
