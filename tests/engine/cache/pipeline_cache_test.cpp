#include <engine/cache/pipeline_cache.h>
#include <engine/vulkan/device_impl.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/environment.h"
#include "engine/test_kernels.h"

namespace vkm::engine {
namespace {

namespace fs = std::filesystem;

TEST(CacheFolderTest, FollowsTheEnvironment) {
    const Variable home("HOME", "/home/me"), xdg("XDG_CACHE_HOME", "/xdg"), own("VKMBV3_CACHE", "/own");
    EXPECT_EQ(cache_folder(), "/own");
    const Variable no_own("VKMBV3_CACHE", "");
    EXPECT_EQ(cache_folder(), "/xdg/vkmbv3");
    const Variable no_xdg("XDG_CACHE_HOME", "");
    EXPECT_EQ(cache_folder(), "/home/me/.cache/vkmbv3");
    const Variable no_home("HOME", "");
    EXPECT_EQ(cache_folder(), "");
}

class PipelineCacheTest : public testing::Test {
  protected:
    PipelineCacheTest()
        : folder_(fs::temp_directory_path() / ("vkmbv3-cache-test-" + std::to_string(getpid()))),
          variable_("VKMBV3_CACHE", folder_.string()) {
        fs::remove_all(folder_);
    }
    ~PipelineCacheTest() override { fs::remove_all(folder_); }

    fs::path file(const Device& device) const {
        return folder_ / cache_file_name(cache_identity(device.snapshot(), shader_build()));
    }
    /// Opens a device, compiles a kernel, runs it and closes the device, which saves the cache.
    fs::path use(uint32_t index) const {
        const auto device = test_instance()->open(index);
        const Block block = device->allocate(4096, MemoryKind::device, "block");
        CommandList list = device->record();
        list.fill({&block, 0, 64}, 0x3f800000);
        record_scale(*device, list, {&block, 0, 64}, {&block, 2048, 64}, 2);
        list.finish();
        device->wait(device->submit(list));
        EXPECT_EQ(read_all<float>(*device, block, 2048, 1)[0], 2.0f);
        return file(*device);
    }
    static std::vector<std::byte> contents(const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        const std::vector<char> chars{std::istreambuf_iterator<char>(in), {}};
        const auto bytes = std::as_bytes(std::span(chars));
        return {bytes.begin(), bytes.end()};
    }
    static void replace(const fs::path& path, const std::vector<std::byte>& bytes) {
        std::ofstream out(path, std::ios::binary | std::ios::trunc);
        out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }

    fs::path folder_;
    Variable variable_;
};

TEST_F(PipelineCacheTest, IsWrittenAndReadAgain) {
    on_every_device([this](uint32_t index) {
        const fs::path path = use(index);
        const auto first = contents(path);
        ASSERT_FALSE(first.empty());
        const CacheIdentity id = cache_identity(test_instance()->devices()[index], shader_build());
        EXPECT_EQ(decode_cache(id, first).refused, "");
        EXPECT_EQ(use(index), path);
        EXPECT_EQ(decode_cache(id, contents(path)).refused, "");
        for (const auto& entry : fs::directory_iterator(folder_))
            EXPECT_EQ(entry.path().extension(), ".pipelines") << "a temporary file was left";
    });
}

TEST_F(PipelineCacheTest, DamagedFilesAreIgnoredAndReplaced) {
    on_every_device([this](uint32_t index) {
        const fs::path path = use(index);
        const auto good = contents(path);
        const DeviceSnapshot& snapshot = test_instance()->devices()[index];
        const CacheIdentity id = cache_identity(snapshot, shader_build());
        CacheIdentity stale = id;
        ++stale.driver_version;
        std::vector<std::vector<std::byte>> damaged{
            {}, std::vector(100, std::byte{0x5a}), encode_cache(stale, good), good, good};
        damaged[3].resize(good.size() / 2);
        damaged[4].back() ^= std::byte{1};
        for (const auto& bytes : damaged) {
            replace(path, bytes);
            use(index);
            EXPECT_EQ(decode_cache(id, contents(path)).refused, "");
        }
    });
}

/// The file is ours and whole, but what the driver finds in it is not: the driver must refuse it, not crash.
TEST_F(PipelineCacheTest, AnEmptyCacheIsNotGivenToTheDriver) {
    on_every_device([this](uint32_t index) {
        const fs::path path = use(index);
        replace(path, encode_cache(cache_identity(test_instance()->devices()[index], shader_build()), {}));
        use(index);
    });
}

TEST_F(PipelineCacheTest, AFolderThatCannotBeWrittenIsNoError) {
    std::ofstream(folder_) << "a file where the folder should be";
    on_every_device([this](uint32_t index) { use(index); });
}

TEST_F(PipelineCacheTest, WithoutAFolderNothingIsWritten) {
    const Variable own("VKMBV3_CACHE", ""), xdg("XDG_CACHE_HOME", ""), home("HOME", "");
    on_every_device([this](uint32_t index) { use(index); });
    EXPECT_FALSE(fs::exists(folder_));
}

}  // namespace
}  // namespace vkm::engine
