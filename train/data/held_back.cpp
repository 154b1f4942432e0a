#include <base/checksum.h>
#include <base/random.h>
#include <train/data/held_back.h>
#include <train/data/recording.h>

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
void share_out(std::vector<Class>& classes, size_t wanted, const HoldingBack& holding) {
    for (Class& c : classes) {
        const double share = holding.fraction * static_cast<double>(c.samples.size());
        c.taken = std::min(std::max(static_cast<size_t>(share), holding.of_each), c.samples.size() - 1);
        c.rest = share - static_cast<double>(c.taken);
        wanted -= std::min(wanted, c.taken);
    }
    Random random(RandomStream::validation_split, {holding.seed});
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

/// Returns a class's shuffled samples in parts that belong together: recordings in their own order, and all others alone.
std::vector<std::vector<uint32_t>> together(std::span<const uint32_t> samples,
                                            std::span<const std::optional<int64_t>> recordings) {
    std::vector<std::vector<uint32_t>> parts;
    std::map<int64_t, size_t> part_of;
    for (const uint32_t sample : samples) {
        const std::optional<int64_t> recording = recordings.empty() ? std::nullopt : recordings[sample];
        if (!recording || part_of.try_emplace(*recording, parts.size()).second)
            parts.push_back({sample});
        else
            parts[part_of.at(*recording)].push_back(sample);
    }
    for (std::vector<uint32_t>& part : parts)
        std::ranges::sort(part);
    return parts;
}

/// Takes so many samples: parts as they come where they fit, and then the end of one that does not.
void take(std::span<const std::vector<uint32_t>> parts, size_t wanted, std::vector<uint32_t>& held) {
    const std::vector<uint32_t>* cut = nullptr;
    for (const std::vector<uint32_t>& part : parts) {
        if (part.size() > wanted) {
            if (!cut) cut = &part;
            continue;
        }
        held.insert(held.end(), part.begin(), part.end());
        wanted -= part.size();
    }
    if (wanted > 0) held.insert(held.end(), cut->end() - static_cast<ptrdiff_t>(wanted), cut->end());
}

}  // namespace

std::vector<uint32_t> held_back_samples(std::span<const int> labels, const HoldingBack& holding,
                                        std::span<const std::optional<int64_t>> recordings) {
    std::map<int, Class> by_label;
    for (uint32_t i = 0; i < labels.size(); ++i)
        by_label[labels[i]].samples.push_back(i);
    std::vector<Class> classes;
    for (auto& [label, found] : by_label) {
        classes.push_back(std::move(found));
        classes.back().label = label;
    }
    const double wanted = holding.fraction * static_cast<double>(labels.size());
    share_out(classes, static_cast<size_t>(std::lround(wanted)), holding);
    std::vector<uint32_t> held;
    for (Class& c : classes) {
        Random random(RandomStream::validation_split, {holding.seed, static_cast<uint64_t>(c.label)});
        shuffle_samples(c.samples, random);
        take(together(c.samples, recordings), c.taken, held);
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

HeldBack hold_back(const std::shared_ptr<const Dataset>& whole, const HoldingBack& holding) {
    std::vector<int> labels(whole->size());
    std::vector<std::optional<int64_t>> recordings(whole->size());
    for (size_t i = 0; i < labels.size(); ++i) {
        labels[i] = whole->label(i);
        const std::string file = std::filesystem::path(whole->name(i)).filename().string();
        if (const auto frame = recorded_frame(file)) recordings[i] = frame->recording;
    }
    std::vector<uint32_t> held = held_back_samples(labels, holding, recordings), kept;
    if (held.empty()) {
        throw DatasetError(
            "--val-split {} of {} images holds none back for validation: give a larger share, or leave it away",
            holding.fraction, labels.size());
    }
    std::vector<uint32_t> all(labels.size());
    std::iota(all.begin(), all.end(), 0u);
    std::ranges::set_difference(all, held, std::back_inserter(kept));
    return {std::make_shared<Part>(whole, std::move(kept)), std::make_shared<Part>(whole, std::move(held))};
}

}  // namespace vkm::train
