#include "spirv.h"

#include <stdexcept>

namespace vkm::shader_interface {
namespace {

constexpr uint32_t magic = 0x07230203;

// Returns a string, which is bytes in little-endian words, ended by a zero.
std::string text(Words words) {
    std::string result;
    for (const uint32_t word : words)
        for (int byte = 0; byte < 4; ++byte) {
            const char c = static_cast<char>(word >> (8 * byte) & 0xff);
            if (c == 0) return result;
            result += c;
        }
    return result;
}

// Returns which word of an instruction is its result id; 0 where it defines nothing that counts here.
size_t result_at(uint32_t op) {
    if (op >= 19 && op <= 39) return 1;                                            // types
    if ((op >= 41 && op <= 52) || op == OpVariable || op == OpFunction) return 2;  // constants
    return 0;
}

}  // namespace

Spirv::Spirv(Words words, std::string shader) : shader_(std::move(shader)) {
    if (words.size() < 5 || words[0] != magic) fail("this is no SPIR-V");
    for (size_t at = 5; at < words.size();) {
        const uint32_t length = words[at] >> 16;
        if (length == 0 || length > words.size() - at) fail("the SPIR-V is cut off");
        instructions_.push_back(words.subspan(at, length));
        read(instructions_.back());
        at += length;
    }
}

void Spirv::read(Words i) {
    const auto need = [&](size_t words) {
        if (i.size() < words) fail("the SPIR-V has a malformed instruction " + std::to_string(op(i)));
    };
    switch (op(i)) {
        case OpName:
            need(3);
            if (const auto [known, fresh] = names_.emplace(i[1], text(i.subspan(2)));
                !fresh && known->second != text(i.subspan(2)))
                fail(known->second + " is also called " + text(i.subspan(2)) +
                     ": give a constant another name by a macro");
            break;
        case OpMemberName:
            need(4);
            member_names_[{i[1], i[2]}] = text(i.subspan(3));
            break;
        case OpDecorate:
            need(3);
            decorations_[i[1]][i[2]] = i.size() > 3 ? i[3] : 0;
            break;
        case OpMemberDecorate:
            need(4);
            member_decorations_[{i[1], i[2]}][i[3]] = i.size() > 4 ? i[4] : 0;
            break;
        case OpTypePointer:
        case OpTypeVector:
        case OpTypeMatrix:
        case OpTypeArray:
        case OpConstant:
        case OpSpecConstant:
        case OpVariable:
            need(4);
            break;
        case OpTypeInt:
            need(4);
            break;
        case OpTypeFloat:
            need(3);
            break;
        default:
            break;
    }
    if (const size_t at = result_at(op(i)); at != 0) {
        need(at + 1);
        definitions_[i[at]] = i;
    }
}

Words Spirv::definition(uint32_t id) const {
    const auto found = definitions_.find(id);
    if (found == definitions_.end()) fail("SPIR-V id " + std::to_string(id) + " has no definition");
    return found->second;
}

std::optional<uint32_t> Spirv::decoration(uint32_t id, uint32_t which) const {
    const auto found = decorations_.find(id);
    if (found == decorations_.end() || !found->second.contains(which)) return std::nullopt;
    return found->second.at(which);
}

std::optional<uint32_t> Spirv::member_decoration(uint32_t type, uint32_t member, uint32_t which) const {
    const auto found = member_decorations_.find({type, member});
    if (found == member_decorations_.end() || !found->second.contains(which)) return std::nullopt;
    return found->second.at(which);
}

std::vector<std::pair<uint32_t, uint32_t>> Spirv::decorated(uint32_t which) const {
    std::vector<std::pair<uint32_t, uint32_t>> result;
    for (const auto& [id, decorations] : decorations_)
        if (const auto found = decorations.find(which); found != decorations.end())
            result.emplace_back(id, found->second);
    return result;
}

std::string Spirv::name(uint32_t id) const {
    const auto found = names_.find(id);
    return found == names_.end() ? "" : found->second;
}

std::string Spirv::member_name(uint32_t type, uint32_t member) const {
    const auto found = member_names_.find({type, member});
    return found == member_names_.end() ? "" : found->second;
}

void Spirv::fail(const std::string& what) const {
    throw std::runtime_error("shader " + shader_ + ": " + what);
}

}  // namespace vkm::shader_interface
