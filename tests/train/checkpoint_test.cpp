#include <train/checkpoint.h>

#include <base/atomic_file.h>
#include <gmock/gmock.h>
#include <graph/flat_buffers.h>
#include <graph/ops/loss_scale.h>
#include <graph/weights/safetensors.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/limits.h>
#include <support/temporary_folder.h>
#include <support/vulkan_devices.h>

#include <sys/wait.h>
#include <unistd.h>

#include <limits>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;
using graph::Role;
using test::file_content;
using test::message_of;
using test::TemporaryFolder;
using test::write_content;
using testing::HasSubstr;

/// Returns a training graph with what a checkpoint stores: its flat buffers.
graph::Graph model(int64_t channels = 67) {
    graph::Graph graph;
    graph.parameter({.name = "weight", .torch_shape = {channels, 3}, .layout = graph::WeightLayout::matrix});
    graph.parameter({.name = "bias", .torch_shape = {channels}});
    graph.state({.name = "running_mean", .torch_shape = {13}});
    graph::pack_parameters(graph);
    graph.add_value({.name = "optimizer.momentum",
                     .type = graph.type(graph::flat_buffer(graph, Role::parameter)),
                     .role = Role::optimizer,
                     .info = {}});
    graph::ops::loss_scale(graph);
    return graph;
}

/// Returns bits no arithmetic would keep: every kind of float, signalling NaNs with payloads included.
std::vector<std::byte> pattern(size_t bytes, uint32_t seed) {
    std::vector<uint32_t> words(bytes / 4);
    for (size_t i = 0; i < words.size(); ++i)
        words[i] = (static_cast<uint32_t>(i) + seed) * 2654435761u;
    if (words.size() > 4) {
        words[1] = 0x80000000;  // -0
        words[2] = 0x7f800001;  // a signalling NaN
        words[3] = 0x00000001;  // the smallest number
    }
    const auto raw = std::as_bytes(std::span(words));
    return {raw.begin(), raw.end()};
}

constexpr std::array stored_roles{Role::parameter, Role::optimizer, Role::state, Role::loss_scale};

using Flats = std::vector<std::vector<std::byte>>;  // by replica, then role

Flats flats(ModelOnDevices& replicas, const graph::Graph& graph) {
    Flats result;
    for (size_t i = 0; i < replicas.count(); ++i)
        for (const Role role : stored_roles)
            result.push_back(replicas.read_flat(graph, graph::flat_buffers(graph, role).at(0), i));
    return result;
}

/// Writes equal parameters and optimizer state everywhere, and statistics of its own to every replica.
void fill(ModelOnDevices& replicas, const graph::Graph& graph, uint32_t seed) {
    for (size_t i = 0; i < replicas.count(); ++i)
        for (const Role role : stored_roles) {
            const graph::ValueId flat = graph::flat_buffers(graph, role).at(0);
            const auto bytes = static_cast<size_t>(graph.type(flat).bytes());
            const uint32_t own = role == Role::state ? static_cast<uint32_t>(i) : 0;
            replicas.write_flat(graph, flat, i,
                                pattern(bytes, seed + 1000 * static_cast<uint32_t>(role) + own));
        }
}

Position some_position() {
    Position position{
        .step = 1021, .epoch = 7, .batch = 131, .best_top1 = 0.1, .last_loss = 2.0 / 3, .run = {}};
    position.batches_tracked = (int64_t{1} << 53) + 1;  // not a double
    position.run = {{"seed", "18446744073709551615"},
                    {"model", "mobilenet_v2 \"größer\"\n"},
                    {"width", ""},
                    {"optimizer", "sgd"}};
    position.epochs = 30;
    position.next_learning_rate = 0.1 / 3;
    position.skipped_steps = 2;
    position.class_names = {"a \"b\"", "größer"};
    position.validation = ValidationRecord{1000, "imagefolder:x", 1.0 / 3, 0.25, 1};
    return position;
}

void save_some(const fs::path& folder, ModelOnDevices& replicas, const graph::Graph& graph) {
    ModelSnapshot snapshot(replicas, graph);
    save_checkpoint(folder, snapshot, some_position());
}

void expect_equal(const Position& a, const Position& b) {
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.epoch, b.epoch);
    EXPECT_EQ(a.batch, b.batch);
    EXPECT_EQ(a.best_top1, b.best_top1);
    EXPECT_EQ(a.last_loss, b.last_loss);
    EXPECT_EQ(a.batches_tracked, b.batches_tracked);
    EXPECT_EQ(a.run, b.run);
    EXPECT_EQ(a.epochs, b.epochs);
    EXPECT_EQ(a.next_learning_rate, b.next_learning_rate);
    EXPECT_EQ(a.skipped_steps, b.skipped_steps);
    EXPECT_EQ(a.class_names, b.class_names);
    EXPECT_EQ(a.validation, b.validation);
}

/// Opens the first device, which is enough to look at files. Skips where there is none.
class CheckpointTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        for (int i = 0; i < 2; ++i)
            devices.push_back(graph::open_device(*engine::test_instance(), engine::test_device()));
        replicas.emplace(std::vector<graph::PlannedDevice*>{devices[0].get(), devices[1].get()});
        fill(*replicas, graph, 1);
    }

    void save() { save_some(folder.path(), *replicas, graph); }
    Position load() { return load_checkpoint(folder.path(), *replicas, graph, some_position().run); }
    std::string refusal() {
        return message_of<CheckpointError>([&] { load(); });
    }
    fs::path file() const { return folder / "state.safetensors"; }
    size_t files() const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(folder.path()), {}));
    }
    /// Expects that the checkpoint of the pattern 1 is whole, and loads.
    void expect_the_first_one() {
        fill(*replicas, graph, 5);
        expect_equal(load(), some_position());
        const Flats loaded = flats(*replicas, graph);
        fill(*replicas, graph, 1);
        EXPECT_EQ(loaded, flats(*replicas, graph));
    }

    const TemporaryFolder folder;
    const graph::Graph graph = model();
    std::vector<std::unique_ptr<graph::PlannedDevice>> devices;
    std::optional<ModelOnDevices> replicas;
};

TEST(CheckpointOnDevicesTest, EveryBitComesBackOnEveryDevice) {
    engine::on_every_device([](uint32_t index) {
        const auto a = graph::open_device(*engine::test_instance(), index),
                   b = graph::open_device(*engine::test_instance(), index);
        const graph::Graph graph = model();
        ModelOnDevices replicas({a.get(), b.get()});
        const TemporaryFolder folder;
        fill(replicas, graph, 17);
        const Flats before = flats(replicas, graph);
        save_some(folder / "new/checkpoint", replicas, graph);
        fill(replicas, graph, 5);
        ASSERT_NE(flats(replicas, graph), before);
        expect_equal(load_checkpoint(folder / "new/checkpoint", replicas, graph, some_position().run),
                     some_position());
        EXPECT_EQ(flats(replicas, graph), before);
    });
}

TEST_F(CheckpointTest, SavingWhatWasLoadedWritesTheSameFile) {
    save();
    const std::string first = file_content(file());
    fill(*replicas, graph, 5);
    load();
    save();
    EXPECT_EQ(file_content(file()), first);
}

TEST_F(CheckpointTest, ExistsOnceItWasSaved) {
    EXPECT_FALSE(checkpoint_exists(folder.path()));
    EXPECT_FALSE(checkpoint_exists(folder / "absent"));
    EXPECT_FALSE(checkpoint_exists(folder / std::string(300, 'x')));
    save();
    EXPECT_TRUE(checkpoint_exists(folder.path()));
    EXPECT_EQ(files(), 1u);
}

TEST_F(CheckpointTest, NoneToResumeFromIsSaidSo) {
    EXPECT_THAT(refusal(), HasSubstr("does not exist: nothing to resume from"));
    EXPECT_THAT(message_of<CheckpointError>([&] { read_position(folder.path()); }),
                HasSubstr("does not exist: nothing to resume from"));
}

TEST_F(CheckpointTest, ThePositionCanBeReadAlone) {
    save();
    const Flats before = flats(*replicas, graph);
    expect_equal(read_position(folder.path()), some_position());
    EXPECT_EQ(flats(*replicas, graph), before);
}

TEST_F(CheckpointTest, AFileCutShortAnywhereIsRefused) {
    save();
    const std::string whole = file_content(file());
    const Flats before = flats(*replicas, graph);
    for (size_t bytes = 0; bytes < whole.size(); bytes += bytes < 600 ? 7 : 101) {
        write_content(file(), whole.substr(0, bytes));
        ASSERT_THAT(refusal(), HasSubstr(file().string())) << bytes << " bytes";
    }
    write_content(file(), whole + "x");
    EXPECT_THAT(refusal(), HasSubstr(file().string()));
    EXPECT_EQ(flats(*replicas, graph), before) << "nothing reaches a device before all of it is checked";
}

TEST_F(CheckpointTest, ABitThatFlippedAnywhereIsFound) {
    save();
    const std::string whole = file_content(file());
    const Flats before = flats(*replicas, graph);
    uint64_t header = 0;
    std::memcpy(&header, whole.data(), sizeof header);
    for (size_t at = 0; at < whole.size(); at += at < 8 + header ? 3 : 101) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
        write_content(file(), damaged);
        ASSERT_THAT(refusal(), HasSubstr(file().string())) << "byte " << at;
    }
    EXPECT_EQ(flats(*replicas, graph), before);
}

TEST_F(CheckpointTest, DamageIsCalledDamageAndTheWeightsNamed) {
    const fs::path run = folder / "run";
    save_some(run / "checkpoint", *replicas, graph);
    const fs::path state = run / "checkpoint/state.safetensors";
    const std::string whole = file_content(state);
    for (const size_t at : {whole.find("1021"), whole.size() - 5}) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        write_content(state, damaged);
        const std::string why = message_of<CheckpointError>(
            [&] { load_checkpoint(run / "checkpoint", *replicas, graph, some_position().run); });
        EXPECT_THAT(why, HasSubstr("is damaged: its checksums do not match"));
        EXPECT_THAT(why, HasSubstr("--init " + (run / "weights.safetensors").string()));
    }
}

TEST_F(CheckpointTest, FilesOfOthersAreRefused) {
    for (const std::string& content : {std::string(), std::string("PK\3\4 no checkpoint"),
                                       std::string(5000, '\0'), std::string("\2\0\0\0\0\0\0\0{}", 10)}) {
        write_content(file(), content);
        EXPECT_THAT(refusal(), HasSubstr(file().string()));
    }
    graph::StateDict weights;
    weights.tensors.push_back({"parameters", graph::WeightType::f32, {1}, std::vector<std::byte>(4)});
    graph::write_safetensors(file(), weights);
    EXPECT_THAT(refusal(), HasSubstr("is not a checkpoint of vkmbv3"));
    fs::remove(file());
    fs::create_directory(file());
    EXPECT_THAT(refusal(), HasSubstr(file().string()));
}

TEST_F(CheckpointTest, TheSettingThatDiffersIsNamedWithBothValues) {
    save();
    std::map<std::string, std::string> run = some_position().run;
    run["seed"] = "3";
    const auto with = [&] {
        return message_of<CheckpointError>([&] { load_checkpoint(folder.path(), *replicas, graph, run); });
    };
    EXPECT_THAT(with(), HasSubstr("was written with seed 18446744073709551615 and this run has 3"));
    run = some_position().run;
    run["zeal"] = "much";
    EXPECT_THAT(with(), HasSubstr("zeal not set and this run has much"));
    EXPECT_THAT(with(), HasSubstr("start a new run from its weights with --init "));
}

TEST_F(CheckpointTest, AnotherOptimizerIsRefusedAndBothAreNamed) {
    save();
    std::map<std::string, std::string> run = some_position().run;
    run["optimizer"] = "adamw";
    EXPECT_THAT(message_of<CheckpointError>([&] { load_checkpoint(folder.path(), *replicas, graph, run); }),
                HasSubstr("was written with optimizer sgd and this run has adamw"));
}

/// Versions that knew no optimizer but SGD named none and called its state "momenta".
/// Those in which no run could be made longer kept the epochs with what must not change.
TEST_F(CheckpointTest, ThoseOfOlderVersionsLoad) {
    Position old = some_position();
    old.run.erase("optimizer");
    graph::Graph older = graph;
    older.value(older.find("optimizer.momentum")).name = "momenta";
    ModelOnDevices others({devices[0].get(), devices[1].get()});
    fill(others, older, 1);
    ModelSnapshot snapshot(others, older);
    save_checkpoint(folder.path(), snapshot, old);
    expect_the_first_one();
}

TEST_F(CheckpointTest, AnotherModelsBuffersAreRefused) {
    save();
    const graph::Graph larger = model(131);
    ModelOnDevices others({devices[0].get(), devices[1].get()});
    const std::string why = message_of<CheckpointError>(
        [&] { load_checkpoint(folder.path(), others, larger, some_position().run); });
    EXPECT_THAT(why, HasSubstr("has no tensor 'parameters' of "));
}

TEST_F(CheckpointTest, AReplicaThatWasNotThereIsRefused) {
    ModelOnDevices one({devices[0].get()});
    fill(one, graph, 1);
    save_some(folder.path(), one, graph);
    EXPECT_THAT(refusal(), HasSubstr("has no tensor 'states.1'"));
}

TEST_F(CheckpointTest, ACrashBeforeTheRenameLeavesTheOldOne) {
    save();
    const std::string old = file_content(file());
    const pid_t child = ::fork();
    if (child == 0) {
        AtomicFile next(file());
        next.write(std::string_view(old).substr(0, old.size() / 2));
        ::_exit(0);  // without any destructor, as when killed
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    EXPECT_EQ(files(), 2u) << "what was half written is still there";
    EXPECT_EQ(file_content(file()), old);
    expect_the_first_one();
    save();
    expect_the_first_one();
}

TEST_F(CheckpointTest, AFullDiskLeavesTheOldOneAndNothingElse) {
    save();
    fill(*replicas, graph, 9);
    for (const rlim_t bytes : {0, 7, 100, 2000}) {
        std::string why;
        {
            const test::FileSizeLimit limit(bytes);
            why = message_of<FileError>([&] { save(); });
        }
        EXPECT_THAT(why, HasSubstr(file().string()));
        EXPECT_THAT(why, HasSubstr("free some space"));
        EXPECT_EQ(files(), 1u);
    }
    expect_the_first_one();
}

TEST_F(CheckpointTest, AFileInTheFoldersPlaceIsAnErrorThatSaysWhatToDo) {
    write_content(folder / "checkpoint", "no folder");
    const std::string why =
        message_of<CheckpointError>([&] { save_some(folder / "checkpoint", *replicas, graph); });
    EXPECT_THAT(why, HasSubstr("cannot make the folder " + (folder / "checkpoint").string()));
    EXPECT_THAT(why, HasSubstr("--out"));
}

}  // namespace
}  // namespace vkm::train
