#include <graph/weights/own_head.h>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace vkm::graph {
namespace {

constexpr size_t most_layers = 2;

/// Holds the tensors of one module, by their last name.
struct Module {
    std::string path;
    std::map<std::string, size_t, std::less<>> fields;

    std::optional<size_t> field(std::string_view name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? std::nullopt : std::optional(found->second);
    }
};

std::string_view parent(std::string_view path) {
    return path.substr(0, std::min(path.rfind('.'), path.size()));
}

/// Returns a module's number in the sequence that it is of: "classifier.3" -> 3.
std::optional<int> number(std::string_view path) {
    const size_t dot = path.rfind('.');
    const std::string_view last = dot == path.npos ? path : path.substr(dot + 1);
    int value = 0;
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), value);
    if (error != std::errc() || end != last.data() + last.size()) return {};
    return value;
}

class HeadSearch {
  public:
    HeadSearch(std::span<const NamedTensor> tensors, const std::vector<bool>& used) : tensors_(tensors) {
        for (size_t i = 0; i < tensors.size(); ++i) {
            if (used[i]) continue;
            const std::string& name = tensors[i].name;
            const size_t dot = name.rfind('.');
            const std::string path = dot == name.npos ? "" : name.substr(0, dot);
            if (modules_.empty() || modules_.back().path != path) modules_.push_back({path, {}});
            modules_.back().fields.emplace(dot == name.npos ? name : name.substr(dot + 1), i);
        }
    }

    std::optional<OwnHead> run(int64_t channels) {
        std::vector<size_t> chain;
        for (auto next = reader_of(channels, chain); next; next = reader_of(channels, chain)) {
            chain.push_back(*next);
            channels = matrix(modules_[*next])->shape[0];
        }
        if (chain.empty()) return {};
        OwnHead head;
        if (chain.size() > most_layers) {
            head.misfit = fmt::format(
                "{} is the third fully connected layer behind the pool, and networks "
                "here have two at most",
                tensors_[*modules_[chain[most_layers]].field("weight")].name);
            return head;
        }
        for (const size_t m : chain)
            add_layer(head, m);
        if (chain.size() == most_layers) head.between = gap(chain[0], chain[1]);
        require_all(head, chain);
        return head;
    }

  private:
    /// Returns a module's weight where it is a matrix, or a 1x1 convolution's.
    const NamedTensor* matrix(const Module& module) const {
        const auto weight = module.field("weight");
        if (!weight) return nullptr;
        const std::vector<int64_t>& shape = tensors_[*weight].shape;
        const bool is = shape.size() == 2 || (shape.size() == 4 && shape[2] == 1 && shape[3] == 1);
        return is && shape[0] > 0 ? &tensors_[*weight] : nullptr;
    }

    std::optional<size_t> reader_of(int64_t channels, const std::vector<size_t>& chain) const {
        for (size_t m = 0; m < modules_.size(); ++m)
            if (const NamedTensor* weight = matrix(modules_[m]); weight && weight->shape[1] == channels &&
                                                                 std::ranges::find(chain, m) == chain.end() &&
                                                                 (chain.empty() || m > chain.back()))
                return m;
        return {};
    }

    /// Returns the batch norm right behind a layer.
    const Module* norm_behind(size_t m) const {
        if (m + 1 >= modules_.size() || !modules_[m + 1].field("running_var")) return nullptr;
        const Module &layer = modules_[m], &norm = modules_[m + 1];
        const auto a = number(layer.path), b = number(norm.path);
        const bool next = a && b ? parent(layer.path) == parent(norm.path) && *b == *a + 1 : !a && !b;
        return next && tensors_[*norm.field("running_var")].shape == std::vector{matrix(layer)->shape[0]}
                   ? &norm
                   : nullptr;
    }

    /// Returns whether there is room for a module without weights between two layers; where their names are no
    /// numbers there may be.
    bool gap(size_t first, size_t second) const {
        const auto a = number(modules_[first].path), b = number(modules_[second].path);
        if (!a || !b || parent(modules_[first].path) != parent(modules_[second].path)) return true;
        return *b - *a - (norm_behind(first) ? 1 : 0) > 1;
    }

    void add_layer(OwnHead& head, size_t m) {
        const Module& module = modules_[m];
        const NamedTensor* weight = matrix(module);
        Layer layer{.out = weight->shape[0], .scaling = Scaling::fixed};
        layer.convolution = weight->shape.size() == 4;
        layer.bias = module.field("bias").has_value();
        add(head, module, {"weight", "bias"}, {});
        if (const Module* norm = norm_behind(m)) {
            layer.batch_norm = true;
            add(head, *norm, {"weight", "bias", "running_mean", "running_var"},
                norm->field("num_batches_tracked"));
            if (norm->fields.size() < 4) head.misfit = fmt::format("{} has no weight or bias", norm->path);
        }
        head.layers.push_back(layer);
        const auto bias = module.field("bias");
        if (bias && tensors_[*bias].shape != std::vector{layer.out})
            head.misfit = fmt::format("{} is not one an output", tensors_[*bias].name);
    }

    void add(OwnHead& head, const Module& module, std::initializer_list<const char*> fields,
             std::optional<size_t> counter) {
        for (const std::string_view name : fields)
            if (const auto tensor = module.field(name)) {
                head.tensors.push_back(*tensor);
                head.counters.push_back(name == "running_var" && counter ? *counter : OwnHead::none);
            }
    }

    /// Names what stands among the layers and is none of them.
    void require_all(OwnHead& head, const std::vector<size_t>& chain) const {
        for (const Module& module : modules_)
            for (const auto& [field, tensor] : module.fields) {
                const bool counted = field == "num_batches_tracked";
                if (counted || !head.misfit.empty() ||
                    std::ranges::find(head.tensors, tensor) != head.tensors.end())
                    continue;
                const bool among = std::ranges::any_of(
                    chain, [&](size_t m) { return parent(modules_[m].path) == parent(module.path); });
                if (among && modules_[chain.front()].path.find('.') != std::string::npos)
                    head.misfit = fmt::format(
                        "{} is in no classifier that networks here have: one or two fully "
                        "connected layers, each with batch norm right behind it or without",
                        tensors_[tensor].name);
            }
    }

    std::span<const NamedTensor> tensors_;
    std::vector<Module> modules_;
};

}  // namespace

ModelConfig with_own_head(ModelConfig config, std::optional<Layer> hidden, Layer output) {
    ModelTable table{.name = fmt::format("{}_own_head", model_name(config.model)),
                     .about = "a file's, with its own classifier",
                     .options = config.model.options(),
                     .architecture = config.model.architecture()};
    config.num_classes = output.out;
    table.architecture.hidden = hidden;
    table.architecture.output = output;
    table.architecture.output.out = 0;
    table.architecture.output.scaling = Layer{}.scaling;
    config.model = Model(std::move(table));
    return config;
}

std::optional<OwnHead> find_own_head(std::span<const NamedTensor> tensors, const std::vector<bool>& used,
                                     int64_t channels) {
    return HeadSearch(tensors, used).run(channels);
}

}  // namespace vkm::graph
