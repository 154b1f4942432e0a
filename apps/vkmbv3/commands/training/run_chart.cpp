#include "commands/training/run_chart.h"

#include <base/quantile.h>

#include <algorithm>
#include <cmath>

namespace vkm::apps {
namespace {

using draw::Curve;
using draw::LineStyle;
using draw::Panel;
using draw::Point;
using Rows = std::vector<train::MetricRow>;

/// How often the largest value may hold the one in the middle before a linear axis leaves most of a curve flat.
constexpr double most_of_losses = 20, most_of_rates = 8;

double scale_of(const train::RunMetrics& run, bool epochs) {
    return epochs ? 1 / run.steps_per_epoch() : 1;
}

// Returns a number's curve; rows without it are left out.
std::vector<Point> points(const Rows& rows, const std::string& name, double scale) {
    std::vector<Point> list;
    for (const train::MetricRow& row : rows)
        if (const auto value = row.values.find(name); value != row.values.end())
            list.push_back({static_cast<double>(row.step) * scale, value->second});
    return list;
}

// Adds a curve, smoothed where asked for, with what it smooths behind it. Returns whether there is one.
bool add(Panel& panel, std::vector<Point> points, draw::Colour colour, LineStyle style,
         double smoothing = 0) {
    if (points.empty()) return false;
    if (smoothing > 0 && points.size() > 2) {
        panel.curves.push_back({points, colour, LineStyle::faint});
        points = smoothed(std::move(points), smoothing);
    }
    panel.curves.push_back({std::move(points), colour, style});
    return true;
}

draw::Scale fitting_scale(const Panel& panel, double most) {
    std::vector<double> values;
    for (const Curve& curve : panel.curves)
        for (const Point& p : curve.points)
            if (p.y > 0 && std::isfinite(p.y)) values.push_back(p.y);
    return !values.empty() && *std::ranges::max_element(values) > most * median(values)
               ? draw::Scale::logarithmic
               : draw::Scale::linear;
}

struct ShownMetric {
    const char* name;
    const char* legend;
};
constexpr ShownMetric losses[]{{"loss", "validation"}, {"ema_loss", "validation, averaged weights"}};
constexpr ShownMetric accuracies[]{{"top1", "validation, top-1"},
                                   {"top5", "validation, top-5"},
                                   {"ema_top1", "top-1, averaged weights"},
                                   {"ema_top5", "top-5, averaged weights"}};

class Chart {
  public:
    Chart(const std::vector<NamedRun>& runs, const RunChartOptions& options)
        : runs_(runs), options_(options) {
        chart_.title = options.title;
        chart_.x_title = options.epochs ? "epoch" : "step";
    }

    draw::LineChart make() {
        if (runs_.size() == 1)
            of_one(runs_.front().metrics);
        else
            of_several();
        return std::move(chart_);
    }

  private:
    // Names a colour once, whatever panels it is in.
    void name(const std::string& name, draw::Colour colour) { chart_.legend.push_back({name, colour}); }

    void finish(Panel panel, double most, std::optional<draw::Scale> scale = {}) {
        panel.scale = scale ? *scale : fitting_scale(panel, most);
        chart_.panels.push_back(std::move(panel));
    }

    void of_one(const train::RunMetrics& run) {
        const double scale = scale_of(run, options_.epochs);
        const draw::Colour training = draw::series_colour(0);
        size_t colour = 1;
        name("training", training);
        Panel loss{.title = "loss", .curves = {}};
        add(loss, points(run.steps, "loss", scale), training, LineStyle::plain, options_.smoothing);
        for (const ShownMetric& metric : losses)
            if (add(loss, points(run.validations, metric.name, scale), draw::series_colour(colour),
                    LineStyle::marked))
                name(metric.legend, draw::series_colour(colour++));
        finish(std::move(loss), most_of_losses, options_.loss);
        Panel accuracy{.title = "accuracy", .percent = true, .curves = {}};
        add(accuracy, points(run.steps, "top1", scale), training, LineStyle::plain, options_.smoothing);
        for (const ShownMetric& metric : accuracies)
            if (add(accuracy, points(run.validations, metric.name, scale), draw::series_colour(colour),
                    LineStyle::marked))
                name(metric.legend, draw::series_colour(colour++));
        chart_.panels.push_back(std::move(accuracy));
        Panel rate{.title = "learning rate", .curves = {}};
        add(rate, points(run.steps, "lr", scale), training, LineStyle::plain);
        finish(std::move(rate), most_of_rates);
        Panel wait{.title = "share of the time spent waiting for data", .percent = true, .curves = {}};
        if (add(wait, points(run.steps, "data_wait", scale), training, LineStyle::plain, options_.smoothing))
            chart_.panels.push_back(std::move(wait));
    }

    void of_several() {
        Panel training{.title = "training loss", .curves = {}},
            validation{.title = "validation loss", .curves = {}},
            top1{.title = "validation, top-1", .percent = true, .curves = {}},
            rate{.title = "learning rate", .curves = {}};
        for (size_t i = 0; i < runs_.size(); ++i) {
            const train::RunMetrics& run = runs_[i].metrics;
            const double scale = scale_of(run, options_.epochs);
            const draw::Colour colour = draw::series_colour(i);
            name(runs_[i].name, colour);
            add(training, points(run.steps, "loss", scale), colour, LineStyle::plain, options_.smoothing);
            add(validation, points(run.validations, "loss", scale), colour, LineStyle::marked);
            add(top1, points(run.validations, "top1", scale), colour, LineStyle::marked);
            add(rate, points(run.steps, "lr", scale), colour, LineStyle::plain);
        }
        finish(std::move(training), most_of_losses, options_.loss);
        finish(std::move(validation), most_of_losses, options_.loss);
        chart_.panels.push_back(std::move(top1));
        finish(std::move(rate), most_of_rates);
    }

    const std::vector<NamedRun>& runs_;
    const RunChartOptions& options_;
    draw::LineChart chart_;
};

}  // namespace

std::vector<Point> smoothed(std::vector<Point> points, double weight) {
    double average = 0, counted = 0;
    for (Point& p : points) {
        if (!std::isfinite(p.y)) continue;
        average = weight * average + (1 - weight) * p.y;
        counted = weight * counted + (1 - weight);
        p.y = average / counted;
    }
    return points;
}

draw::LineChart run_chart(const std::vector<NamedRun>& runs, const RunChartOptions& options) {
    return Chart(runs, options).make();
}

}  // namespace vkm::apps
