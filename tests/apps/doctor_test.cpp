#include "support/temporary_folder.h"

#include <doctor/advice.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace vkm::test {
namespace {

using namespace apps;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

engine::DeviceSnapshot device(uint32_t vendor, engine::DeviceType type) {
    engine::DeviceSnapshot snapshot;
    snapshot.vendor_id = vendor;
    snapshot.type = type;
    return snapshot;
}

const engine::DeviceSnapshot lavapipe = device(0x10005, engine::DeviceType::cpu);
const engine::DeviceSnapshot radeon = device(0x1002, engine::DeviceType::discrete);

Machine machine(std::vector<std::string> distributions, std::vector<Gpu> gpus) {
    Machine machine;
    machine.distributions = std::move(distributions);
    machine.gpus = std::move(gpus);
    return machine;
}

TEST(AdviceTest, NothingIsToDoWhereTheGpuIsShown) {
    const std::vector devices{radeon, lavapipe};
    EXPECT_THAT(advice(machine({"debian"}, {{"card0", 0x1002, 0x73bf, "amdgpu"}}), {.devices = devices}),
                IsEmpty());
}

TEST(AdviceTest, AMissingLoaderIsTheFirstThingToInstall) {
    EXPECT_THAT(advice(machine({"arch"}, {}), {.has_loader = false}),
                ElementsAre("the Vulkan loader is missing: pacman -S vulkan-icd-loader"));
}

TEST(AdviceTest, AGpuWithoutADriverGetsItsVendorsPackageOfTheDistribution) {
    const std::vector devices{lavapipe};
    const auto said = [&](std::vector<std::string> distributions, Gpu gpu) {
        return advice(machine(std::move(distributions), {std::move(gpu)}), {.devices = devices});
    };
    EXPECT_THAT(said({"debian"}, {"card0", 0x1002, 0x73bf, "amdgpu"}),
                ElementsAre("the AMD GPU 1002:73bf has no Vulkan driver: apt install mesa-vulkan-drivers"));
    EXPECT_THAT(said({"manjaro", "arch"}, {"card1", 0x8086, 0x56a0, "xe"}),
                ElementsAre("the Intel GPU 8086:56a0 has no Vulkan driver: pacman -S vulkan-intel"));
    EXPECT_THAT(said({"linuxmint", "ubuntu", "debian"}, {"card0", 0x10de, 0x2684, "nvidia"}),
                ElementsAre("the NVIDIA GPU 10de:2684 has no Vulkan driver: ubuntu-drivers install"));
    EXPECT_THAT(said({"windows"}, {"Microsoft Basic Display Adapter", 0x10de, 0x2684, ""}),
                ElementsAre(HasSubstr("has no driver in the kernel: install NVIDIA's graphics driver")));
    EXPECT_THAT(said({"fedora"}, {"card0", 0x10de, 0x2684, "nouveau"}),
                ElementsAre(HasSubstr("akmod-nvidia")));
    EXPECT_THAT(
        said({"plan9"}, {"card0", 0, 0, "panthor"}),
        ElementsAre("the GPU card0 (kernel driver panthor) has no Vulkan driver: install the vendor's or "
                    "Mesa's Vulkan driver"));
    EXPECT_THAT(said({"debian"}, {"card0", 0x1002, 0x73bf, ""}),
                ElementsAre(HasSubstr("no driver in the kernel")));
}

TEST(AdviceTest, ANodeThatDoesNotOpenIsAMatterOfGroups) {
    Machine laptop = machine({"ubuntu"}, {{"card0", 0x8086, 0x9a49, "i915"}});
    laptop.render_nodes = {{"/dev/dri/renderD128", false}};
    const std::vector devices{lavapipe};
    EXPECT_THAT(
        advice(laptop, {.devices = devices}),
        ElementsAre("/dev/dri/renderD128 cannot be opened: `sudo usermod -aG render,video $USER`, and log in "
                    "again"));
}

TEST(AdviceTest, AVariableThatHidesDriversIsNamed) {
    Machine hidden = machine({"ubuntu"}, {{"card0", 0x8086, 0x9a49, "i915"}});
    hidden.variables = {{"VK_DRIVER_FILES", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"}};
    const std::vector devices{lavapipe};
    EXPECT_THAT(advice(hidden, {.devices = devices}), ElementsAre(HasSubstr("VK_DRIVER_FILES=")));
}

TEST(AdviceTest, ADriverThatCannotBeUsedIsNamedFirst) {
    Machine broken = machine({"debian"}, {});
    broken.broken_drivers = {{"/home/me/lvp.json", "it is no JSON", "VK_DRIVER_FILES"},
                             {"/usr/share/vulkan/icd.d/x.json", "it names no library"}};
    broken.variables = {{"VK_DRIVER_FILES", "/home/me/lvp.json"}};
    EXPECT_THAT(
        advice(broken, {}),
        ElementsAre(
            "VK_DRIVER_FILES names /home/me/lvp.json, which cannot be used, as it is no JSON: unset it, or "
            "correct it",
            HasSubstr("install its package again"), HasSubstr("hides every other driver"),
            HasSubstr("nothing can be run")));
}

TEST(AdviceTest, ACardThatOnlyDrawsAConsoleNeedsNoDriver) {
    const std::vector devices{lavapipe};
    EXPECT_THAT(advice(machine({"debian"}, {{"card0", 0x1a03, 0x2000, "ast"}}), {.devices = devices}),
                IsEmpty());
}

TEST(AdviceTest, WithoutAnyDeviceTheSoftwareDriverIsNamed) {
    EXPECT_THAT(advice(machine({"alpine"}, {}), {}), ElementsAre(HasSubstr("apk add mesa-vulkan-swrast")));
}

TEST(AdviceTest, AContainerWithoutAGpuIsToldHowItGetsOne) {
    Machine container = machine({"debian"}, {});
    container.is_container = true;
    const std::vector devices{lavapipe};
    EXPECT_THAT(advice(container, {.devices = devices}), ElementsAre(HasSubstr("--device /dev/dri")));
}

class MachineTest : public testing::Test {
  protected:
    void write(const std::filesystem::path& file, const std::string& text) {
        std::filesystem::create_directories((root_.path() / file).parent_path());
        std::ofstream(root_.path() / file) << text;
    }

    TemporaryFolder root_;
};

TEST_F(MachineTest, IsReadFromWhatTheKernelShows) {
    write("etc/os-release", "PRETTY_NAME=\"Linux Mint 22\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n");
    write("proc/sys/kernel/osrelease", "6.8.0-31-generic\n");
    write("proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD Ryzen 7 7840U\n");
    write("proc/meminfo", "MemTotal:       32768000 kB\n");
    write("sys/class/drm/card1/device/vendor", "0x1002\n");
    write("sys/class/drm/card1/device/device", "0x15bf\n");
    std::filesystem::create_directory_symlink("../../../bus/pci/drivers/amdgpu",
                                              root_.path() / "sys/class/drm/card1/device/driver");
    write("sys/class/drm/card1-eDP-1/status", "connected\n");
    write("dev/dri/renderD128", "");
    write("usr/share/vulkan/icd.d/radeon_icd.x86_64.json", "{}");
    const Machine found = this_machine(root_.path());
    EXPECT_EQ(found.system, "Linux Mint 22, Linux 6.8.0-31-generic");
    EXPECT_THAT(found.distributions, ElementsAre("linuxmint", "ubuntu", "debian"));
    EXPECT_EQ(found.processor, "AMD Ryzen 7 7840U");
    EXPECT_EQ(found.memory_bytes, uint64_t{32768000} << 10);
    ASSERT_EQ(found.gpus.size(), 1u);
    EXPECT_EQ(found.gpus[0].vendor, 0x1002u);
    EXPECT_EQ(found.gpus[0].device, 0x15bfu);
    EXPECT_EQ(found.gpus[0].driver, "amdgpu");
    ASSERT_EQ(found.render_nodes.size(), 1u);
    EXPECT_TRUE(found.render_nodes[0].opens);
    EXPECT_THAT(found.manifests, ElementsAre("radeon_icd.x86_64.json"));
}

TEST_F(MachineTest, FindsDriversThatTheLoaderCannotUse) {
    const std::string folder = "usr/share/vulkan/icd.d/";
    write(folder + "a.json", "{broken");
    write(folder + "b.json", R"({"ICD": {"library_path": "./libnowhere.so"}})");
    write(folder + "c.json", "[]");
    write(folder + "d.json", R"({"ICD": {"library_path": "libm.so.6"}})");
    std::vector<std::string> found;
    for (const BrokenDriver& driver : this_machine(root_.path()).broken_drivers)
        if (driver.variable.empty())
            found.push_back(std::filesystem::path(driver.manifest).filename().string() + " " + driver.why);
    EXPECT_THAT(
        found, ElementsAre("a.json it is no JSON", HasSubstr("libnowhere.so"), "c.json it names no library"));
}

TEST_F(MachineTest, OfWhatCannotBeReadNothingIsSaid) {
    const Machine found = this_machine(root_.path() / "nowhere");
    EXPECT_EQ(found.system, "Linux");
    EXPECT_THAT(found.gpus, IsEmpty());
    EXPECT_EQ(found.memory_bytes, 0u);
}

}  // namespace
}  // namespace vkm::test
