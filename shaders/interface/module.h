#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vkm::shader_interface {

enum class Scalar : uint8_t { unsigned_integer, signed_integer, floating, boolean };

/// Describes a specialization constant.
struct Constant {
    uint32_t id = 0;
    std::string name;
    Scalar type = Scalar::unsigned_integer;
    uint32_t value = 0;         ///< its default, bit by bit
    bool of_workgroup = false;  ///< a dimension of the workgroup: GLSL gives it no name, and 1 as default

    bool operator==(const Constant&) const = default;
};

struct Binding {
    uint32_t number = 0;
    std::string name;
    bool reads = false, writes = false;
    bool needed = false;  ///< used whatever the specialization constants are

    bool operator==(const Binding&) const = default;
};

/// Describes a member of the push-constant block: a scalar, or `count` of them one after the other.
struct Member {
    uint32_t offset = 0;
    std::string name = {};
    Scalar type = Scalar::unsigned_integer;
    uint32_t count = 1;
    bool array = false;

    uint32_t bytes() const { return 4 * count; }
    bool operator==(const Member&) const = default;
};

/// Holds what a kernel takes, by the names that its GLSL has for it.
struct Interface {
    std::vector<Constant> constants;  ///< by id
    std::vector<Binding> bindings;    ///< by number
    std::vector<Member> push;         ///< by offset, without gaps
};

/// Reads the interface of a module compiled with names (glslang's default), of Vulkan's descriptor set 0.
/// Names come as C++ has them: WORKGROUP and StepParams as workgroup and step_params.
/// Throws std::runtime_error, naming the shader and the member, where something has no counterpart in C++.
Interface read_interface(std::span<const uint32_t> spirv, const std::string& shader);

}  // namespace vkm::shader_interface
