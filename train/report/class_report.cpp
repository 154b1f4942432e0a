#include <train/report/class_report.h>

#include <algorithm>
#include <cmath>

namespace vkm::train {
namespace {

// Orders by loss, and equal ones by their place, so that a report depends on nothing else.
bool is_worse(const JudgedImage& a, const JudgedImage& b) {
    return a.loss != b.loss ? a.loss > b.loss : a.index < b.index;
}

}  // namespace

ClassReport::ClassReport(int classes, size_t worst) : classes_(static_cast<size_t>(classes)), most_(worst) {}

void ClassReport::add(size_t index, int label, std::span<const double> logits) {
    if (label < 0) return;
    const auto largest = std::ranges::max_element(logits);
    const auto predicted = static_cast<int>(largest - logits.begin());
    const double own = logits[static_cast<size_t>(label)];
    double sum = 0;
    int64_t ahead = 0;
    for (size_t k = 0; k < logits.size(); ++k) {
        sum += std::exp(logits[k] - *largest);
        ahead += logits[k] > own || (logits[k] == own && k < static_cast<size_t>(label));
    }
    ClassScore& score = classes_[static_cast<size_t>(label)];
    ++score.images;
    score.top1_hits += ahead < 1;
    score.top5_hits += ahead < 5;
    ++classes_[static_cast<size_t>(predicted)].predictions;
    ++images_[{label, predicted}];
    worst_.push_back({index, label, predicted, std::log(sum) + *largest - own, 1 / sum});
    std::ranges::push_heap(worst_, is_worse);
    if (worst_.size() > most_) {
        std::ranges::pop_heap(worst_, is_worse);
        worst_.pop_back();
    }
}

int64_t ClassReport::images(int label, int predicted) const {
    const auto found = images_.find({label, predicted});
    return found == images_.end() ? 0 : found->second;
}

std::vector<Confusion> ClassReport::confusions() const {
    std::vector<Confusion> list;
    for (const auto& [pair, images] : images_)
        if (pair.first != pair.second) list.push_back({pair.first, pair.second, images});
    std::ranges::stable_sort(list, std::greater{}, &Confusion::images);
    return list;
}

std::vector<JudgedImage> ClassReport::worst() const {
    std::vector<JudgedImage> list = worst_;
    std::ranges::sort(list, is_worse);
    return list;
}

}  // namespace vkm::train
