#include "train/support/tiny.h"

#include <graph/flat_buffers.h>
#include <graph/lower/lowering.h>
#include <graph/ops/loss_scale.h>
#include <graph/optimizer.h>
#include <graph/reference/reference.h>
#include <gtest/gtest.h>
#include <support/device_pool.h>
#include <support/tables.h>
#include <support/temporary_folder.h>
#include <support/vulkan_devices.h>
#include <train/checkpoint.h>

#include <algorithm>

namespace vkm::train {
namespace {

using graph::DType;
using graph::OptimizerSlot;
using graph::Role;
using graph::ValueId;

/// Keeps states of every type, as no real optimizer does: gradients take the place of the parameters, which
/// are kept, and what was kept before that is kept too.
class Hoarder final : public graph::Optimizer {
  public:
    std::string_view name() const override { return "hoarder"; }
    std::vector<OptimizerSlot> slots() const override {
        return {{.name = "last", .initial = 0.5},
                {.name = "temperature", .extent = OptimizerSlot::Extent::scalar, .initial = 3.25},
                {.name = "last_but_one", .initial = -2},
                {.name = "halves", .dtype = DType::f16, .initial = 1.5},
                {.name = "seen", .dtype = DType::u8, .initial = 7},
                {.name = "countdown",
                 .extent = OptimizerSlot::Extent::scalar,
                 .dtype = DType::i32,
                 .initial = -3}};
    }
    void lower(graph::Lowering& lowering) const override {
        lowering.copy(lowering.input(first_slot), lowering.input(first_slot + 2));
        lowering.copy(lowering.input(parameters), lowering.input(first_slot));
        lowering.copy(lowering.input(gradients), lowering.input(parameters));
    }
    void reference(graph::ReferenceCall&) const override {}
};

/// Trains the tiny network so on one device opened twice.
struct TwoReplicas {
    std::vector<test::LentDevice> devices;
    std::optional<ModelOnDevices> replicas;
    std::optional<StepExecutor> executor;
    uint32_t number = 0;

    explicit TwoReplicas(DType storage = DType::f32) {
        std::vector<graph::PlannedDevice*> pointers;
        for (int i = 0; i < 2; ++i) {
            devices.emplace_back();
            pointers.push_back(devices.back().get());
        }
        replicas.emplace(pointers);
        executor.emplace(*replicas, 7, PixelType::floats, [&](StepShape shape) {
            shape.storage = storage;
            return training_step(test::tiny_model(), {.batch_size = 7}, shape, std::make_shared<Hoarder>());
        });
        replicas->load(graph(), graph::initial_values(graph(), 1));
    }
    const graph::Graph& graph() const { return executor->step().graph; }
    void step() {
        const graph::Executor::Slot slot = executor->executor().begin();
        executor->feed(slot, test::tiny_batch(7), {.learning_rate = 0.1f, .step = number++});
        executor->executor().submit(slot);
        executor->executor().wait(slot);
    }
    /// Returns all that is kept, except gradients, by name and replica.
    std::map<std::string, std::vector<std::byte>> kept() {
        std::map<std::string, std::vector<std::byte>> all;
        for (const Role role : {Role::parameter, Role::optimizer, Role::state, Role::loss_scale})
            for (const ValueId id : graph::flat_buffers(graph(), role))
                for (size_t i = 0; i < replicas->count(); ++i)
                    all[fmt::format("{} {}", graph().value(id).name, i)] =
                        replicas->read_flat(graph(), id, i);
        return all;
    }
    std::vector<double> values(const std::string& slot, size_t replica) {
        return replicas->state(replica).read(graph(), graph().find("optimizer." + slot)).values;
    }
};

class OptimizerStatesTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }
};

TEST_F(OptimizerStatesTest, SlotsBeginAsTheyAreDeclared) {
    TwoReplicas run;
    const auto elements = static_cast<size_t>(
        run.graph().type(graph::flat_buffer(run.graph(), Role::parameter)).shape.elements());
    for (size_t replica : {0, 1}) {
        EXPECT_EQ(run.values("last", replica), std::vector(elements, 0.5));
        EXPECT_EQ(run.values("last_but_one", replica), std::vector(elements, -2.0));
        EXPECT_EQ(run.values("halves", replica), std::vector(elements, 1.5));
        EXPECT_EQ(run.values("seen", replica), std::vector(elements, 7.0));
        EXPECT_EQ(run.values("temperature", replica), std::vector(1, 3.25));
        EXPECT_EQ(run.values("countdown", replica), std::vector(1, -3.0));
    }
}

TEST_F(OptimizerStatesTest, MemoryIsThatOfWhatIsDeclared) {
    TwoReplicas run;
    const graph::MemoryNeed need = graph::memory_need(run.graph(), run.replicas->plan(0));
    const int64_t flat = run.graph().type(graph::flat_buffer(run.graph(), Role::parameter)).bytes(),
                  states = run.graph().type(graph::flat_buffer(run.graph(), Role::state)).bytes();
    // Parameters, gradients, two slots like them, one of half and one of a quarter of their size, two of 16.
    // And tables of where partial sums lie.
    const int64_t tables = test::table_bytes(graph::lower(run.graph(), run.replicas->plan(0)));
    EXPECT_LT(tables, 1000);
    EXPECT_EQ(need.persistent_bytes, 4 * flat + flat / 2 + flat / 4 + 2 * 16 + states + tables);
}

TEST_F(OptimizerStatesTest, ARunGoesOnBitForBit) {
    for (const DType storage : {DType::f32, DType::f16}) {
        const test::TemporaryFolder folder;
        TwoReplicas whole(storage);
        whole.step();
        ModelSnapshot snapshot(*whole.replicas, whole.graph());
        save_checkpoint(folder.path(), snapshot, {.step = 1, .run = {}});
        const auto saved = whole.kept();
        whole.step();

        TwoReplicas resumed(storage);
        ASSERT_NE(resumed.kept(), saved);
        EXPECT_EQ(load_checkpoint(folder.path(), *resumed.replicas, resumed.graph(), {}).step, 1);
        EXPECT_EQ(resumed.kept(), saved);
        resumed.number = 1;
        resumed.step();
        EXPECT_EQ(resumed.kept(), whole.kept());
        EXPECT_NE(resumed.kept(), saved);
        EXPECT_EQ(resumed.kept()["optimizer.last 0"], resumed.kept()["optimizer.last 1"]);
    }
}

}  // namespace
}  // namespace vkm::train
