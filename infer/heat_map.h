#pragma once

#include <graph/models/model_config.h>
#include <graph/run/planned_device.h>
#include <graph/weights/state_dict.h>
#include <image/resize.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace vkm::infer {

/// Says for each pixel of a network's last feature map how much it speaks for a class, 0 or more, row by row.
struct HeatMap {
    int height = 0, width = 0;
    std::vector<double> values;
};

/// Holds where in an image a network saw its classes.
struct Explanation {
    image::Rectangle seen;      ///< the part of the image that the network was shown
    std::vector<HeatMap> maps;  ///< one a class, over that part
};

/// Explains classifications by Grad-CAM (Selvaraju et al. 2017). With the last feature map A before the
/// network's pool and the logit y of a class:
///
///     weight of channel k = mean over pixels of dy / dA[k],      map = relu(sum over k of weight[k] A[k])
///
/// The features are computed as in inference; what is behind them is differentiated on the device, in fp32,
/// for all classes at a time. Members are not safe to call from several threads at once, and nothing else may
/// use the device during a call.
class HeatMaps {
  public:
    struct Options {
        int64_t classes = 5;                         ///< that are explained at a time
        graph::DType precision = graph::DType::f32;  ///< of the features
        std::function<void(size_t done, size_t total)> compile_progress = {};
    };

    /// Throws what Inference throws: the weights have to be the model's.
    HeatMaps(graph::PlannedDevice&, const graph::ModelConfig&, const graph::StateDict& weights,
             const Options&);
    ~HeatMaps();
    HeatMaps(HeatMaps&&) noexcept;

    /// Explains any number of classes of an image of any size, which is prepared as for Classifier. Throws
    /// graph::NonFinite where a map is no numbers, and what the device throws.
    Explanation explain(const image::Image&, std::span<const int64_t> classes);

  private:
    class Features;
    class Head;

    graph::ModelConfig config_;
    int64_t classes_;
    std::unique_ptr<Features> features_;
    std::unique_ptr<Head> head_;
};

}  // namespace vkm::infer
