#include <fmt/format.h>
#include <graph/faster_storage.h>

namespace vkm::graph {

std::string work_of(std::string_view kind, int64_t images) {
    return fmt::format("{}, {} {}", kind, images, images == 1 ? "image" : "images");
}

std::string precision_key(const ModelConfig& model, std::string_view work) {
    return fmt::format("precision | {} x{}, {} px, strides {} and {}, {}", model_name(model.model),
                       model.width, model.input_size, model.stem_stride, model.block1_stride, work);
}

std::string_view precision_name(DType storage) {
    return storage == DType::f16 ? "amp" : "fp32";
}

std::optional<DType> measured_storage(const engine::Tuning& tuning, const std::string& precision_key) {
    const auto measured = tuning.find(precision_key);
    if (measured != tuning.end())
        for (const DType storage : {DType::f32, DType::f16})
            if (measured->second.candidate == precision_name(storage)) return storage;
    return std::nullopt;
}

DType faster_storage(const KernelPlan& plan, const std::string& precision_key) {
    if (!plan.device.fp16_storage) return DType::f32;
    return measured_storage(plan.tuning, precision_key)
        .value_or(plan.fp16_storage_faster ? DType::f16 : DType::f32);
}

}  // namespace vkm::graph
