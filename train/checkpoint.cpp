#include <base/checksum.h>
#include <graph/flat_buffers.h>
#include <graph/weights/safetensors.h>
#include <train/checkpoint.h>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <sstream>

namespace vkm::train {
namespace {

using graph::Role;

struct Stored {
    std::string name;
    graph::ValueId value;
    graph::WeightType type;
    // Whose tensor it is; empty where it is equal on every replica.
    std::optional<size_t> replica;
};

graph::WeightType stored_type(graph::DType dtype) {
    switch (dtype) {
        case graph::DType::f32:
            return graph::WeightType::f32;
        case graph::DType::f16:
            return graph::WeightType::f16;
        case graph::DType::i32:
            return graph::WeightType::i32;
        case graph::DType::u8:
            return graph::WeightType::u8;
    }
    return graph::WeightType::f32;
}

// Lists what a checkpoint stores. Each replica has running statistics of its own.
std::vector<Stored> stored_tensors(const graph::Graph& training, size_t replicas) {
    std::vector<Stored> stored;
    for (const Role role : {Role::parameter, Role::frozen, Role::optimizer, Role::loss_scale})
        for (const graph::ValueId id : graph::flat_buffers(training, role))
            stored.push_back({training.value(id).name, id, stored_type(training.type(id).dtype), {}});
    for (const graph::ValueId id : graph::flat_buffers(training, Role::state))
        for (size_t i = 0; i < replicas; ++i)
            stored.push_back({fmt::format("{}.{}", training.value(id).name, i), id,
                              stored_type(training.type(id).dtype), i});
    return stored;
}

// Versions that knew only SGD stored its state under these names.
const std::map<std::string, std::string, std::less<>> former_names{{"optimizer.momentum", "momenta"}};

const graph::NamedTensor* find_stored(const graph::StateDict& state, const std::string& name) {
    if (const graph::NamedTensor* const found = state.find(name)) return found;
    const auto former = former_names.find(name);
    return former == former_names.end() ? nullptr : state.find(former->second);
}

// Returns the tensors' checksums; safetensors has none.
// The position holds these, and has a checksum of its own.
std::map<std::string, uint32_t> checksums(const graph::StateDict& state) {
    std::map<std::string, uint32_t> sums;
    for (const graph::NamedTensor& tensor : state.tensors)
        sums[tensor.name] = crc32c(tensor.data);
    return sums;
}

std::string checksum(std::string_view text) {
    return std::to_string(crc32c(std::as_bytes(std::span(text))));
}

graph::StateDict read(const std::filesystem::path& file) try {
    std::error_code unknown;  // then reading says what is wrong
    if (!std::filesystem::exists(file, unknown) && !unknown)
        throw CheckpointError("{} does not exist: nothing to resume from; start without --resume",
                              file.string());
    return graph::read_safetensors(file);
} catch (const FileError& error) {
    throw CheckpointError("{}", error.what());
}

std::filesystem::path file_in(const std::filesystem::path& folder) {
    return folder / "state.safetensors";
}

std::string weights_beside(const std::filesystem::path& file) {
    return (file.parent_path().parent_path() / "weights.safetensors").string();
}

CheckpointError damaged(const std::filesystem::path& file) {
    return CheckpointError(
        "{} is damaged: its checksums do not match; start again without --resume, with --init {}",
        file.string(), weights_beside(file));
}

nlohmann::json json_of(const ValidationRecord& validation) {
    nlohmann::json json{{"step", validation.step},
                        {"data", validation.data},
                        {"loss", validation.loss},
                        {"top1", validation.top1},
                        {"top5", validation.top5}};
    if (validation.ema) json["ema"] = {validation.ema->loss, validation.ema->top1, validation.ema->top5};
    return json;
}

ValidationRecord validation_in(const nlohmann::json& json) {
    ValidationRecord record{json.at("step"), json.at("data"), json.at("loss"), json.at("top1"),
                            json.at("top5")};
    if (const auto ema = json.find("ema"); ema != json.end())
        record.ema = Scores{ema->at(0), ema->at(1), ema->at(2)};
    return record;
}

nlohmann::json json_of(const Standing& standing) {
    nlohmann::json json{{"by", standing.by}, {"step", standing.step}, {"since_best", standing.since_best}};
    if (standing.score) json["score"] = *standing.score;
    for (const Standing::Kept& kept : standing.kept)
        json["kept"].push_back({kept.file, kept.score});
    return json;
}

Standing standing_in(const nlohmann::json& json) {
    Standing standing{.by = json.at("by"), .step = json.at("step"), .since_best = json.at("since_best")};
    if (const auto score = json.find("score"); score != json.end()) standing.score = score->get<double>();
    if (const auto list = json.find("kept"); list != json.end())
        for (const nlohmann::json& kept : *list)
            standing.kept.push_back({kept.at(0), kept.at(1)});
    return standing;
}

// What a run has where its checkpoint does not say: as all runs had it once, so that their checkpoints are read and
// those of such runs stay what they were.
const std::map<std::string, std::string> usual_settings{{"batches a step", "1"},
                                                        {"draws of cached features", "0"},
                                                        {"frozen layers", "none"},
                                                        {"moving average", "off"}};

std::map<std::string, std::string> unusual(std::map<std::string, std::string> run) {
    std::erase_if(run, [](const auto& setting) {
        const auto usual = usual_settings.find(setting.first);
        return usual != usual_settings.end() && usual->second == setting.second;
    });
    return run;
}

// Reads what older versions did not write, or wrote elsewhere.
void read_later_members(const nlohmann::json& json, Position& position) {
    position.run.emplace("optimizer", "sgd");  // written by a version that knew no other
    if (const auto epochs = position.run.extract("epochs")) position.epochs = std::stoll(epochs.mapped());
    position.epochs = json.value("epochs", position.epochs);
    if (json.contains("next_learning_rate")) position.next_learning_rate = json["next_learning_rate"];
    position.skipped_steps = json.value("skipped_steps", position.skipped_steps);
    position.class_names = json.value("class_names", position.class_names);
    position.original_names = json.value("original_names", position.original_names);
    if (json.contains("validation")) position.validation = validation_in(json["validation"]);
    position.shares = json.value("shares", position.shares);
    position.processes = json.value("processes", position.processes);
    if (json.contains("standing")) position.standing = standing_in(json["standing"]);
}

Position position_in(const graph::StateDict& state, const std::filesystem::path& file,
                     std::map<std::string, uint32_t>& checksums) {
    const auto text = state.metadata.find("position"), sum = state.metadata.find("checksum");
    if (text == state.metadata.end() || sum == state.metadata.end())
        throw CheckpointError("{} is not a checkpoint of vkmbv3; name the run directory of one",
                              file.string());
    if (sum->second != checksum(text->second)) throw damaged(file);
    Position position;
    try {
        const nlohmann::json json = nlohmann::json::parse(text->second);
        json.at("step").get_to(position.step);
        json.at("epoch").get_to(position.epoch);
        json.at("batch").get_to(position.batch);
        json.at("best_top1").get_to(position.best_top1);
        json.at("last_loss").get_to(position.last_loss);
        json.at("batches_tracked").get_to(position.batches_tracked);
        json.at("run").get_to(position.run);
        read_later_members(json, position);
        json.at("checksums").get_to(checksums);
    } catch (const std::exception&) {
        throw CheckpointError("{} was written by another version of vkmbv3; resume with that one",
                              file.string());
    }
    return position;
}

// Throws CheckpointError naming every setting that differs.
void require_the_same(const std::filesystem::path& file, const std::map<std::string, std::string>& before,
                      const std::map<std::string, std::string>& now) {
    std::vector<std::string> differences;
    for (const auto& [key, value] : now) {
        const auto found = before.find(key);
        const auto usual = usual_settings.find(key);
        const std::string was = found != before.end()           ? found->second
                                : usual != usual_settings.end() ? usual->second
                                                                : "not set";
        if (was != value) differences.push_back(fmt::format("{} {} and this run has {}", key, was, value));
    }
    if (!differences.empty())
        throw CheckpointError(
            "{} was written with {}: resume with the same settings, or start a new run from its weights with "
            "--init {}",
            file.string(), fmt::join(differences, ", with "), weights_beside(file));
}

bool splits_differ(const std::map<std::string, std::string>& before,
                   const std::map<std::string, std::string>& now) {
    const auto was = before.find(split_setting);
    return was == before.end() || was->second != now.at(split_setting);
}

std::map<std::string, std::string> with_split_of(std::map<std::string, std::string> run,
                                                 const std::map<std::string, std::string>& other) {
    run[split_setting] = other.at(split_setting);
    return run;
}

// Returns the shares that a run had: as they were saved, or as its settings say, "4+3".
std::vector<int64_t> shares_before(const Position& position, const std::filesystem::path& file) {
    if (!position.shares.empty()) return position.shares;
    std::vector<int64_t> shares;
    std::istringstream counts(position.run.at(split_setting));
    for (std::string count; std::getline(counts, count, '+');) {
        if (count.empty() || !std::ranges::all_of(count, [](char c) { return c >= '0' && c <= '9'; }))
            throw CheckpointError(
                "{} does not say how its batches were split: resume with the same devices, or start a new run from its "
                "weights with --init {}",
                file.string(), weights_beside(file));
        shares.push_back(std::stoll(count));
    }
    return shares;
}

// Returns which device had the largest share, the first of several.
size_t main_of(const std::vector<int64_t>& shares) {
    return static_cast<size_t>(std::ranges::max_element(shares) - shares.begin());
}

}  // namespace

void save_checkpoint(const std::filesystem::path& folder, ModelSnapshot& snapshot, const Position& position) {
    graph::StateDict state;
    for (const Stored& tensor : stored_tensors(snapshot.graph(), snapshot.replicas())) {
        std::vector<std::byte> bytes =
            tensor.replica ? snapshot.flat(tensor.value, *tensor.replica) : snapshot.flat(tensor.value);
        state.tensors.push_back({tensor.name,
                                 tensor.type,
                                 {static_cast<int64_t>(bytes.size() / graph::element_bytes(tensor.type))},
                                 std::move(bytes)});
    }
    nlohmann::json json{{"step", position.step},
                        {"epoch", position.epoch},
                        {"batch", position.batch},
                        {"best_top1", position.best_top1},
                        {"last_loss", position.last_loss},
                        {"batches_tracked", position.batches_tracked},
                        {"run", unusual(position.run)},
                        {"epochs", position.epochs},
                        {"skipped_steps", position.skipped_steps},
                        {"class_names", position.class_names},
                        {"checksums", checksums(state)}};
    if (!position.original_names.empty()) json["original_names"] = position.original_names;
    if (position.next_learning_rate) json["next_learning_rate"] = *position.next_learning_rate;
    if (position.validation) json["validation"] = json_of(*position.validation);
    if (position.standing) json["standing"] = json_of(*position.standing);
    if (!position.shares.empty()) json["shares"] = position.shares;
    if (position.processes > 1) json["processes"] = position.processes;
    state.metadata["position"] = json.dump();
    state.metadata["checksum"] = checksum(state.metadata["position"]);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        throw CheckpointError("cannot make the folder {}: {}; choose another --out", folder.string(),
                              error.message());
    graph::write_safetensors(file_in(folder), state);
}

bool checkpoint_exists(const std::filesystem::path& folder) {
    std::error_code unknown;
    return std::filesystem::exists(file_in(folder), unknown);
}

std::string mention_of_checkpoint(const std::filesystem::path& run) {
    const std::filesystem::path folder = run / "checkpoint";
    if (!checkpoint_exists(folder)) return {};
    return fmt::format("; the last checkpoint is in {}", folder.string());
}

ValidationRecord record_of(const Evaluation& validation, int64_t step, const std::string& data) {
    return {step, data, validation.loss, validation.top1, validation.top5, validation.ema};
}

Evaluation evaluation_of(const ValidationRecord& record) {
    return {.loss = record.loss, .top1 = record.top1, .top5 = record.top5, .ema = record.ema};
}

Position read_position(const std::filesystem::path& folder) {
    const std::filesystem::path file = file_in(folder);
    std::map<std::string, uint32_t> unused;
    return position_in(read(file), file, unused);
}

Position load_checkpoint(const std::filesystem::path& folder, ModelOnDevices& replicas,
                         const graph::Graph& training, const std::map<std::string, std::string>& run) {
    const std::filesystem::path file = file_in(folder);
    const graph::StateDict state = read(file);
    std::map<std::string, uint32_t> expected;
    const Position position = position_in(state, file, expected);
    const bool other_split =
        (replicas.job().has_others() || position.processes > 1) && splits_differ(position.run, run);
    require_the_same(file, other_split ? with_split_of(position.run, run) : position.run, run);
    // Everything is checked before anything is written to a device.
    const std::vector<int64_t> shares = other_split ? shares_before(position, file) : std::vector<int64_t>{};
    const size_t devices = other_split ? shares.size() : replicas.count_of_statistics();
    const size_t main = other_split ? main_of(shares) : 0;
    const std::vector<Stored> stored = stored_tensors(training, devices);
    for (const Stored& tensor : stored) {
        const graph::NamedTensor* const found = find_stored(state, tensor.name);
        const int64_t bytes = training.type(tensor.value).bytes();
        if (found == nullptr && training.value(tensor.value).role == Role::optimizer)
            throw CheckpointError(
                "{} has no {}, which this optimizer keeps with its options now: resume with the run's own, or start "
                "a new run from its weights with --init {}",
                file.string(), tensor.name, weights_beside(file));
        if (found == nullptr || static_cast<int64_t>(found->data.size()) != bytes ||
            found->dtype != tensor.type)
            throw CheckpointError(
                "{} has no tensor '{}' of {} bytes of {}: it is not this run's; start again without --resume",
                file.string(), tensor.name, bytes, graph::type_name(tensor.type));
    }
    if (checksums(state) != expected) throw damaged(file);
    const bool one = replicas.count_of_statistics() == 1;
    for (const Stored& tensor : stored)
        for (size_t replica = 0; replica < replicas.count(); ++replica)
            if (!tensor.replica || one ||
                *tensor.replica == (other_split ? main : replicas.first() + replica))
                replicas.write_flat(training, tensor.value, replica, find_stored(state, tensor.name)->data);
    return position;
}

}  // namespace vkm::train
