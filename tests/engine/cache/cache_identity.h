#pragma once

#include <engine/cache/cache_file.h>

#include <vector>

namespace vkm::engine {

inline CacheIdentity identity() {
    return {1, 2, 3, 4, {5}, {6}, {7}, 8, 9};
}

struct OtherIdentity {
    CacheIdentity identity;
    const char* refusal;  ///< of a file of identity()
};

/// Returns one for every field in which a device, a driver or a build may differ.
inline std::vector<OtherIdentity> other_identities() {
    std::vector<OtherIdentity> others(9, {identity(), "it is of another device or driver"});
    ++others[0].identity.vendor_id;
    ++others[1].identity.device_id;
    ++others[2].identity.driver_version;
    ++others[3].identity.driver_id;
    ++others[4].identity.device_uuid[15];
    ++others[5].identity.driver_uuid[15];
    ++others[6].identity.cache_uuid[15];
    ++others[7].identity.name_hash;
    ++others[8].identity.build;
    others[8].refusal = "it is of another build";
    return others;
}

}  // namespace vkm::engine
