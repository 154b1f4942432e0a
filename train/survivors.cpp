#include <train/survivors.h>

#include <fmt/ranges.h>

namespace vkm::train {

std::string current_message() try { throw; } catch (const std::exception& error) {
    return error.what();
}

std::string described(const ModelOnDevices& replicas) {
    std::vector<std::string> names;
    for (size_t i = 0; i < replicas.count(); ++i)
        names.push_back(replicas.device(i).description());
    return fmt::format("{}", fmt::join(names, ", "));
}

void on_survivors(ModelOnDevices& replicas, const std::function<void()>& work,
                  const std::function<void(std::span<const size_t>, const std::string&)>& leave_out) {
    for (;;) {
        try {
            return work();
        } catch (const Error& error) {
            const std::string why = error.what();
            const std::vector<size_t> failed = replicas.failing();
            if (failed.empty() || failed.size() == replicas.count() || replicas.job().has_others()) throw;
            leave_out(failed, why);
        }
    }
}

}  // namespace vkm::train
