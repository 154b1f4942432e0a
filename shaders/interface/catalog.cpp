#include "catalog.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <stdexcept>

namespace vkm::shader_interface {
namespace {

[[noreturn]] void fail(const std::string& shader, const std::string& what) {
    throw std::runtime_error("shader " + shader + ": " + what);
}

std::string text(Scalar type) {
    switch (type) {
        case Scalar::unsigned_integer:
            return "uint32_t";
        case Scalar::signed_integer:
            return "int32_t";
        case Scalar::floating:
            return "float";
        case Scalar::boolean:
            return "bool";
    }
    return "";
}

std::string text(const Member& member) {
    if (!member.array) return text(member.type);
    return "std::array<" + text(member.type) + ", " + std::to_string(member.count) + ">";
}

// Returns a constant's default as C++ writes it.
std::string default_value(const Constant& constant) {
    switch (constant.type) {
        case Scalar::unsigned_integer:
            return std::to_string(constant.value);
        case Scalar::signed_integer:
            return std::to_string(static_cast<int32_t>(constant.value));
        case Scalar::boolean:
            return constant.value != 0 ? "true" : "false";
        case Scalar::floating:
            break;
    }
    char digits[32];
    const auto [end, error] =
        std::to_chars(std::begin(digits), std::end(digits), std::bit_cast<float>(constant.value));
    std::string number(std::begin(digits), error == std::errc{} ? end : std::begin(digits));
    if (number.find_first_of(".e") == std::string::npos) number += ".0";
    return number + "f";
}

// Returns depthwise_weight_grad as DepthwiseWeightGrad.
std::string camel_case(const std::string& name) {
    std::string result;
    for (size_t i = 0; i < name.size(); ++i)
        if (name[i] != '_')
            result += i == 0 || name[i - 1] == '_'
                          ? static_cast<char>(std::toupper(static_cast<unsigned char>(name[i])))
                          : name[i];
    return result;
}

std::string said(const Constant& c) {
    return "specialization constant " + std::to_string(c.id) + " " + text(c.type) + " " + c.name + " = " +
           default_value(c);
}
std::string said(const Binding& b) {
    return "binding " + std::to_string(b.number) + " " + b.name + (b.reads ? ", read" : "") +
           (b.writes ? ", written" : "");
}
std::string said(const Member& m) {
    return "push constant " + text(m) + " " + m.name + " at byte " + std::to_string(m.offset);
}

bool same(const Constant& a, const Constant& b) {
    return a == b;
}
bool same(const Member& a, const Member& b) {
    return a == b;
}
// What a kernel needs may depend on how it loads.
bool same(const Binding& a, const Binding& b) {
    return a.number == b.number && a.name == b.name && a.reads == b.reads && a.writes == b.writes;
}

template <typename Item>
void require_same(const std::string& shader, const std::vector<Item>& mine, const std::string& other,
                  const std::vector<Item>& others) {
    for (size_t i = 0; i < std::max(mine.size(), others.size()); ++i) {
        if (i < mine.size() && i < others.size() && same(mine[i], others[i])) continue;
        const std::string here = i < mine.size() ? "has " + said(mine[i]) : "ends";
        const std::string there = i < others.size() ? "has " + said(others[i]) : "ends";
        fail(shader, here + " where " + other + " " + there);
    }
}

void merge(const std::string& shader, const Interface& mine, const std::string& other, Interface& into) {
    require_same(shader, mine.bindings, other, into.bindings);
    require_same(shader, mine.push, other, into.push);
    for (size_t i = 0; i < mine.bindings.size(); ++i)
        into.bindings[i].needed |= mine.bindings[i].needed;
}

Interface interface_of(const Shader& shader) {
    Interface result = shader.variants.at(0).interface;
    for (const Variant& variant : shader.variants) {
        const std::string name = shader.name + " (" + variant.name + ")";
        merge(name, variant.interface, "variant " + shader.variants[0].name, result);
        require_same(name, variant.interface.constants, "variant " + shader.variants[0].name,
                     result.constants);
    }
    return result;
}

// Holds an interface, and the shaders that have it.
struct Shared {
    std::string name;
    Interface interface;
    std::vector<const Shader*> shaders;
    std::vector<Interface> own;  ///< of each shader
};

using Parts = std::map<std::string, std::vector<Constant>>;

// Leaves an interface the constants that all of its shaders have; the others go to the shaders' parts.
void split_constants(Shared& shared, Parts& parts) {
    std::vector<Constant>& common = shared.interface.constants;
    for (const Interface& own : shared.own)
        std::erase_if(common, [&](const Constant& c) {
            return std::ranges::find(own.constants, c) == own.constants.end();
        });
    for (size_t i = 0; i < shared.shaders.size(); ++i) {
        const Shader& shader = *shared.shaders[i];
        std::vector<Constant> rest;
        for (const Constant& c : shared.own[i].constants)
            if (std::ranges::find(common, c) == common.end()) rest.push_back(c);
        if (shader.part.empty()) {
            if (!rest.empty())
                fail(shader.name, said(rest[0]) + " is not one of every shader of interface " + shared.name);
            continue;
        }
        const auto [known, fresh] = parts.emplace(shader.part, rest);
        if (!fresh)
            require_same(shader.name, rest, "part " + shader.part + " of other shaders", known->second);
    }
}

std::vector<Shared> interfaces_of(const std::vector<Shader>& shaders, Parts& parts) {
    std::vector<Shared> result;
    for (const Shader& shader : shaders) {
        const Interface own = interface_of(shader);
        auto shared = std::ranges::find(result, shader.interface, &Shared::name);
        if (shared == result.end()) {
            result.push_back({shader.interface, own, {}, {}});
            shared = std::prev(result.end());
        } else {
            merge(shader.name, own, "interface " + shared->name, shared->interface);
        }
        shared->shaders.push_back(&shader);
        shared->own.push_back(own);
    }
    for (Shared& shared : result) {
        split_constants(shared, parts);
        // Declarations alone use nothing.
        for (Binding& binding : shared.interface.bindings) {
            const bool known = std::ranges::any_of(shared.shaders, &Shader::has_code);
            binding.needed |= !known;
        }
    }
    return result;
}

std::string each_constant(const std::vector<Constant>& constants, const std::string& indent) {
    std::string out = indent + "template <typename F>\n" + indent + "void each(F " +
                      (constants.empty() ? "" : "f") + ") const {\n";
    for (const Constant& c : constants)
        out += indent + "    f(" + std::to_string(c.id) + ", " + c.name + ");\n";
    return out + indent + "}\n";
}

std::string fields(const std::vector<Constant>& constants, const std::string& indent) {
    std::string result;
    for (const Constant& c : constants)
        result += indent + text(c.type) + " " + c.name +
                  (c.of_workgroup ? ";\n" : " = " + default_value(c) + ";\n");
    return result;
}

std::string header_of(const Shared& shared, const std::string& name_space) {
    const std::string name = camel_case(shared.name);
    const Interface& i = shared.interface;
    std::string out = "struct " + name + " {\n    struct Constants {\n";
    out += fields(i.constants, "        ") + each_constant(i.constants, "        ") + "    };\n";

    out += "    template <typename T>\n    struct Bindings {\n";
    for (const Binding& b : i.bindings)
        out += "        T " + b.name + (b.needed ? ";\n" : "{};\n");
    for (const char* qualifier : {"", " const"}) {
        out += std::string("        template <typename F>\n        void each(F ") +
               (i.bindings.empty() ? "" : "f") + ")" + qualifier + " {\n";
        for (const Binding& b : i.bindings)
            out += "            f(" + b.name + ");\n";
        out += "        }\n";
    }
    out += "    };\n";
    out += "    static constexpr std::array<BindingUse, " + std::to_string(i.bindings.size()) + "> uses{{\n";
    for (const Binding& b : i.bindings)
        out += "        {\"" + b.name + "\", " + (b.reads ? "true" : "false") + ", " +
               (b.writes ? "true" : "false") + ", " + (b.needed ? "true" : "false") + "},\n";
    out += "    }};\n";

    uint32_t push_bytes = 0;
    out += "    struct Push {\n";
    for (const Member& m : i.push) {
        out += "        " + text(m) + " " + m.name + ";\n";
        push_bytes = m.offset + m.bytes();
    }
    out += "    };\n    static constexpr size_t push_bytes = " + std::to_string(push_bytes) + ";\n";
    for (const Shader* shader : shared.shaders) {
        // An interface's only shader is `shader`; one of several has the name of its part, if it has one.
        const bool only = shared.shaders.size() == 1;
        if (!only && shader->part.empty()) continue;
        out += "    static constexpr const Shader& " + (only ? "shader" : shader->part) + " = " + name_space +
               "::" + shader->name + ";\n";
    }
    out += "};\n";
    for (const Member& m : i.push)
        out += "static_assert(offsetof(" + name + "::Push, " + m.name + ") == " + std::to_string(m.offset) +
               ");\n";
    if (push_bytes > 0)
        out += "static_assert(sizeof(" + name + "::Push) == " + std::to_string(push_bytes) + ");\n";
    return out + "\n";
}

}  // namespace

std::string catalog_header(const std::vector<Shader>& shaders, const std::string& name_space) {
    Parts parts;
    const std::vector<Shared> interfaces = interfaces_of(shaders, parts);
    for (const Shared& shared : interfaces)
        if (parts.contains(shared.name))
            fail(shared.shaders[0]->name, shared.name + " is the name of an interface and of a part");

    std::string out =
        "// Written by shaders/interface, see cmake/shaders.cmake.\n#pragma once\n\n"
        "#include <shaders/interface.h>\n#include <shaders/shader.h>\n\n"
        "#include <array>\n#include <cstddef>\n#include <cstdint>\n#include <span>\n\n"
        "namespace " +
        name_space + " {\n\n";
    for (const Shader& shader : shaders)
        out += "extern const Shader " + shader.name + ";\n";
    out += "/// Every shader above that has code.\nstd::span<const Shader* const> all();\n\n";
    for (const auto& [name, constants] : parts)
        out += "struct " + camel_case(name) + " {\n" + fields(constants, "    ") +
               each_constant(constants, "    ") + "};\n\n";
    for (const Shared& shared : interfaces)
        out += header_of(shared, name_space);
    return out + "}  // namespace " + name_space + "\n";
}

}  // namespace vkm::shader_interface
