#include <teach/judge.h>

namespace vkm::teach {
namespace {

constexpr size_t worst_pictures = 24;

}  // namespace

Judge::Judge(std::shared_ptr<const train::Dataset> held_out, std::filesystem::path pictures)
    : held_out_(std::move(held_out)),
      pictures_(std::move(pictures)),
      report_(held_out_->num_classes(), worst_pictures) {}

// Returns a picture's name in its session, which has the folders in it that lie below the class's.
std::string Judge::file_of(const train::JudgedImage& image) const {
    const std::string& class_name = held_out_->class_names()[static_cast<size_t>(image.label)];
    return std::filesystem::path(held_out_->name(image.index))
        .lexically_relative(pictures_ / class_name)
        .string();
}

void Judge::take(const train::Batch& batch, const graph::HostTensor& logits) {
    const auto classes = static_cast<size_t>(logits.shape.c);
    for (size_t row = 0; row < static_cast<size_t>(batch.count); ++row)
        report_.add(batch.indices[row], batch.labels[row],
                    std::span(logits.values).subspan(row * classes, classes));
}

std::shared_ptr<const Judgement> Judge::judgement() {
    auto result = std::make_shared<Judgement>();
    result->class_names = held_out_->class_names();
    result->classes = report_.classes();
    const int classes = held_out_->num_classes();
    for (int label = 0; label < classes; ++label)
        for (int predicted = 0; predicted < classes; ++predicted)
            result->confusion.push_back(report_.images(label, predicted));
    for (const train::ClassScore& score : result->classes) {
        result->images += score.images;
        result->hits += score.top1_hits;
    }
    for (const train::JudgedImage& image : report_.worst())
        result->worst.push_back({file_of(image), image.label, image.predicted, image.loss, image.confidence});
    report_ = train::ClassReport(classes, worst_pictures);
    return result;
}

}  // namespace vkm::teach
