#include "train/support/training.h"

#include <graph/flat_buffers.h>
#include <gtest/gtest.h>
#include <train/model_snapshot.h>

namespace vkm::train {
namespace {

using graph::Role;

class ModelSnapshotTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        training.emplace(test::TrainingOptions{.replicas = 2});
    }
    ModelOnDevices& model() { return *training->replicas; }
    const graph::Graph& graph() const { return training->graph(); }
    graph::ValueId flat(Role role) const { return graph::flat_buffer(graph(), role); }

    std::optional<test::Training> training;
};

TEST_F(ModelSnapshotTest, ValuesAreThoseThatWereLoaded) {
    ParameterValues expected = graph::initial_values(graph(), 3);
    model().load(graph(), expected);
    ModelSnapshot snapshot(model(), graph());
    ASSERT_EQ(snapshot.values().size(), expected.size());
    for (const auto& [id, value] : snapshot.values())
        for (size_t i = 0; i < value.values.size(); ++i)
            EXPECT_EQ(value.values[i], static_cast<float>(expected[id].values[i])) << graph().value(id).name;
}

TEST_F(ModelSnapshotTest, ABufferIsReadOnceHoweverManyWantIt) {
    ModelSnapshot snapshot(model(), graph());
    const std::vector<std::byte> parameters = snapshot.flat(flat(Role::parameter));
    const std::vector<std::byte> statistics = snapshot.flat(flat(Role::state), 1);
    training->step();
    EXPECT_EQ(snapshot.flat(flat(Role::parameter)), parameters);
    EXPECT_EQ(snapshot.flat(flat(Role::state), 1), statistics);
    ModelSnapshot later(model(), graph());
    EXPECT_NE(later.flat(flat(Role::parameter)), parameters);
    EXPECT_NE(later.flat(flat(Role::state), 1), statistics);
}

}  // namespace
}  // namespace vkm::train
