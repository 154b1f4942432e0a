#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vkm::engine::spirv {

// Numbers of the SPIR-V specification that an interpreter of compute kernels needs.
enum Op : uint32_t {
    OpExtInst = 12,
    OpExecutionMode = 16,
    OpTypeVoid = 19,
    OpTypeBool = 20,
    OpTypeInt = 21,
    OpTypeFloat = 22,
    OpTypeVector = 23,
    OpTypeMatrix = 24,
    OpTypeImage = 25,
    OpTypeArray = 28,
    OpTypeRuntimeArray = 29,
    OpTypeStruct = 30,
    OpTypePointer = 32,
    OpTypeFunction = 33,
    OpConstantTrue = 41,
    OpConstantFalse = 42,
    OpConstant = 43,
    OpConstantComposite = 44,
    OpConstantNull = 46,
    OpSpecConstantTrue = 48,
    OpSpecConstantFalse = 49,
    OpSpecConstant = 50,
    OpSpecConstantComposite = 51,
    OpSpecConstantOp = 52,
    OpFunction = 54,
    OpFunctionParameter = 55,
    OpFunctionEnd = 56,
    OpFunctionCall = 57,
    OpVariable = 59,
    OpLoad = 61,
    OpStore = 62,
    OpCopyMemory = 63,
    OpAccessChain = 65,
    OpInBoundsAccessChain = 66,
    OpArrayLength = 68,
    OpDecorate = 71,
    OpMemberDecorate = 72,
    OpVectorExtractDynamic = 77,
    OpVectorInsertDynamic = 78,
    OpVectorShuffle = 79,
    OpCompositeConstruct = 80,
    OpCompositeExtract = 81,
    OpCompositeInsert = 82,
    OpCopyObject = 83,
    OpTranspose = 84,
    OpImageRead = 98,
    OpImageWrite = 99,
    OpConvertFToU = 109,
    OpConvertFToS = 110,
    OpConvertSToF = 111,
    OpConvertUToF = 112,
    OpUConvert = 113,
    OpSConvert = 114,
    OpFConvert = 115,
    OpBitcast = 124,
    OpSNegate = 126,
    OpFNegate = 127,
    OpIAdd = 128,
    OpFAdd = 129,
    OpISub = 130,
    OpFSub = 131,
    OpIMul = 132,
    OpFMul = 133,
    OpUDiv = 134,
    OpSDiv = 135,
    OpFDiv = 136,
    OpUMod = 137,
    OpSRem = 138,
    OpSMod = 139,
    OpFRem = 140,
    OpFMod = 141,
    OpVectorTimesScalar = 142,
    OpMatrixTimesScalar = 143,
    OpVectorTimesMatrix = 144,
    OpMatrixTimesVector = 145,
    OpMatrixTimesMatrix = 146,
    OpDot = 148,
    OpUMulExtended = 151,
    OpAny = 154,
    OpAll = 155,
    OpIsNan = 156,
    OpIsInf = 157,
    OpLogicalEqual = 164,
    OpLogicalNotEqual = 165,
    OpLogicalOr = 166,
    OpLogicalAnd = 167,
    OpLogicalNot = 168,
    OpSelect = 169,
    OpIEqual = 170,
    OpINotEqual = 171,
    OpUGreaterThan = 172,
    OpSGreaterThan = 173,
    OpUGreaterThanEqual = 174,
    OpSGreaterThanEqual = 175,
    OpULessThan = 176,
    OpSLessThan = 177,
    OpULessThanEqual = 178,
    OpSLessThanEqual = 179,
    OpFOrdEqual = 180,
    OpFUnordEqual = 181,
    OpFOrdNotEqual = 182,
    OpFUnordNotEqual = 183,
    OpFOrdLessThan = 184,
    OpFUnordLessThan = 185,
    OpFOrdGreaterThan = 186,
    OpFUnordGreaterThan = 187,
    OpFOrdLessThanEqual = 188,
    OpFUnordLessThanEqual = 189,
    OpFOrdGreaterThanEqual = 190,
    OpFUnordGreaterThanEqual = 191,
    OpShiftRightLogical = 194,
    OpShiftRightArithmetic = 195,
    OpShiftLeftLogical = 196,
    OpBitwiseOr = 197,
    OpBitwiseXor = 198,
    OpBitwiseAnd = 199,
    OpNot = 200,
    OpBitFieldInsert = 201,
    OpBitFieldSExtract = 202,
    OpBitFieldUExtract = 203,
    OpBitCount = 205,
    OpControlBarrier = 224,
    OpMemoryBarrier = 225,
    OpPhi = 245,
    OpLoopMerge = 246,
    OpSelectionMerge = 247,
    OpLabel = 248,
    OpBranch = 249,
    OpBranchConditional = 250,
    OpSwitch = 251,
    OpKill = 252,
    OpReturn = 253,
    OpReturnValue = 254,
    OpUnreachable = 255,
    OpGroupNonUniformElect = 333,
    OpGroupNonUniformLogicalXor = 364,
    OpTypeCooperativeMatrixKHR = 4456,
    OpCooperativeMatrixLoadKHR = 4457,
    OpCooperativeMatrixStoreKHR = 4458,
    OpCooperativeMatrixMulAddKHR = 4459,
    OpCooperativeMatrixLengthKHR = 4460
};
constexpr uint32_t subgroup_scope = 3;

enum StorageClass : uint32_t {
    UniformConstant = 0,
    Input = 1,
    Uniform = 2,
    Workgroup = 4,
    Private = 6,
    Function = 7,
    PushConstant = 9,
    StorageBuffer = 12
};

struct Type {
    uint32_t op = 0;
    uint32_t element = 0;        ///< type of components, elements, pointees
    uint32_t count = 0;          ///< components, or elements of an array
    uint32_t words = 0;          ///< 32-bit words of a value, scalars one each
    uint32_t bits = 0;           ///< that a lane holds of a value
    uint32_t subgroup_bits = 0;  ///< that its subgroup holds of one, in matrices
    uint32_t storage = 0;        ///< of a pointer
    bool is_signed = false;
    std::vector<uint32_t> members, first_word, byte_offsets;  ///< of a struct
    uint32_t stride = 0;  ///< bytes between an array's elements in a block
};

struct Instruction {
    uint32_t op = 0, type = 0, result = 0;
    std::span<const uint32_t> operands;  ///< behind type and result
    bool folded = false;         ///< a product that a compiler makes one with the sum that alone uses it
    bool offset = false;         ///< a sum that is nothing but an index of shared memory
    bool guards_memory = false;  ///< a branch around an access of memory that others see, or a barrier
    bool leaves_loop = false;    ///< a branch that may end a loop
    uint32_t merge = 0;          ///< of a branch: the label at which its arms meet again
};

struct Routine {
    uint32_t id = 0, first = 0, last = 0;  ///< instructions [first, last) of Module::code
    std::vector<uint32_t> parameters;
};

/// Holds a compute shader's SPIR-V, specialized, in the form that is interpreted (engine/estimate/subgroup_run).
/// It is the SPIR-V that glslang writes for the shaders here; throws vkm::Error at what it does not know.
class Module {
  public:
    Module(std::span<const uint32_t> words, std::span<const uint32_t> constants, std::string_view name);

    const Type& type(uint32_t id) const { return types_.at(id); }
    const Type& type_of(uint32_t value) const { return types_[value_types_[value]]; }
    uint32_t type_of_id(uint32_t value) const { return value_types_[value]; }
    uint32_t bound() const { return bound_; }
    const std::vector<Instruction>& code() const { return code_; }
    const Routine& function(uint32_t id) const { return functions_.at(id); }
    uint32_t entry() const { return entry_; }
    uint32_t at(uint32_t label) const { return labels_[label]; }  ///< index of code behind it

    struct Constant {
        uint32_t id;
        std::vector<uint32_t> words;
    };
    const std::vector<Constant>& constants() const { return constants_; }
    struct Variable {
        uint32_t id, type, storage;
        uint32_t built_in;  ///< ~0: none
    };
    const std::vector<Variable>& variables() const { return variables_; }  ///< outside of functions
    /// Returns bytes of shared memory.
    uint32_t shared_bytes() const;

  private:
    void declare(uint32_t op, std::span<const uint32_t> words);
    void constant(uint32_t op, std::span<const uint32_t> words);
    std::vector<uint32_t> evaluate(std::span<const uint32_t> words) const;
    void body(uint32_t op, std::span<const uint32_t> words);
    void fold_multiplications();
    void find_offsets();
    void follow_branches();
    bool touches_memory(const Instruction&) const;
    const std::vector<uint32_t>& value(uint32_t id) const;
    uint32_t constant_word(uint32_t id) const { return value(id).at(0); }

    std::string_view name_;
    std::span<const uint32_t> specialization_;
    uint32_t bound_ = 0, entry_ = 0;
    std::vector<Type> types_;            // by id
    std::vector<uint32_t> value_types_;  // type of a value, by id
    std::vector<uint32_t> labels_;       // by id
    std::vector<Instruction> code_;
    std::unordered_map<uint32_t, Routine> functions_;
    std::vector<Constant> constants_;
    std::unordered_map<uint32_t, size_t> constant_at_;
    std::vector<Variable> variables_;
    std::unordered_map<uint32_t, uint32_t> spec_ids_, built_ins_, strides_;
    std::unordered_map<uint64_t, uint32_t> member_offsets_;
    std::unordered_set<uint32_t> loop_ends_;
    std::unordered_set<uint32_t> shared_pointers_;  // into buffers and shared memory
    std::unordered_set<uint32_t> touching_;         // functions that access such memory
    uint32_t function_ = 0;
};

}  // namespace vkm::engine::spirv
