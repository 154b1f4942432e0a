#include "module.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "needed.h"
#include "spirv.h"

namespace vkm::shader_interface {
namespace {

// Returns LANE_QUADS and StepParams as lane_quads and step_params.
std::string snake_case(std::string_view name) {
    std::string result;
    for (size_t i = 0; i < name.size(); ++i) {
        const auto upper = [&](size_t at) { return std::isupper(static_cast<unsigned char>(name[at])) != 0; };
        if (upper(i) && i > 0 && !upper(i - 1) && name[i - 1] != '_') result += '_';
        result += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
    return result;
}

std::string without(std::string name, std::string_view ending) {
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    return name;
}

class Reader {
  public:
    explicit Reader(const Spirv& spirv) : spirv_(spirv) {}

    Interface read() const {
        Interface result{constants(), bindings(), push()};
        require_names("specialization constants", result.constants);
        require_names("bindings", result.bindings);
        require_names("push constants", result.push);
        return result;
    }

  private:
    std::vector<Constant> constants() const {
        std::vector<Constant> result;
        for (const auto& [id, number] : spirv_.decorated(SpecId)) {
            const Words i = spirv_.definition(id);
            Constant constant{.id = number, .name = snake_case(spirv_.name(id))};
            if (const std::string dimension = workgroup_dimension(id); !dimension.empty()) {
                constant.name = dimension;
                constant.of_workgroup = true;
            }
            if (constant.name.empty())
                spirv_.fail("specialization constant " + std::to_string(number) + " has no name");
            const std::string what = "specialization constant " + constant.name;
            if (op(i) == OpSpecConstant) {
                constant.type = scalar(i[1], what);
                constant.value = i[3];
            } else {
                constant.type = Scalar::boolean;
                constant.value = op(i) == OpSpecConstantTrue ? 1 : 0;
            }
            result.push_back(std::move(constant));
        }
        // The workgroup's size may have a name of its own (shaders/include/index.glsl).
        const auto of_workgroup = std::ranges::find(result, true, &Constant::of_workgroup);
        if (of_workgroup != result.end())
            std::erase_if(result, [size = *of_workgroup](const Constant& constant) {
                return !constant.of_workgroup && constant.id == size.id && constant.name == size.name;
            });
        std::ranges::sort(result, {}, &Constant::id);
        for (size_t i = 1; i < result.size(); ++i)
            if (result[i].id == result[i - 1].id)
                spirv_.fail("specialization constants " + result[i - 1].name + " and " + result[i].name +
                            " have one id");
        return result;
    }

    // Returns the name of what local_size_x_id and so on declare; empty for other constants.
    std::string workgroup_dimension(uint32_t id) const {
        for (const auto& [composite, built_in] : spirv_.decorated(BuiltIn)) {
            if (built_in != workgroup_size) continue;
            const Words i = spirv_.definition(composite);
            static constexpr const char* names[] = {"workgroup", "workgroup_y", "workgroup_z"};
            for (size_t dimension = 0; dimension < 3 && 3 + dimension < i.size(); ++dimension)
                if (i[3 + dimension] == id) return names[dimension];
        }
        return "";
    }

    std::vector<Binding> bindings() const {
        std::vector<Binding> result;
        const std::set<uint32_t> needed = needed_variables(spirv_);
        for (const Words variable : spirv_.instructions()) {
            if (op(variable) != OpVariable) continue;
            const uint32_t id = variable[2], storage = variable[3];
            if (storage != UniformConstant && storage != Uniform && storage != StorageBuffer) continue;
            const uint32_t type = pointee(variable[1]);
            const bool block = op(spirv_.definition(type)) == OpTypeStruct;
            // A buffer is named by its block, an image by its variable: F32_IN and its like make both of one
            // name (include/tensor.glsl).
            const std::string name =
                block ? without(spirv_.name(type), "_block") : without(spirv_.name(id), "_texels");
            const auto number = spirv_.decoration(id, BindingNumber);
            if (!number || spirv_.decoration(id, DescriptorSet).value_or(0) != 0)
                spirv_.fail(name + " is not a binding of descriptor set 0");
            if (name.empty()) spirv_.fail("binding " + std::to_string(*number) + " has no name");
            result.push_back({.number = *number,
                              .name = snake_case(name),
                              .reads = !all_decorated(id, type, NonReadable),
                              .writes = !all_decorated(id, type, NonWritable),
                              .needed = needed.contains(id)});
        }
        std::ranges::sort(result, {}, &Binding::number);
        for (size_t i = 1; i < result.size(); ++i)
            if (result[i].number == result[i - 1].number)
                spirv_.fail("binding " + std::to_string(result[i].number) + " is both " + result[i - 1].name +
                            " and " + result[i].name);
        return result;
    }

    // Returns whether `which` decorates the variable, or every member of its block. GLSL's `readonly` and
    // `writeonly` decorate the variable of an image, and the members of a block.
    bool all_decorated(uint32_t variable, uint32_t type, uint32_t which) const {
        if (spirv_.decoration(variable, which)) return true;
        const Words definition = spirv_.definition(type);
        if (op(definition) != OpTypeStruct || definition.size() < 3) return false;
        for (uint32_t m = 0; m + 2 < definition.size(); ++m)
            if (!spirv_.member_decoration(type, m, which)) return false;
        return true;
    }

    std::vector<Member> push() const {
        std::vector<Member> result;
        for (const Words variable : spirv_.instructions()) {
            if (op(variable) != OpVariable || variable[3] != PushConstant) continue;
            const uint32_t block = pointee(variable[1]);
            const Words type = spirv_.definition(block);
            for (uint32_t m = 0; m + 2 < type.size(); ++m) {
                Member member = of_type(type[m + 2], block, m);
                member.name = snake_case(spirv_.member_name(block, m));
                member.offset = spirv_.member_decoration(block, m, Offset).value_or(0);
                if (member.name.empty()) spirv_.fail("push constant " + std::to_string(m) + " has no name");
                result.push_back(std::move(member));
            }
        }
        std::ranges::sort(result, {}, &Member::offset);
        uint32_t end = 0;
        for (const Member& member : result) {
            if (member.offset != end)
                spirv_.fail("push constant " + member.name + " lies at byte " +
                            std::to_string(member.offset) + ", where C++ has byte " + std::to_string(end) +
                            ": put the larger members first");
            end += member.bytes();
        }
        return result;
    }

    // Reads a scalar, or a vector, matrix or array of scalars that lie one after the other.
    Member of_type(uint32_t id, uint32_t block, uint32_t m) const {
        const std::string what = "push constant " + spirv_.member_name(block, m);
        const Words type = spirv_.definition(id);
        switch (op(type)) {
            case OpTypeVector:
                return {.type = scalar(type[2], what), .count = type[3], .array = true};
            case OpTypeMatrix: {
                const Words column = spirv_.definition(type[2]);
                if (spirv_.member_decoration(block, m, MatrixStride).value_or(0) != 4 * column[3])
                    spirv_.fail(what + " is a matrix whose columns are padded");
                return {.type = scalar(column[2], what), .count = type[3] * column[3], .array = true};
            }
            case OpTypeArray: {
                const Words length = spirv_.definition(type[3]);
                if (op(length) != OpConstant) spirv_.fail(what + " is an array whose length is not fixed");
                if (spirv_.decoration(id, ArrayStride).value_or(0) != 4)
                    spirv_.fail(what + " is an array of other things than 32-bit numbers");
                return {.type = scalar(type[2], what), .count = length[3], .array = true};
            }
            default:
                return {.type = scalar(id, what)};
        }
    }

    Scalar scalar(uint32_t id, const std::string& what) const {
        const Words type = spirv_.definition(id);
        const bool words = (op(type) == OpTypeInt || op(type) == OpTypeFloat) && type[2] == 32;
        if (!words) spirv_.fail(what + " is not made of 32-bit numbers");
        if (op(type) == OpTypeFloat) return Scalar::floating;
        return type[3] != 0 ? Scalar::signed_integer : Scalar::unsigned_integer;
    }

    uint32_t pointee(uint32_t pointer) const {
        const Words type = spirv_.definition(pointer);
        if (op(type) != OpTypePointer) spirv_.fail("the SPIR-V has a malformed pointer");
        return type[3];
    }

    template <typename Named>
    void require_names(const char* what, const std::vector<Named>& all) const {
        std::set<std::string> names;
        for (const Named& one : all)
            if (!names.insert(one.name).second)
                spirv_.fail(std::string("two ") + what + " are called " + one.name);
    }

    const Spirv& spirv_;
};

}  // namespace

Interface read_interface(std::span<const uint32_t> spirv, const std::string& shader) {
    return Reader(Spirv(spirv, shader)).read();
}

}  // namespace vkm::shader_interface
