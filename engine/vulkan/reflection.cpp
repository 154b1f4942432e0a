#include <engine/error.h>
#include <engine/vulkan/reflection.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

namespace vkm::engine {
namespace {

// Numbers of the SPIR-V specification, section 3.
enum Op : uint32_t {
    OpExecutionMode = 16,
    OpTypeInt = 21,
    OpTypeFloat = 22,
    OpTypeVector = 23,
    OpTypeMatrix = 24,
    OpTypeImage = 25,
    OpTypeArray = 28,
    OpTypeStruct = 30,
    OpTypePointer = 32,
    OpConstant = 43,
    OpConstantComposite = 44,
    OpSpecConstant = 50,
    OpSpecConstantComposite = 51,
    OpVariable = 59,
    OpDecorate = 71,
    OpMemberDecorate = 72
};
enum Decoration : uint32_t {
    SpecId = 1,
    ArrayStride = 6,
    MatrixStride = 7,
    BuiltIn = 11,
    NonWritable = 24,
    NonReadable = 25,
    DecorationBinding = 33,
    DescriptorSet = 34,
    Offset = 35
};
enum StorageClass : uint32_t { UniformConstant = 0, Uniform = 2, PushConstant = 9, StorageBuffer = 12 };
constexpr uint32_t spirv_magic = 0x07230203, LocalSize = 17, WorkgroupSize = 25, DimBuffer = 5, Rgba32f = 1,
                   Rgba16f = 2;

using ReflectedWords = std::span<const uint32_t>;
using Decorations = std::unordered_map<uint32_t, uint32_t>;  // decoration -> its operand, 0 without one

/// Holds the instructions of a module by result id, and what decorates them.
class Module {
  public:
    Module(ReflectedWords spirv, ReflectedWords constants, std::string_view name)
        : constants_(constants), name_(name) {
        if (spirv.size() < 5 || spirv[0] != spirv_magic) throw Error("shader {}: not SPIR-V", name);
        for (size_t at = 5; at < spirv.size();) {
            const uint32_t length = spirv[at] >> 16, op = spirv[at] & 0xffff;
            if (length == 0 || length > spirv.size() - at) throw Error("shader {}: truncated SPIR-V", name);
            read(op, spirv.subspan(at, length));
            at += length;
        }
    }

    ShaderInterface interface() const {
        ShaderInterface result;
        std::map<uint32_t, Binding> bindings;
        for (const ReflectedWords variable : variables_) {
            switch (variable[3]) {
                case PushConstant:
                    result.push_constant_bytes = bytes(pointee(variable[1]));
                    break;
                case Uniform:
                case UniformConstant:
                case StorageBuffer: {
                    const Binding found = binding(variable, definition(pointee(variable[1])));
                    const auto [at, fresh] = bindings.emplace(found.binding, found);
                    if (fresh) break;
                    // Two views of one binding: the union of what they do.
                    if (at->second.type != found.type || at->second.format != found.format)
                        throw Error("shader {}: binding {} is declared with two types", name_, found.binding);
                    at->second.reads |= found.reads;
                    at->second.writes |= found.writes;
                    break;
                }
                default:
                    break;
            }
        }
        for (const auto& [number, found] : bindings)
            result.bindings.push_back(found);
        result.local_size = local_size();
        return result;
    }

  private:
    void read(uint32_t op, ReflectedWords words) {
        const auto need = [&](size_t count) {
            if (words.size() < count) throw Error("shader {}: malformed SPIR-V instruction {}", name_, op);
        };
        switch (op) {
            case OpDecorate:
                need(3);
                decorations_[words[1]][words[2]] = words.size() > 3 ? words[3] : 0;
                break;
            case OpMemberDecorate:
                need(4);
                members_[words[1]][words[2]][words[3]] = words.size() > 4 ? words[4] : 0;
                break;
            case OpExecutionMode:
                need(3);
                if (words[2] == LocalSize) {
                    need(6);
                    mode_size_ = {words[3], words[4], words[5]};
                }
                break;
            case OpVariable:
                need(4);
                variables_.push_back(words);
                break;
            case OpTypeStruct:
                need(2);
                definitions_[words[1]] = words;
                break;
            case OpTypeFloat:
                need(3);
                definitions_[words[1]] = words;
                break;
            case OpTypeInt:
            case OpTypeVector:
            case OpTypeMatrix:
            case OpTypeArray:
            case OpTypePointer:
                need(4);
                definitions_[words[1]] = words;
                break;
            case OpTypeImage:
                need(9);
                definitions_[words[1]] = words;
                break;
            case OpConstant:
            case OpSpecConstant:
                need(4);
                definitions_[words[2]] = words;
                break;
            case OpConstantComposite:
            case OpSpecConstantComposite:
                need(3);
                definitions_[words[2]] = words;
                break;
            default:
                // Other types (runtime arrays, samplers, …) matter only by what they are not.
                if (op >= 19 && op <= 39 && words.size() >= 2) definitions_[words[1]] = words;
        }
    }

    ReflectedWords definition(uint32_t id) const {
        const auto found = definitions_.find(id);
        if (found == definitions_.end()) throw Error("shader {}: SPIR-V id {} has no definition", name_, id);
        return found->second;
    }
    static uint32_t op(ReflectedWords words) { return words[0] & 0xffff; }

    uint32_t pointee(uint32_t pointer) const {
        const ReflectedWords type = definition(pointer);
        if (op(type) != OpTypePointer) throw Error("shader {}: malformed SPIR-V pointer {}", name_, pointer);
        return type[3];
    }

    std::optional<uint32_t> decoration(uint32_t id, uint32_t which) const {
        const auto found = decorations_.find(id);
        if (found == decorations_.end() || !found->second.contains(which)) return std::nullopt;
        return found->second.at(which);
    }
    std::optional<uint32_t> member_decoration(uint32_t type, uint32_t member, uint32_t which) const {
        const auto found = members_.find(type);
        if (found == members_.end() || !found->second.contains(member)) return std::nullopt;
        const Decorations& of_member = found->second.at(member);
        return of_member.contains(which) ? std::optional(of_member.at(which)) : std::nullopt;
    }

    /// `readonly` decorates the variable of an image, and every member of a block.
    bool decorated(ReflectedWords variable, ReflectedWords type, uint32_t which) const {
        if (decoration(variable[2], which)) return true;
        if (op(type) != OpTypeStruct || type.size() < 3) return false;
        for (uint32_t m = 0; m < type.size() - 2; ++m)
            if (!member_decoration(type[1], m, which)) return false;
        return true;
    }

    Binding binding(ReflectedWords variable, ReflectedWords type) const {
        Binding b;
        const auto number = decoration(variable[2], DecorationBinding);
        if (!number || decoration(variable[2], DescriptorSet).value_or(0) != 0)
            throw Error("shader {}: a resource is not a binding of descriptor set 0", name_);
        b.binding = *number;
        b.reads = !decorated(variable, type, NonReadable);
        b.writes = !decorated(variable, type, NonWritable);
        if (op(type) == OpTypeStruct && variable[3] == StorageBuffer) return b;
        const bool storage_texels = op(type) == OpTypeImage && type[3] == DimBuffer && type[7] == 2;
        if (!storage_texels)
            throw Error("shader {}: binding {} is neither a storage buffer nor a storage texel buffer", name_,
                        b.binding);
        b.type = BindingType::storage_texel_buffer;
        switch (type[8]) {
            case Rgba32f:
                b.format = TexelFormat::rgba32f;
                break;
            case Rgba16f:
                b.format = TexelFormat::rgba16f;
                break;
            default:
                throw Error("shader {}: binding {} has a texel format other than rgba32f and rgba16f", name_,
                            b.binding);
        }
        return b;
    }

    uint32_t constant(uint32_t id) const {
        const ReflectedWords words = definition(id);
        if (op(words) != OpConstant && op(words) != OpSpecConstant)
            throw Error("shader {}: SPIR-V id {} is not a constant", name_, id);
        const auto spec = decoration(id, SpecId);
        return spec && *spec < constants_.size() ? constants_[*spec] : words[3];
    }

    uint32_t bytes(uint32_t id, uint32_t matrix_stride = 0, int depth = 0) const {
        if (depth > 16) throw Error("shader {}: push constants nest too deep", name_);
        const ReflectedWords type = definition(id);
        switch (op(type)) {
            case OpTypeInt:
            case OpTypeFloat:
                return type[2] / 8;
            case OpTypeVector:
                return type[3] * bytes(type[2], 0, depth + 1);
            case OpTypeMatrix:
                return type[3] * matrix_stride;
            case OpTypeArray:
                return constant(type[3]) * decoration(id, ArrayStride).value_or(0);
            case OpTypeStruct: {
                uint32_t end = 0;
                for (uint32_t m = 0; m + 2 < type.size(); ++m) {
                    const uint32_t stride = member_decoration(id, m, MatrixStride).value_or(0);
                    end = std::max(end, member_decoration(id, m, Offset).value_or(0) +
                                            bytes(type[m + 2], stride, depth + 1));
                }
                return end;
            }
            default:
                throw Error("shader {}: push constants hold a type of unknown size", name_);
        }
    }

    std::array<uint32_t, 3> local_size() const {
        for (const auto& [id, decorations] : decorations_) {
            const auto builtin = decorations.find(BuiltIn);
            if (builtin == decorations.end() || builtin->second != WorkgroupSize) continue;
            const ReflectedWords composite = definition(id);
            if (composite.size() != 6) throw Error("shader {}: malformed workgroup size", name_);
            return {constant(composite[3]), constant(composite[4]), constant(composite[5])};
        }
        return mode_size_;
    }

    ReflectedWords constants_;
    std::string_view name_;
    std::unordered_map<uint32_t, ReflectedWords> definitions_;
    std::unordered_map<uint32_t, Decorations> decorations_;
    std::unordered_map<uint32_t, std::unordered_map<uint32_t, Decorations>> members_;
    std::vector<ReflectedWords> variables_;
    std::array<uint32_t, 3> mode_size_{1, 1, 1};
};

}  // namespace

ShaderInterface reflect(std::span<const uint32_t> spirv, std::span<const uint32_t> constants,
                        std::string_view name) {
    return Module(spirv, constants, name).interface();
}

}  // namespace vkm::engine
