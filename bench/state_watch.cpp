#include <bench/state_watch.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace vkm::bench {
namespace {

using nlohmann::json;

// Returns the smaller one of those that are known.
double known_least(double a, double b) {
    return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

DeviceState least_of(const DeviceState& a, const DeviceState& b) {
    return {known_least(a.core_mhz, b.core_mhz), known_least(a.memory_mhz, b.memory_mhz),
            known_least(a.temperature, b.temperature), a.held_by_heat && b.held_by_heat,
            a.held_by_power && b.held_by_power};
}

DeviceState most_of(const DeviceState& a, const DeviceState& b) {
    return {std::max(a.core_mhz, b.core_mhz), std::max(a.memory_mhz, b.memory_mhz),
            std::max(a.temperature, b.temperature), a.held_by_heat || b.held_by_heat,
            a.held_by_power || b.held_by_power};
}

}  // namespace

StateWatch::Seen seen_with(const StateWatch::Seen& before, const DeviceState& now) {
    return {least_of(before.least, now), most_of(before.most, now)};
}

struct StateWatch::Thread {
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    std::optional<Seen> seen;
    std::thread thread;

    void look(uint32_t vendor, uint32_t device, bool software) {
        const std::optional<DeviceState> now = read_state(vendor, device, software);
        const std::lock_guard lock(mutex);
        if (!now) return;
        if (!seen) seen = Seen{*now, *now};
        *seen = seen_with(*seen, *now);
    }
};

StateWatch::StateWatch(const engine::DeviceSnapshot& device) : thread_(std::make_unique<Thread>()) {
    thread_->thread = std::thread([this, vendor_id = device.vendor_id, device_id = device.device_id,
                                   software = device.type == engine::DeviceType::cpu] {
        std::unique_lock lock(thread_->mutex);
        while (!thread_->over) {
            lock.unlock();
            thread_->look(vendor_id, device_id, software);
            lock.lock();
            thread_->changed.wait_for(lock, std::chrono::seconds(1), [&] { return thread_->over; });
        }
    });
}

StateWatch::~StateWatch() {
    {
        const std::lock_guard lock(thread_->mutex);
        thread_->over = true;
    }
    thread_->changed.notify_all();
    thread_->thread.join();
}

std::optional<StateWatch::Seen> StateWatch::seen() const {
    const std::lock_guard lock(thread_->mutex);
    return thread_->seen;
}

std::string in_words(const StateWatch::Seen& seen) {
    std::string text;
    const auto add = [&](const char* before, double least, double most, const char* unit) {
        if (most <= 0) return;
        text += fmt::format("{}{}{:.0f}", text.empty() ? "" : ", ", before, least);
        if (std::round(least) != std::round(most)) text += fmt::format(" to {:.0f}", most);
        text += unit;
    };
    add("", seen.least.core_mhz, seen.most.core_mhz, " MHz");
    add("memory ", seen.least.memory_mhz, seen.most.memory_mhz, " MHz");
    add("", seen.least.temperature, seen.most.temperature, " °C");
    if (seen.most.held_by_heat) text += ", held down by heat";
    if (seen.most.held_by_power) text += ", held down by its power limit";
    return text;
}

json to_json(const StateWatch::Seen& seen) {
    json members = json::object();
    const auto add = [&](const char* object, const char* name, double value) {
        if (value > 0) members[object][name] = value;
    };
    add("clocks", "core_least_mhz", seen.least.core_mhz);
    add("clocks", "core_most_mhz", seen.most.core_mhz);
    add("clocks", "memory_least_mhz", seen.least.memory_mhz);
    add("clocks", "memory_most_mhz", seen.most.memory_mhz);
    add("temperature", "least_c", seen.least.temperature);
    add("temperature", "most_c", seen.most.temperature);
    if (seen.most.held_by_heat) members["held_by"].push_back("heat");
    if (seen.most.held_by_power) members["held_by"].push_back("power");
    return members;
}

}  // namespace vkm::bench
