#include <base/command_output.h>
#include <bench/clocks.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

namespace vkm::bench {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t amd = 0x1002, intel = 0x8086, nvidia = 0x10de;

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

double number_of(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

uint32_t id_of(const fs::path& path) {
    uint32_t id = 0;
    const std::string text = text_of(path);
    if (text.starts_with("0x")) std::from_chars(text.data() + 2, text.data() + text.size(), id, 16);
    return id;
}

Clocks clocks_of_card(const fs::path& card) {
    Clocks clocks{marked_rate(text_of(card / "device/pp_dpm_sclk")),
                  marked_rate(text_of(card / "device/pp_dpm_mclk"))};
    // i915's names, and xe's.
    for (const char* rate : {"gt_act_freq_mhz", "device/tile0/gt0/freq0/act_freq"})
        if (clocks.core == 0) clocks.core = number_of(text_of(card / rate));
    return clocks;
}

std::optional<Clocks> clocks_in_sys(uint32_t vendor, uint32_t device, const fs::path& root) {
    std::optional<Clocks> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(root / "sys/class/drm", none)) {
        const std::string name = entry.path().filename().string();
        // Not its outputs, "card0-HDMI-A-1".
        if (!name.starts_with("card") || name.find('-') != name.npos) continue;
        if (id_of(entry.path() / "device/vendor") != vendor ||
            id_of(entry.path() / "device/device") != device)
            continue;
        const Clocks clocks = clocks_of_card(entry.path());
        if (clocks.core == 0 && clocks.memory == 0) continue;
        if (found && (found->core != clocks.core || found->memory != clocks.memory)) return {};
        found = clocks;
    }
    return found;
}

std::optional<Clocks> clocks_of_nvidia(uint32_t device) {
    std::istringstream output(command_output(
        "nvidia-smi --query-gpu=pci.device_id,clocks.sm,clocks.mem --format=csv,noheader,nounits"));
    std::optional<Clocks> found;
    for (std::string line; std::getline(output, line);) {
        unsigned id = 0;
        Clocks clocks;
        if (std::sscanf(line.c_str(), "0x%x, %lf, %lf", &id, &clocks.core, &clocks.memory) != 3) continue;
        if (id >> 16 != device) continue;
        if (found && (found->core != clocks.core || found->memory != clocks.memory)) return {};
        found = clocks;
    }
    return found;
}

std::optional<Clocks> clocks_of_processor(const fs::path& root) {
    std::ifstream file(root / "proc/cpuinfo");
    Clocks clocks;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("cpu MHz"))
            clocks.core = std::max(clocks.core, number_of(line.substr(line.find(':') + 1)));
    return clocks.core > 0 ? std::optional(clocks) : std::nullopt;
}

}  // namespace

double marked_rate(std::string_view list) {
    const size_t mark = list.find('*');
    if (mark == list.npos) return 0;
    const size_t line = list.rfind('\n', mark) == list.npos ? 0 : list.rfind('\n', mark) + 1;
    const size_t colon = list.find(':', line);
    return colon < mark ? number_of(list.substr(colon + 1, mark - colon)) : 0;
}

std::optional<Clocks> read_clocks(uint32_t vendor_id, uint32_t device_id, bool software,
                                  const fs::path& root) {
    if (software) return clocks_of_processor(root);
    if (vendor_id == nvidia) return clocks_of_nvidia(device_id);
    if (vendor_id == amd || vendor_id == intel) return clocks_in_sys(vendor_id, device_id, root);
    return {};
}

struct ClockWatch::Thread {
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    std::optional<Seen> seen;
    std::thread thread;

    void look(uint32_t vendor, uint32_t device, bool software) {
        const std::optional<Clocks> now = read_clocks(vendor, device, software);
        const std::lock_guard lock(mutex);
        if (!now) return;
        if (!seen) seen = Seen{*now, *now};
        seen->least = {std::min(seen->least.core, now->core), std::min(seen->least.memory, now->memory)};
        seen->most = {std::max(seen->most.core, now->core), std::max(seen->most.memory, now->memory)};
    }
};

ClockWatch::ClockWatch(uint32_t vendor_id, uint32_t device_id, bool software)
    : thread_(std::make_unique<Thread>()) {
    thread_->thread = std::thread([this, vendor_id, device_id, software] {
        std::unique_lock lock(thread_->mutex);
        while (!thread_->over) {
            lock.unlock();
            thread_->look(vendor_id, device_id, software);
            lock.lock();
            thread_->changed.wait_for(lock, std::chrono::seconds(1), [&] { return thread_->over; });
        }
    });
}

ClockWatch::~ClockWatch() {
    {
        const std::lock_guard lock(thread_->mutex);
        thread_->over = true;
    }
    thread_->changed.notify_all();
    thread_->thread.join();
}

std::optional<ClockWatch::Seen> ClockWatch::seen() const {
    const std::lock_guard lock(thread_->mutex);
    return thread_->seen;
}

}  // namespace vkm::bench
