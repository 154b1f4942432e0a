#include <base/checksum.h>
#include <base/random.h>
#include <train/data/held_back.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>

namespace vkm::train {
namespace {

/// Gives some samples of another data set.
class Part final : public Dataset {
  public:
    Part(std::shared_ptr<const Dataset> whole, std::vector<uint32_t> samples)
        : whole_(std::move(whole)), samples_(std::move(samples)) {}

    size_t size() const override { return samples_.size(); }
    int num_classes() const override { return whole_->num_classes(); }
    const std::vector<std::string>& class_names() const override { return whole_->class_names(); }
    SampleKind kind() const override { return whole_->kind(); }
    int label(size_t index) const override { return whole_->label(samples_.at(index)); }
    std::string name(size_t index) const override { return whole_->name(samples_.at(index)); }
    Sample sample(size_t index) const override { return whole_->sample(samples_.at(index)); }
    image::Image part(size_t index, const image::ChoosePart& choose) const override {
        return whole_->part(samples_.at(index), choose);
    }
    std::optional<std::vector<std::byte>> file(size_t index) const override {
        return whole_->file(samples_.at(index));
    }
    std::vector<uint32_t> reading_order() const override {
        std::vector<uint32_t> order;
        for (const uint32_t sample : whole_->reading_order()) {
            const auto place = std::ranges::lower_bound(samples_, sample);
            if (place != samples_.end() && *place == sample)
                order.push_back(static_cast<uint32_t>(place - samples_.begin()));
        }
        return order;
    }
    void will_need(std::span<const uint32_t> samples) const override {
        std::vector<uint32_t> of_whole;
        for (const uint32_t sample : samples)
            of_whole.push_back(samples_.at(sample));
        whole_->will_need(of_whole);
    }

  private:
    std::shared_ptr<const Dataset> whole_;
    std::vector<uint32_t> samples_;  ///< ascending
};

template <typename T>
void shuffle_samples(std::vector<T>& values, Random& random) {
    for (size_t left = values.size(); left > 1; --left)  // Fisher-Yates
        std::swap(values[left - 1], values[random.below(static_cast<uint32_t>(left))]);
}

struct Class {
    int label = 0;
    std::vector<uint32_t> samples;
    size_t taken = 0;
    double rest = 0;  ///< what its fraction exceeds `taken` by
};

/// Says how many of each class are held back, by the largest remainders; chance decides between equal ones.
void share_out(std::vector<Class>& classes, size_t wanted, double fraction, uint64_t seed) {
    for (Class& c : classes) {
        const double share = fraction * static_cast<double>(c.samples.size());
        c.taken = std::min(static_cast<size_t>(share), c.samples.size() - 1);
        c.rest = share - static_cast<double>(c.taken);
        wanted -= std::min(wanted, c.taken);
    }
    Random random(RandomStream::validation_split, {seed});
    std::vector<Class*> order;
    for (Class& c : classes)
        order.push_back(&c);
    shuffle_samples(order, random);
    std::ranges::stable_sort(order, std::greater{}, &Class::rest);
    for (Class* c : order) {
        if (wanted == 0) break;
        if (c->taken + 1 >= c->samples.size()) continue;
        ++c->taken;
        --wanted;
    }
}

}  // namespace

std::vector<uint32_t> held_back_samples(std::span<const int> labels, double fraction, uint64_t seed) {
    std::map<int, Class> by_label;
    for (uint32_t i = 0; i < labels.size(); ++i)
        by_label[labels[i]].samples.push_back(i);
    std::vector<Class> classes;
    for (auto& [label, found] : by_label) {
        classes.push_back(std::move(found));
        classes.back().label = label;
    }
    share_out(classes, static_cast<size_t>(std::lround(fraction * static_cast<double>(labels.size()))),
              fraction, seed);
    std::vector<uint32_t> held;
    for (Class& c : classes) {
        Random random(RandomStream::validation_split, {seed, static_cast<uint64_t>(c.label)});
        shuffle_samples(c.samples, random);
        held.insert(held.end(), c.samples.begin(), c.samples.begin() + static_cast<ptrdiff_t>(c.taken));
    }
    std::ranges::sort(held);
    return held;
}

std::string HeldBack::fingerprint() const {
    uint64_t hash = fnv_basis;
    for (size_t i = 0; i < validation->size(); ++i)
        hash = fnv1a(fmt::format("{} {}\n", validation->label(i),
                                 std::filesystem::path(validation->name(i)).filename().string()),
                     hash);
    return fmt::format("{:016x}", hash);
}

HeldBack hold_back(const std::shared_ptr<const Dataset>& whole, double fraction, uint64_t seed) {
    std::vector<int> labels(whole->size());
    for (size_t i = 0; i < labels.size(); ++i)
        labels[i] = whole->label(i);
    std::vector<uint32_t> held = held_back_samples(labels, fraction, seed), kept;
    if (held.empty()) {
        throw DatasetError(
            "--val-split {} of {} images holds none back for validation: give a larger share, or leave it away",
            fraction, labels.size());
    }
    std::vector<uint32_t> all(labels.size());
    std::iota(all.begin(), all.end(), 0u);
    std::ranges::set_difference(all, held, std::back_inserter(kept));
    return {std::make_shared<Part>(whole, std::move(kept)), std::make_shared<Part>(whole, std::move(held))};
}

}  // namespace vkm::train
