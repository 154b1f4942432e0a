#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::shader_interface {

using Words = std::span<const uint32_t>;

/// Opcodes, decorations and storage classes of the SPIR-V specification, those that an interface is made of.
enum Op : uint32_t {
    OpName = 5,
    OpMemberName = 6,
    OpTypeBool = 20,
    OpTypeInt = 21,
    OpTypeFloat = 22,
    OpTypeVector = 23,
    OpTypeMatrix = 24,
    OpTypeImage = 25,
    OpTypeArray = 28,
    OpTypeStruct = 30,
    OpTypePointer = 32,
    OpConstant = 43,
    OpSpecConstantTrue = 48,
    OpSpecConstantFalse = 49,
    OpSpecConstant = 50,
    OpSpecConstantComposite = 51,
    OpSpecConstantOp = 52,
    OpFunction = 54,
    OpFunctionEnd = 56,
    OpFunctionCall = 57,
    OpVariable = 59,
    OpLoad = 61,
    OpStore = 62,
    OpAccessChain = 65,
    OpInBoundsAccessChain = 66,
    OpArrayLength = 68,
    OpDecorate = 71,
    OpMemberDecorate = 72,
    OpLoopMerge = 246,
    OpSelectionMerge = 247,
    OpLabel = 248,
    OpBranch = 249,
    OpBranchConditional = 250,
    OpSwitch = 251,
};
enum Decoration : uint32_t {
    SpecId = 1,
    ArrayStride = 6,
    MatrixStride = 7,
    BuiltIn = 11,
    NonWritable = 24,
    NonReadable = 25,
    BindingNumber = 33,
    DescriptorSet = 34,
    Offset = 35,
};
enum StorageClass : uint32_t { UniformConstant = 0, Uniform = 2, PushConstant = 9, StorageBuffer = 12 };
constexpr uint32_t workgroup_size = 25;  // a built-in

/// Holds the instructions of a SPIR-V module by what they define, with their names and decorations.
class Spirv {
  public:
    /// Throws std::runtime_error, naming the shader, where these words are no module.
    Spirv(Words words, std::string shader);

    const std::string& shader() const { return shader_; }
    std::span<const Words> instructions() const { return instructions_; }
    /// Returns the instruction that defines an id. Throws std::runtime_error where there is none.
    Words definition(uint32_t id) const;
    std::optional<uint32_t> decoration(uint32_t id, uint32_t which) const;
    std::optional<uint32_t> member_decoration(uint32_t type, uint32_t member, uint32_t which) const;
    /// Returns the ids that have the decoration, with its value.
    std::vector<std::pair<uint32_t, uint32_t>> decorated(uint32_t which) const;
    /// Returns the id's name; empty where it has none.
    std::string name(uint32_t id) const;
    std::string member_name(uint32_t type, uint32_t member) const;

    [[noreturn]] void fail(const std::string& what) const;

  private:
    void read(Words instruction);

    std::string shader_;
    std::vector<Words> instructions_;
    std::map<uint32_t, Words> definitions_;
    std::map<uint32_t, std::map<uint32_t, uint32_t>> decorations_;
    std::map<std::array<uint32_t, 2>, std::map<uint32_t, uint32_t>> member_decorations_;
    std::map<uint32_t, std::string> names_;
    std::map<std::array<uint32_t, 2>, std::string> member_names_;
};

inline uint32_t op(Words instruction) {
    return instruction[0] & 0xffff;
}

}  // namespace vkm::shader_interface
