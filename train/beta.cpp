#include <train/beta.h>

#include <cmath>
#include <numbers>

namespace vkm::train {
namespace {

double open_uniform(Random& random) {
    for (;;)
        if (const double u = random.uniform(); u > 0) return u;
}

double draw_normal(Random& random) {
    return std::sqrt(-2 * std::log(open_uniform(random))) * std::cos(2 * std::numbers::pi * random.uniform());
}

// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. shape >= 1.
double draw_gamma(Random& random, double shape) {
    const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
        const double x = draw_normal(random), root = 1 + c * x;
        if (root <= 0) continue;
        const double v = root * root * root;
        if (std::log(open_uniform(random)) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
}

// Jöhnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", 1964. alpha <= 1. Powers of small
// numbers vanish where alpha is small, so sums are taken of logarithms.
double draw_johnk(Random& random, double alpha) {
    for (;;) {
        const double x = std::log(open_uniform(random)) / alpha, y = std::log(open_uniform(random)) / alpha;
        const double larger = std::max(x, y);
        const double sum = larger + std::log1p(std::exp(std::min(x, y) - larger));
        if (sum <= 0) return std::exp(x - sum);
    }
}

}  // namespace

double draw_beta(Random& random, double alpha) {
    if (alpha <= 1) return draw_johnk(random, alpha);
    const double x = draw_gamma(random, alpha), y = draw_gamma(random, alpha);
    return x / (x + y);
}

}  // namespace vkm::train
