#include <graph/normal_distribution.h>

#include <cmath>
#include <numbers>

// Every product that is added to something is an explicit std::fma: where the machine can, compilers may
// otherwise fuse the two, which rounds differently.
namespace vkm::graph {
namespace {

// Returns ln x of x in (0, 1]. With x = m 2^e, m in [sqrt(1/2), sqrt 2), and s = (m - 1) / (m + 1):
//   ln x = e ln 2 + ln m,  ln m = 2 artanh s = 2 sum s^(2k+1) / (2k+1).
double logarithm(double x) {
    int exponent = 0;
    double m = std::frexp(x, &exponent);
    if (m < std::numbers::sqrt2 / 2) {
        m *= 2;
        --exponent;
    }
    const double s = (m - 1) / (m + 1), z = s * s;
    double series = 0;
    for (int k = 11; k >= 0; --k)
        series = std::fma(series, z, 1.0 / (2 * k + 1));  // z < 0.03: 0.03^12 < 1e-18
    return std::fma(exponent, std::numbers::ln2, 2 * s * series);
}

// Returns the sum of (-1)^k x^(2k) / ((first + 1) (first + 2) ... (first + 2k)): cos x for first = 0,
// sin x / x for first = 1.
double alternating_series(double x, int first) {
    const double z = -(x * x);
    double series = 1;
    for (int n = 18; n > 0; n -= 2)  // |x| <= pi/4: the next term is below 1e-20
        series = std::fma(series * z, 1.0 / ((first + n - 1) * (first + n)), 1.0);
    return series;
}

}  // namespace

std::array<double, 2> box_muller(const std::array<uint32_t, 4>& random) {
    const auto bits53 = [](uint32_t high, uint32_t low) { return (uint64_t{high} << 32 | low) >> 11; };
    const double u = static_cast<double>(bits53(random[0], random[1]) + 1) * 0x1p-53;
    const double quarters =
        static_cast<double>(bits53(random[2], random[3])) * 0x1p-51;  // of the circle, [0, 4)

    const int nearest = static_cast<int>(quarters + 0.5);
    const double angle = (quarters - nearest) * (std::numbers::pi / 2);
    const double cosine = alternating_series(angle, 0), sine = angle * alternating_series(angle, 1);
    const double radius = std::sqrt(-2 * logarithm(u));
    switch (nearest % 4) {
        case 0:
            return {radius * cosine, radius * sine};
        case 1:
            return {-radius * sine, radius * cosine};
        case 2:
            return {-radius * cosine, -radius * sine};
        default:
            return {radius * sine, -radius * cosine};
    }
}

}  // namespace vkm::graph
