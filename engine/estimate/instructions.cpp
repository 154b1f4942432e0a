#include <engine/estimate/interpreter.h>

#include <base/error.h>

#include <cmath>

namespace vkm::engine::spirv {
void Interpreter::execute(const Instruction& i) {
    if (arithmetic(i)) return;
    const Operands o = i.operands;
    switch (i.op) {
        case OpVariable: {
            const uint32_t element = module_.type(i.type).element;
            pointers_[i.result] = {.type = element, .storage = Function};
            if (widths_[i.result] == 0) {  // once, whatever calls the function
                slot(i.result, 1);
                hold(element);
                words_[slots_[i.result]] = reserve(std::max(1u, module_.type(element).words));
            }
            pointers_[i.result].offset = words_[slots_[i.result]];
            return;
        }
        case OpAccessChain:
        case OpInBoundsAccessChain:
            access_chain(i);
            return;
        case OpLoad:
            load(i);
            return;
        case OpStore:
            store(i);
            return;
        case OpArrayLength:
            *out(i) = 0;
            mark(i, uniform);
            return;
        case OpImageRead:
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            ++work_.loads;
            load(i, 1, question_.memory_latency, ready_[o[1]], varying);
            return;
        case OpVectorTimesScalar: {
            uint32_t* to = out(i);
            for (uint32_t n = 0; n < module_.type(i.type).words; ++n)
                to[n] = as_word(as_float(in(o[0])[n]) * as_float(*in(o[1])));
            issue(i, i.folded ? 0 : module_.type(i.type).words, o);
            return;
        }
        case OpVectorTimesMatrix:
        case OpMatrixTimesVector: {  // nothing depends on what it is
            const uint32_t products = module_.type_of(o[i.op == OpMatrixTimesVector ? 0 : 1]).words;
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            work_.multiply_adds += products;
            issue(i, products, o);
            return;
        }
        case OpTranspose:
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            gather(i, o);
            return;
        case OpDot: {
            float sum = 0;
            const uint32_t width = module_.type_of(o[0]).words;
            for (uint32_t n = 0; n < width; ++n)
                sum += as_float(in(o[0])[n]) * as_float(in(o[1])[n]);
            *out(i) = as_word(sum);
            work_.multiply_adds += width;
            issue(i, width, o);
            return;
        }
        case OpUMulExtended: {
            const uint64_t product = uint64_t{*in(o[0])} * *in(o[1]);
            uint32_t* to = out(i);
            to[0] = static_cast<uint32_t>(product);
            to[1] = static_cast<uint32_t>(product >> 32);
            issue(i, 2 * integer_product, o);
            return;
        }
        case OpAny:
        case OpAll: {
            const uint32_t* from = in(o[0]);
            const auto set = [](uint32_t word) { return word != 0; };
            const uint32_t width = module_.type_of(o[0]).words;
            *out(i) =
                i.op == OpAny ? std::any_of(from, from + width, set) : std::all_of(from, from + width, set);
            issue(i, width - 1, o);
            return;
        }
        case OpSelect: {
            uint32_t* to = out(i);
            const uint32_t width = module_.type(i.type).words, chooses = module_.type_of(o[0]).words;
            for (uint32_t n = 0; n < width; ++n)
                to[n] = in(o[0])[chooses == 1 ? 0 : n] != 0 ? in(o[1])[n] : in(o[2])[n];
            issue(i, width, o);
            if (levels_[o[0]] == constant)  // the other one is never computed
                copy_value(i.result, *in(o[0]) != 0 ? o[1] : o[2]);
            return;
        }
        case OpBitcast:
        case OpCopyObject:
            copy(i, o[0]);
            return;
        case OpCompositeConstruct: {
            uint32_t* to = out(i);
            for (const uint32_t part : o) {
                const uint32_t width = module_.type_of(part).words;
                std::copy_n(in(part), width, to);
                to += width;
            }
            gather(i, o);
            return;
        }
        case OpCompositeExtract:
        case OpCompositeInsert: {
            const bool insert = i.op == OpCompositeInsert;
            const uint32_t whole = insert ? o[1] : o[0];
            uint32_t type = module_.type_of_id(whole), at = 0;
            for (const uint32_t index : o.subspan(insert ? 2 : 1)) {
                const Type& t = module_.type(type);
                const bool member = t.op == OpTypeStruct;
                at += member ? t.first_word.at(index) : index * std::max(1u, module_.type(t.element).words);
                type = member ? t.members.at(index) : t.element;
            }
            const uint32_t width = std::max(1u, module_.type(type).words);
            uint32_t* to = out(i);
            if (insert) {
                std::copy_n(in(whole), module_.type(i.type).words, to);
                std::copy_n(in(o[0]), width, to + at);
                gather(i, o.first(2));
            } else {
                std::copy_n(in(whole) + at, width, to);
                gather(i, o.first(1));
            }
            return;
        }
        case OpVectorExtractDynamic: {
            const uint32_t width = module_.type_of(o[0]).words;
            *out(i) = in(o[0])[std::min(*in(o[1]), width - 1)];
            issue(i, levels_[o[1]] == constant ? 0 : width, o);
            return;
        }
        case OpVectorInsertDynamic: {
            const uint32_t width = module_.type(i.type).words;
            uint32_t* to = out(i);
            std::copy_n(in(o[0]), width, to);
            to[std::min(*in(o[2]), width - 1)] = *in(o[1]);
            issue(i, levels_[o[2]] == constant ? 0 : width, o);
            return;
        }
        case OpVectorShuffle: {
            uint32_t* to = out(i);
            const uint32_t first = module_.type_of(o[0]).words;
            for (size_t n = 2; n < o.size(); ++n)
                to[n - 2] = o[n] == ~0u ? 0 : o[n] < first ? in(o[0])[o[n]] : in(o[1])[o[n] - first];
            gather(i, o.first(2));
            return;
        }
        case OpBitFieldInsert:
        case OpBitFieldSExtract:
        case OpBitFieldUExtract: {
            std::fill_n(out(i), module_.type(i.type).words, 0u);
            issue(i, 2 * module_.type(i.type).words, o);
            return;
        }
        case OpControlBarrier:
            if (*in(o[0]) == subgroup_scope) {  // whose invocations run together
                spend(varying, 1);
                return;
            }
            spend(varying, barrier_cost);
            ++work_.barriers;
            end_block();
            end_body();
            return;
        case OpMemoryBarrier:
        case OpLoopMerge:
        case OpSelectionMerge:
            return;
        case OpExtInst:
            extended(i);
            return;
        case OpCooperativeMatrixLoadKHR:
            *out(i) = 0;
            if (pointers_[o[0]].storage == Workgroup) {
                ++work_.shared_accesses;
                load(i, 4, question_.shared_latency, pointers_[o[0]].ready, varying);
            } else {
                ++work_.loads;
                load(i, 4, question_.memory_latency, pointers_[o[0]].ready, varying);
            }
            return;
        case OpCooperativeMatrixStoreKHR:
            wait(ready_[o[1]], overlapped_[o[1]]);
            spend(varying, 4);
            ++(pointers_[o[0]].storage == Workgroup ? work_.shared_accesses : work_.stores);
            return;
        case OpCooperativeMatrixMulAddKHR: {
            // M x N sums of K products: K from A's and C's sizes.
            const double a = module_.type_of(o[0]).count, b = module_.type_of(o[1]).count,
                         c = module_.type(i.type).count;
            work_.matrix_multiply_adds += std::sqrt(a * b * c);
            *out(i) = 0;
            issue(i, 1, o.first(3));
            levels_[i.result] = varying;
            return;
        }
        case OpCooperativeMatrixLengthKHR:
            *out(i) = 8;
            mark(i, constant);
            return;
        default:
            break;
    }
    if (i.op >= OpGroupNonUniformElect && i.op <= OpGroupNonUniformLogicalXor) {
        const uint32_t width = std::max(1u, module_.type(i.type).words);
        const uint32_t from = o.size() > 1 ? o[i.op >= 349 ? 2 : 1] : o[0];
        uint32_t* to = out(i);
        if (o.size() > 1 && module_.type_of(from).words == width)
            std::copy_n(in(from), width, to);
        else
            std::fill_n(to, width, 1u);
        // An operation over all lanes is a tree, a shuffle a trip through the data paths.
        issue(i, (i.op >= 349 ? 10 : 2) * width, o.size() > 1 ? Operands(&from, 1) : Operands());
        levels_[i.result] = varying;
        return;
    }
    if (i.op >= 227 && i.op <= 242) {  // atomics
        if (i.result != 0) *out(i) = 0;
        ++work_.loads;
        ++work_.atomics;
        load(i, 2, question_.memory_latency, 0, varying);
        return;
    }
    throw Error("shader {}: SPIR-V instruction {} is not known here", question_.name, i.op);
}

}  // namespace vkm::engine::spirv
