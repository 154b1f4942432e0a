#include <base/text.h>
#include <teach/json_file.h>
#include <teach/session_record.h>
#include <teach/teach_error.h>

namespace vkm::teach {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const fs::path& session) {
    return session / "session.json";
}

Lesson lesson_of(const Json& json) {
    Lesson lesson;
    lesson.reach = reach_named(json.at("reach").get<std::string>());
    lesson.epochs = json.at("epochs");
    lesson.learning_rate = json.at("learning-rate");
    lesson.batch_size = json.at("batch-size");
    lesson.draws = json.value("draws", int64_t{0});  // lessons of earlier versions had none
    lesson.held_out = json.at("held-out");
    lesson.mirror = json.at("mirror");
    lesson.seed = json.at("seed");
    return lesson;
}

Json json_of(const Lesson& lesson) {
    return {{"reach", row_of(lesson.reach).name},
            {"epochs", lesson.epochs},
            {"learning-rate", lesson.learning_rate},
            {"batch-size", lesson.batch_size},
            {"draws", lesson.draws.value_or(0)},
            {"held-out", lesson.held_out},
            {"mirror", lesson.mirror},
            {"seed", lesson.seed}};
}

}  // namespace

SessionRecord read_record(const fs::path& session) {
    const fs::path file = file_of(session);
    try {
        const std::optional<Json> json = read_json(file);
        if (!json) return {};
        SessionRecord record;
        for (const Json& one : json->at("classes"))
            record.classes.push_back({one.at("name"), one.at("background"), {}});
        record.weights = json->at("weights");
        record.run = json->at("run");
        record.lesson = lesson_of(json->at("lesson"));
        if (const auto before = json->find("before"); before != json->end()) {
            record.run_before = before->at("run");
            record.lesson_before = lesson_of(before->at("lesson"));
        }
        return record;
    } catch (const Json::exception& error) {
        throw TeachError(
            "{} is damaged ({}): remove it; the pictures beside it stay, and classes are their folders",
            file.string(), printable(error.what()));
    }
}

void write_record(const fs::path& session, const SessionRecord& record) {
    Json classes = Json::array();
    for (const PictureClass& one : record.classes)
        classes.push_back({{"name", one.name}, {"background", one.background}});
    Json json{{"classes", classes},
              {"weights", record.weights},
              {"run", record.run},
              {"lesson", json_of(record.lesson)}};
    if (!record.run_before.empty())
        json["before"] = {{"run", record.run_before}, {"lesson", json_of(record.lesson_before)}};
    write_json(file_of(session), json, 1);
}

}  // namespace vkm::teach
