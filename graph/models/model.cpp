#include <graph/models/model.h>

#include <algorithm>

namespace vkm::graph {

const std::vector<Model>& models() {
    static const std::vector<Model> all = [] {
        std::vector<Model> list;
        for (const auto& family :
             {tables::mobilenet_v2(), tables::mobilenet_v3(), tables::mobilenet_v1(), tables::mobilenet_v4()})
            for (const ModelTable& table : family)
                list.emplace_back(table);
        // The common ones first: where files of two models look the same, that is who they are of.
        std::ranges::stable_partition(list, [](const Model& model) { return model.timm_name().size() > 0; });
        return list;
    }();
    return all;
}

const std::vector<Model>& common_models() {
    static const std::vector<Model> common = [] {
        std::vector<Model> list;
        for (const char* name : {"mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small",
                                 "mobilenet_v3_large_minimalistic", "mobilenet_v3_small_minimalistic"})
            list.push_back(*find_model(name));
        return list;
    }();
    return common;
}

const Model* find_model(std::string_view name) {
    const auto found = std::ranges::find(models(), name, &Model::name);
    return found == models().end() ? nullptr : &*found;
}

const Model& default_model() {
    static const Model& small = *find_model("mobilenet_v3_small");
    return small;
}

bool Model::is_built_in() const {
    const Model* same = find_model(name());
    return same != nullptr && same->architecture() == architecture();
}

}  // namespace vkm::graph
