#include <graph/weights/dialect.h>
#include <graph/weights/dialects/rows.h>

#include <algorithm>
#include <cctype>

namespace vkm::graph {
namespace {

/// Fills in the names of one weight's layer.
class Template {
  public:
    Template(const NetworkWeights& network, size_t block) : network_(network), block_(block) {}

    std::string filled(std::string_view text) const {
        std::string out;
        while (!text.empty()) {
            const size_t open = std::min(text.find('{'), text.size());
            out += text.substr(0, open);
            text.remove_prefix(open);
            if (text.empty()) break;
            const size_t close = text.find('}');
            out += value(text.substr(1, close - 1));
            text.remove_prefix(close + 1);
        }
        return out;
    }

  private:
    std::string value(std::string_view field) const {
        const size_t choice = field.find('?');
        if (choice == field.npos) return std::to_string(sum(field));
        const std::string_view both = field.substr(choice + 1);
        const size_t bar = std::min(both.find('|'), both.size());
        if (sum(field.substr(0, choice)) != 0) return std::string(both.substr(0, bar));
        return std::string(bar < both.size() ? both.substr(bar + 1) : std::string_view());
    }

    size_t sum(std::string_view terms) const {
        size_t total = 0;
        for (const char term : terms)
            if (term != '+') total += number(term);
        return total;
    }

    size_t number(char term) const {
        if (std::isdigit(static_cast<unsigned char>(term))) return static_cast<size_t>(term - '0');
        const std::vector<Block>& blocks = network_.architecture.blocks;
        switch (term) {
            case 't':
                return blocks.size();
            case 'T':
                return network_.stages.back() + 1;
            case 'b':
                return block_;
            case 'S':
                return network_.stages.at(block_);
            case 'B':
                return block_ -
                       static_cast<size_t>(std::ranges::find(network_.stages, network_.stages.at(block_)) -
                                           network_.stages.begin());
            default:
                return of_block(term, blocks.at(block_));
        }
    }

    size_t of_block(char term, const Block& block) const {
        const Architecture& net = network_.architecture;
        const int64_t in = block_ == 0 ? net.stem.out : net.blocks[block_ - 1].out;
        constexpr size_t layers_of_an_expansion = 3;
        switch (term) {
            case 'x':
                return expands(net, block, in) ? layers_of_an_expansion : 0;
            case 's':
                return block.squeeze_excite ? 1 : 0;
            case 'o':
                return block.squeeze_excite && block.squeeze_excite->order == SeOrder::after ? 1 : 0;
            case 'r':
                return block.skip == Skip::identity && block.stride == 1 && block.out == in ? 1 : 0;
            default:
                throw Error("a dialect's names have no '{}'", term);
        }
    }

    const NetworkWeights& network_;
    size_t block_;
};

std::string_view field_of(const NormFields& fields, std::string_view ours) {
    if (ours == "weight") return fields.weight;
    if (ours == "bias") return fields.bias;
    return ours == "running_mean" ? fields.mean : fields.variance;
}

}  // namespace

const PartNames* Dialect::names_of(Part part) const {
    for (const auto& list : {blocks, ends})
        if (const auto found = std::ranges::find(list, part, &PartNames::part); found != list.end())
            return &*found;
    return nullptr;
}

std::string Dialect::name_of(const NetworkWeights& network, size_t weight) const {
    if (models.empty()) return network.info(weight).name;
    const WeightRole& role = network.roles[weight];
    const PartNames* names = names_of(role.part);
    if (!names || (role.norm && names->norm.empty())) return {};
    const std::string_view field = role.norm ? field_of(fields, role.field) : role.field;
    return fmt::format("{}.{}", Template(network, role.block).filled(role.norm ? names->norm : names->layer),
                       field);
}

std::vector<int64_t> Dialect::shape_of(const NetworkWeights& network, size_t weight) const {
    std::vector<int64_t> shape = network.info(weight).torch_shape;
    const WeightRole& role = network.roles[weight];
    const PartNames* names = names_of(role.part);
    if (!names || names->form == PartNames::Form::ours || role.norm || role.field != "weight") return shape;
    shape.resize(2);
    if (names->form == PartNames::Form::convolution) shape.insert(shape.end(), {1, 1});
    return shape;
}

std::vector<Model> Dialect::networks() const {
    if (models.empty()) return graph::models();
    std::vector<Model> all;
    for (const std::string_view model : models)
        all.push_back(*find_model(model));
    return all;
}

std::span<const Dialect> dialects() {
    static const std::vector<Dialect> all = [] {
        std::vector<Dialect> list{{.name = "torchvision", .first = "features.0.0.weight"}};
        for (const auto& rows : {dialect_rows::timm(), dialect_rows::tonylins(), dialect_rows::dli14(),
                                 dialect_rows::mindcv(), dialect_rows::others()})
            list.insert(list.end(), rows.begin(), rows.end());
        return list;
    }();
    return all;
}

}  // namespace vkm::graph
