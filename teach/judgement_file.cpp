#include <base/atomic_file.h>
#include <teach/json_file.h>
#include <teach/judgement_file.h>

#include <algorithm>

namespace vkm::teach {
namespace {

namespace fs = std::filesystem;

fs::path judgement_path(const fs::path& run) {
    return run / "judgement.json";
}

Json json_of(const train::ClassScore& score) {
    return {score.images, score.top1_hits, score.top5_hits, score.predictions};
}

Json json_of(const Judgement::Picture& picture) {
    return {{"file", picture.file},
            {"label", picture.label},
            {"predicted", picture.predicted},
            {"loss", picture.loss},
            {"confidence", picture.confidence}};
}

train::ClassScore score_of(const Json& json) {
    return {json.at(0), json.at(1), json.at(2), json.at(3)};
}

Judgement::Picture picture_of(const Json& json) {
    return {json.at("file"), json.at("label"), json.at("predicted"), json.at("loss"), json.at("confidence")};
}

// Returns whether all indices stay inside of what they count in.
bool is_whole(const Judgement& judgement) {
    const size_t classes = judgement.class_names.size();
    const auto inside = [&](int label) { return label >= 0 && static_cast<size_t>(label) < classes; };
    return judgement.classes.size() == classes && judgement.confusion.size() == classes * classes &&
           std::ranges::all_of(judgement.worst, [&](const Judgement::Picture& picture) {
               return inside(picture.label) && inside(picture.predicted);
           });
}

}  // namespace

void write_judgement(const fs::path& run, const Judgement& judgement) {
    Json json{{"class-names", judgement.class_names},
              {"classes", Json::array()},
              {"confusion", judgement.confusion},
              {"worst", Json::array()}};
    for (const train::ClassScore& score : judgement.classes)
        json["classes"].push_back(json_of(score));
    for (const Judgement::Picture& picture : judgement.worst)
        json["worst"].push_back(json_of(picture));
    write_json(judgement_path(run), json, -1);
}

std::shared_ptr<const Judgement> read_judgement(const fs::path& run) {
    try {
        const std::optional<Json> json = read_json(judgement_path(run));
        if (!json) return nullptr;
        auto judgement = std::make_shared<Judgement>();
        judgement->class_names = json->at("class-names").get<std::vector<std::string>>();
        judgement->confusion = json->at("confusion").get<std::vector<int64_t>>();
        for (const Json& score : json->at("classes"))
            judgement->classes.push_back(score_of(score));
        for (const Json& picture : json->at("worst"))
            judgement->worst.push_back(picture_of(picture));
        for (const train::ClassScore& score : judgement->classes) {
            judgement->images += score.images;
            judgement->hits += score.top1_hits;
        }
        return is_whole(*judgement) ? judgement : nullptr;
    } catch (const Json::exception&) {
        return nullptr;
    } catch (const FileError&) {
        return nullptr;
    }
}

}  // namespace vkm::teach
