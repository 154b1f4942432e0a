#include <base/checksum.h>
#include <base/environment.h>
#include <engine/cache/pipeline_cache.h>
#include <engine/log.h>
#include <engine/vulkan/device.h>

#include <fstream>
#include <iterator>

namespace vkm::engine {

std::filesystem::path cache_folder() {
    if (const std::string own = environment("VKMBV3_CACHE"); !own.empty()) return own;
    const std::filesystem::path all = user_cache_folder();
    return all.empty() ? all : all / "vkmbv3";
}

PipelineCache::PipelineCache(std::shared_ptr<Context> context)
    : context_(std::move(context)), identity_(cache_identity(context_->snapshot, shader_build())) {
    const std::filesystem::path folder = cache_folder();
    if (!folder.empty()) path_ = folder / cache_file_name(identity_);
    const std::vector<std::byte> file = load();
    const DecodedCache decoded = decode_cache(identity_, file);
    if (std::error_code none; !decoded.refused.empty() && std::filesystem::exists(path_, none))
        log().info("pipeline cache {} is not used: {}", path_.string(), decoded.refused);

    auto info = structure<VkPipelineCacheCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO);
    info.initialDataSize = decoded.data.size();
    info.pInitialData = decoded.data.data();
    if (!decoded.data.empty()) saved_checksum_ = fnv1a(decoded.data);
    cache_ = context_->create(&VolkDeviceTable::vkCreatePipelineCache,
                              &VolkDeviceTable::vkDestroyPipelineCache, info, "creating the pipeline cache");
}

std::vector<std::byte> PipelineCache::load() const {
    std::ifstream in(path_, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

void PipelineCache::save() noexcept try {
    if (path_.empty()) return;
    size_t size = 0;
    context_->check(context_->vk.vkGetPipelineCacheData(context_->device, cache_.get(), &size, nullptr),
                    "reading the pipeline cache");
    std::vector<std::byte> data(size);
    context_->check(context_->vk.vkGetPipelineCacheData(context_->device, cache_.get(), &size, data.data()),
                    "reading the pipeline cache");
    data.resize(size);
    const uint64_t checksum = fnv1a(data);
    if (checksum == saved_checksum_) return;
    write_cache_file(path_, encode_cache(identity_, data));
    saved_checksum_ = checksum;
} catch (const std::exception& error) {
    log().warn("pipeline cache {} is not saved: {}", path_.string(), error.what());
}

}  // namespace vkm::engine
