#include <engine/error.h>
#include <train/largest_batch.h>
#include <train/share_fitting.h>
#include <train/together.h>

#include <array>

namespace vkm::train {
namespace {

std::string described(const ModelOnDevices& model, size_t device) {
    if (!model.job().has_others()) return model.device(device).description();
    return fmt::format("device {} of the {} of all processes", device, model.count_of_all());
}

// Returns how many images of its share each device can have.
std::vector<int64_t> largest_shares(const ModelOnDevices& model, std::span<const Share> shares,
                                    PixelType pixels, const BuildStep& build) {
    const std::vector<StepShape> shapes = model.shapes(shares, pixels);
    std::vector<int64_t> own;
    for (size_t i = 0; i < shapes.size(); ++i)
        own.push_back(largest_share(model, i, shapes[i], build));
    return gather_lists(model.world(), own);
}

}  // namespace

void fit_shares(ShareBalance& balance, ModelOnDevices& model, PixelType pixels, const BuildStep& build,
                int64_t least, const std::function<void(const std::string&)>& say) {
    while (model.count_of_all() > 1) {
        const std::vector<int64_t> largest = largest_shares(model, balance.shares(), pixels, build);
        size_t i = 0;
        while (i < largest.size() && largest[i] >= balance.shares()[i].count)
            ++i;
        if (i == largest.size()) return;
        const std::string name = described(model, i);
        if (largest[i] >= least) {
            say(fmt::format("{} takes at most {} images of a batch: its memory holds no more", name,
                            largest[i]));
            balance.limit(i, largest[i]);
        } else if (model.job().has_others()) {
            throw OutOfDeviceMemory("{}: its memory holds no part of a batch: start the processes without it",
                                    name);
        } else {
            say(fmt::format("{} is left out: its memory holds no part of a batch", name));
            model.drop(std::array{i});
            balance.drop(std::array{i});
        }  // the others have more now
    }
}

}  // namespace vkm::train
