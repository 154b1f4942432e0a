#include <train/data/scene.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace vkm::train {
namespace {

/// Radians. With shapes at any angle MobileNetV3-Small at 32 px gets 68 % right after 30,000 images, so 97 %.
constexpr double max_tilt = 0.45;

/// Holds a colour: linear in 0 .. 1, not clamped.
struct Color {
    float r = 0, g = 0, b = 0;

    friend Color operator+(Color x, Color y) { return {x.r + y.r, x.g + y.g, x.b + y.b}; }
    friend Color operator-(Color x, Color y) { return {x.r - y.r, x.g - y.g, x.b - y.b}; }
    friend Color operator*(Color x, float s) { return {x.r * s, x.g * s, x.b * s}; }
};

Color mix(Color a, Color b, float t) {
    return a + (b - a) * t;
}

float uniform(Random& random, double low, double high) {
    return static_cast<float>(random.uniform(low, high));
}

/// Returns a colour of this hue, saturation and value, each in 0 .. 1.
Color from_hsv(float h, float s, float v) {
    const auto channel = [&](float offset) {
        const float k = std::fmod(offset + h * 6, 6.0f);
        return v - v * s * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f);
    };
    return {channel(5), channel(3), channel(1)};
}

Color random_color(Random& random) {
    const float hue = uniform(random, 0, 1);
    return from_hsv(hue, uniform(random, 0.05, 0.9), uniform(random, 0.15, 1));
}

/// Returns how far apart two colours look. Luma counts most, so that shapes are seen without colour too.
float contrast(Color a, Color b) {
    const Color d = a - b;
    const float luma = 0.299f * d.r + 0.587f * d.g + 0.114f * d.b;
    return std::abs(luma) + 0.3f * (std::abs(d.r - luma) + std::abs(d.b - luma));
}

/// Runs from one colour to another across the image:
///
///     color(p) = first + (second - first) * (along . p + offset)
struct Gradient {
    Color first, second;
    Vec2 along;
    float offset = 0.5f;

    Color at(Vec2 p) const {
        return mix(first, second, std::clamp(along.x * p.x + along.y * p.y + offset, 0.0f, 1.0f));
    }
};

Gradient random_gradient(Color first, Color second, Random& random) {
    const float angle = uniform(random, 0, 2 * std::numbers::pi);
    // A share of the image's half width, over which t runs from 1/2.
    const float steepness = uniform(random, 0.3, 0.6);
    return {first, second, {steepness * std::cos(angle), steepness * std::sin(angle)}, 0.5f};
}

/// Returns std::floor(t), of a small t, without a call.
float whole_below(float t) {
    const auto whole = static_cast<float>(static_cast<int>(t));
    return whole > t ? whole - 1 : whole;
}

/// Adds stripes or a checked pattern of low amplitude behind the shape.
struct Waves {
    std::array<Vec2, 2> frequency;
    std::array<float, 2> phase;
    float amplitude = 0;

    float at(Vec2 p) const {
        if (amplitude == 0) return 0;
        float sum = 0;
        for (size_t i = 0; i < 2; ++i) {
            // A triangle wave: as good as a sine here, and a fraction of its cost.
            const float t = frequency[i].x * p.x + frequency[i].y * p.y + phase[i];
            sum += std::abs(t - whole_below(t) - 0.5f) * 4 - 1;
        }
        return amplitude * sum;
    }
};

Waves random_waves(Random& random) {
    Waves waves;
    for (size_t i = 0; i < 2; ++i) {
        const float angle = uniform(random, 0, 2 * std::numbers::pi), frequency = uniform(random, 0.3, 2);
        waves.frequency[i] = {frequency * std::cos(angle), frequency * std::sin(angle)};
        waves.phase[i] = uniform(random, 0, 1);
    }
    waves.amplitude = random.uniform() < 0.5 ? 0 : uniform(random, 0.01, 0.06);
    return waves;
}

/// Says where the shape lies. The image is [-1, 1] squared, y upwards; `local` takes its points
/// to the shape's unit circle.
struct Placement {
    Vec2 center, cosine_sine;
    float radius_x = 1, radius_y = 1;

    Vec2 local(Vec2 p) const {
        const Vec2 d{p.x - center.x, p.y - center.y};
        return {(cosine_sine.x * d.x + cosine_sine.y * d.y) / radius_x,
                (cosine_sine.x * d.y - cosine_sine.y * d.x) / radius_y};
    }
    float radius() const { return std::max(radius_x, radius_y); }
    /// Returns false only where local() lies outside of the unit circle along one axis, with room for rounding.
    bool near_x(float x) const { return std::abs(x - center.x) < 1.01f * radius() + 1e-4f; }
    bool near_y(float y) const { return std::abs(y - center.y) < 1.01f * radius() + 1e-4f; }
};

Placement random_placement(Random& random, double min_radius, double max_radius) {
    const float angle = uniform(random, -max_tilt, max_tilt);
    const float radius = uniform(random, min_radius, max_radius);
    const float room = 1 - 0.95f * radius;
    Placement placement;
    placement.cosine_sine = {std::cos(angle), std::sin(angle)};
    placement.center = {uniform(random, -room, room), uniform(random, -room, room)};
    placement.radius_x = radius;
    placement.radius_y = radius * uniform(random, 0.82, 1);
    return placement;
}

/// Draws a soft disc behind the shape, too small and too smooth to be taken for one.
struct Spot {
    Placement placement;
    Color color;
};

struct Scene {
    Gradient background, fill;
    Waves waves;
    std::array<Spot, 3> spots;
    Placement placement;
    float noise = 0, brightness = 1;
};

Scene random_scene(Random& random) {
    Scene scene;
    const Color back = random_color(random),
                back_end = mix(back, random_color(random), uniform(random, 0, 0.7));
    Color front = random_color(random);
    const auto visible = [&](Color c) { return std::min(contrast(c, back), contrast(c, back_end)) > 0.35f; };
    for (int attempt = 0; attempt < 32 && !visible(front); ++attempt)
        front = random_color(random);
    if (!visible(front)) front = back.g + back_end.g > 1 ? Color{0.05f, 0.05f, 0.1f} : Color{1, 1, 0.9f};

    scene.background = random_gradient(back, back_end, random);
    scene.fill = random_gradient(front, mix(front, random_color(random), 0.15f), random);
    scene.waves = random_waves(random);
    for (Spot& spot : scene.spots) {
        spot.placement = random_placement(random, 0.06, 0.14);
        spot.color = mix(back, random_color(random), uniform(random, 0, 0.6));
    }
    scene.placement = random_placement(random, 0.65, 0.95);
    scene.noise = uniform(random, 0, 0.05);
    scene.brightness = uniform(random, 0.75, 1.15);
    return scene;
}

/// Draws two bytes of noise a channel from one multiplication. The pixels have a sequence of their
/// own, apart from the scene's.
class PixelNoise {
  public:
    explicit PixelNoise(uint64_t seed) : state_(seed | 1) {}

    /// Returns three values of mean 0 and variance 1/6 (each the sum of two uniforms).
    Color next() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        const uint64_t bits = state_ >> 16;
        const auto value = [&](int shift) {
            return values[((bits >> shift) & 255) + ((bits >> (shift + 8)) & 255)];
        };
        return {value(0), value(16), value(32)};
    }

  private:
    /// Holds s / 255 - 1 for each sum s of two bytes.
    static constexpr std::array<float, 511> values = [] {
        std::array<float, 511> all{};
        for (size_t s = 0; s < all.size(); ++s)
            all[s] = static_cast<float>(s) / 255 - 1;
        return all;
    }();

    uint64_t state_;
};

/// Rounds as std::lround() does: halves up.
uint8_t to_byte(float value) {
    const float scaled = std::clamp(value, 0.0f, 1.0f) * 255;
    const auto whole = static_cast<int>(scaled);
    return static_cast<uint8_t>(whole + (scaled - static_cast<float>(whole) >= 0.5f ? 1 : 0));
}

/// Returns how much of a pixel lies inside an edge at `distance`.
/// Units are the image's: a pixel is 2 / side wide.
float coverage(float distance, int side) {
    return std::clamp(0.5f - distance * 0.5f * static_cast<float>(side), 0.0f, 1.0f);
}

/// Holds a row's colours, each channel by itself: loops over them then become vector instructions.
struct SceneRow {
    explicit SceneRow(int side) : r(static_cast<size_t>(side)), g(r), b(r) {}

    Color at(size_t x) const { return {r[x], g[x], b[x]}; }
    void set(size_t x, Color color) {
        r[x] = color.r;
        g[x] = color.g;
        b[x] = color.b;
    }
    std::vector<float> r, g, b;
};

void draw_background(const Scene& scene, const std::vector<float>& xs, float y, SceneRow& row) {
    for (size_t x = 0; x < xs.size(); ++x) {
        const Vec2 p{xs[x], y};
        const float wave = scene.waves.at(p);
        row.set(x, scene.background.at(p) + Color{wave, wave, wave});
    }
    for (const Spot& spot : scene.spots) {
        if (!spot.placement.near_y(y)) continue;
        for (size_t x = 0; x < xs.size(); ++x) {
            if (!spot.placement.near_x(xs[x])) continue;
            const Vec2 q = spot.placement.local({xs[x], y});
            const float inside = 1 - q.x * q.x - q.y * q.y;
            if (inside > 0) row.set(x, mix(row.at(x), spot.color, inside));
        }
    }
}

void draw_shape(const Scene& scene, const Outline& outline, const std::vector<float>& xs, float y,
                SceneRow& row) {
    const Placement& place = scene.placement;
    const int side = static_cast<int>(xs.size());
    const float reach = 1.05f + 2.0f / (static_cast<float>(side) * place.radius_y);
    for (size_t x = 0; x < xs.size(); ++x) {
        const Vec2 q = place.local({xs[x], y});
        if (q.x * q.x + q.y * q.y < reach * reach)
            row.set(x,
                    mix(row.at(x), scene.fill.at(q), coverage(outline.distance(q) * place.radius(), side)));
    }
}

}  // namespace

image::Image draw_scene(const Outline& outline, int side, Random& random) {
    const Scene scene = random_scene(random);
    PixelNoise noise(random.bits());

    image::Image image{side, side, {}};
    image.rgb.resize(size_t{3} * side * side);
    uint8_t* out = image.rgb.data();
    std::vector<float> xs(static_cast<size_t>(side));
    for (int x = 0; x < side; ++x)
        xs[static_cast<size_t>(x)] = static_cast<float>(2 * x + 1) / static_cast<float>(side) - 1;
    SceneRow row(side);
    for (int y = 0; y < side; ++y) {
        const float height = 1 - static_cast<float>(2 * y + 1) / static_cast<float>(side);
        draw_background(scene, xs, height, row);
        draw_shape(scene, outline, xs, height, row);
        for (size_t x = 0; x < xs.size(); ++x, out += 3) {
            const Color color = row.at(x) * scene.brightness + noise.next() * scene.noise;
            out[0] = to_byte(color.r);
            out[1] = to_byte(color.g);
            out[2] = to_byte(color.b);
        }
    }
    return image;
}

}  // namespace vkm::train
