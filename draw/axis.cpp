#include <draw/axis.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vkm::draw {
namespace {

// Returns 1, 2 or 5 times a power of ten: the first that is no smaller.
double round_step(double step) {
    const double power = std::pow(10, std::floor(std::log10(step)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= step * (1 - 1e-9)) return factor * power;
    return 10 * power;
}

Axis linear(double least, double most, int marks) {
    if (!(most > least)) {
        const double room = least == 0 ? 1 : std::abs(least) / 10;
        least -= room;
        most += room;
    }
    const double step = round_step((most - least) / marks);
    Axis axis{.scale = Scale::linear, .least = least, .most = most, .ticks = {}};
    // Numbers far larger than their differences have no marks between them.
    if (!std::isfinite(step) || std::max(std::abs(least), std::abs(most)) / step > 1e12) return axis;
    const double room = (most - least) / 20;
    if (const double end = std::floor(least / step) * step; least - end < std::max(room, step / 2))
        axis.least = end;
    if (const double end = std::ceil(most / step) * step; end - most < std::max(room, step / 2))
        axis.most = end;
    for (double i = std::ceil(axis.least / step - 1e-9); i * step <= axis.most + step * 1e-9; ++i)
        axis.ticks.push_back({i * step, round_number(i * step, step)});
    return axis;
}

Axis logarithmic(double least, double most, int marks) {
    if (!(most > least)) {
        least /= 2;
        most *= 2;
    }
    Axis axis{.scale = Scale::logarithmic, .least = least, .most = most, .ticks = {}};
    const double decades = std::log10(most / least);
    const auto every = static_cast<int>(std::max(1.0, std::ceil(decades / marks)));
    const auto first = static_cast<int>(std::floor(std::log10(least)));
    const auto last = static_cast<int>(std::ceil(std::log10(most)));
    for (int exponent = first; exponent <= last; exponent += every)
        for (const double factor : {1.0, 2.0, 5.0}) {
            if (factor > 1 && decades > marks / 2.0) continue;
            const double value = factor * std::pow(10, exponent);
            if (value >= least * (1 - 1e-9) && value <= most * (1 + 1e-9))
                axis.ticks.push_back({value, round_number(value, value)});
        }
    return axis;
}

}  // namespace

double Axis::place(double value) const {
    if (scale == Scale::linear) return (value - least) / (most - least);
    return std::log(value / least) / std::log(most / least);
}

Axis axis(Scale scale, double least, double most, int marks) {
    return scale == Scale::linear ? linear(least, most, marks) : logarithmic(least, most, marks);
}

std::string round_number(double value, double step) {
    constexpr double longest = 1e6, shortest = 1e-4;
    if (std::abs(value) < step * 1e-6) return "0";
    if (std::abs(value) >= longest || std::abs(value) < shortest) {
        const int digits = std::max(0, static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9)) -
                                           static_cast<int>(std::floor(std::log10(step) + 1e-9)));
        return fmt::format("{:.{}e}", value, digits);
    }
    const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
    return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace vkm::draw
