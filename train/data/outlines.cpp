#include <train/data/outlines.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace vkm::train {
namespace {

Vec2 operator-(Vec2 a, Vec2 b) {
    return {a.x - b.x, a.y - b.y};
}
float dot(Vec2 a, Vec2 b) {
    return a.x * b.x + a.y * b.y;
}
float length(Vec2 p) {
    return std::sqrt(dot(p, p));
}
float square(float x) {
    return x * x;
}

float disc(Vec2 p, float radius) {
    return length(p) - radius;
}

/// Returns the squared distance to the segment from `a` along `edge`, with 1 / |edge|^2 given.
float segment_squared(Vec2 from_a, Vec2 edge, float inverse_square) {
    const float t = std::clamp(dot(from_a, edge) * inverse_square, 0.0f, 1.0f);
    return square(from_a.x - edge.x * t) + square(from_a.y - edge.y * t);
}

struct Edge {
    Vec2 start, along;
    float inverse_square;
};

template <size_t N>
constexpr std::array<Edge, N> edges_of(const Vec2 (&corners)[N]) {
    std::array<Edge, N> edges{};
    for (size_t i = 0; i < N; ++i) {
        const Vec2 a = corners[i], b = corners[(i + 1) % N];
        const Vec2 along{b.x - a.x, b.y - a.y};
        edges[i] = {a, along, 1 / (along.x * along.x + along.y * along.y)};
    }
    return edges;
}

/// Returns the distance to the nearest edge, negative inside: where a ray along x crosses the
/// outline an odd number of times.
float polygon(Vec2 p, std::span<const Edge> edges) {
    float nearest = 1e9f;
    bool inside = false;
    for (const Edge& e : edges) {
        const Vec2 from = p - e.start;
        nearest = std::min(nearest, segment_squared(from, e.along, e.inverse_square));
        const bool below_start = from.y < 0, below_end = from.y < e.along.y;
        if (below_start != below_end) {
            // Left of the edge at this height: from.x < along.x * from.y / along.y, without the division.
            inside ^= (from.x * e.along.y < e.along.x * from.y) == (e.along.y > 0);
        }
    }
    return inside ? -std::sqrt(nearest) : std::sqrt(nearest);
}

float circle(Vec2 p) {
    return disc(p, 0.85f);
}

float ring(Vec2 p) {
    return std::abs(length(p) - 0.7f) - 0.18f;
}

/// Returns the distance to a disc without another of nearly its size.
float crescent(Vec2 p) {
    return std::max(disc(p, 0.9f), -disc(p - Vec2{0.48f, 0}, 0.74f));
}

float box(Vec2 p) {
    const Vec2 q{std::abs(p.x) - 0.7f, std::abs(p.y) - 0.7f};
    return length({std::max(q.x, 0.0f), std::max(q.y, 0.0f)}) + std::min(std::max(q.x, q.y), 0.0f);
}

float triangle(Vec2 p) {
    static constexpr auto edges = edges_of({{0, 0.98f}, {-0.85f, -0.5f}, {0.85f, -0.5f}});
    return polygon(p, edges);
}

float cross(Vec2 p) {
    // Folded into the octant x >= y >= 0 the plus is the corner of one arm.
    const Vec2 q{std::max(std::abs(p.x), std::abs(p.y)), std::min(std::abs(p.x), std::abs(p.y))};
    const Vec2 arm{q.x - 0.92f, q.y - 0.28f};
    if (arm.x <= 0 && arm.y <= 0) return std::max(arm.x, std::max(arm.y, -length(q - Vec2{0.28f, 0.28f})));
    return length({std::max(arm.x, 0.0f), std::max(arm.y, 0.0f)});
}

float star(Vec2 p) {
    // Corners at angles 90 + 36 k degrees, radii 1 and 0.42 in turn.
    static constexpr auto edges = edges_of({{0, 1},
                                            {-0.2469f, 0.3398f},
                                            {-0.9511f, 0.3090f},
                                            {-0.3994f, -0.1298f},
                                            {-0.5878f, -0.8090f},
                                            {0, -0.42f},
                                            {0.5878f, -0.8090f},
                                            {0.3994f, -0.1298f},
                                            {0.9511f, 0.3090f},
                                            {0.2469f, 0.3398f}});
    return polygon(p, edges);
}

float arrow(Vec2 p) {
    static constexpr auto edges = edges_of({{0.98f, 0},
                                            {0.1f, 0.72f},
                                            {0.1f, 0.26f},
                                            {-0.92f, 0.26f},
                                            {-0.92f, -0.26f},
                                            {0.1f, -0.26f},
                                            {0.1f, -0.72f}});
    return polygon(p, edges);
}

float zigzag(Vec2 p) {
    static constexpr auto edges =
        edges_of({{-0.76f, -0.36f}, {-0.27f, 0.4f}, {0.27f, -0.4f}, {0.76f, 0.36f}});
    float nearest = 1e9f;
    for (const Edge& e : std::span(edges).first(3)) {  // an open line: without the edge that closes it
        nearest = std::min(nearest, segment_squared(p - e.start, e.along, e.inverse_square));
    }
    return std::sqrt(nearest) - 0.155f;
}

float hourglass(Vec2 p) {
    static constexpr auto edges =
        edges_of({{-0.65f, 0.75f}, {0.65f, 0.75f}, {0.1f, 0}, {0.65f, -0.75f}, {-0.65f, -0.75f}, {-0.1f, 0}});
    return polygon(p, edges);
}

}  // namespace

const std::array<Outline, 10> outlines{{{"arrow", arrow},
                                        {"circle", circle},
                                        {"crescent", crescent},
                                        {"cross", cross},
                                        {"hourglass", hourglass},
                                        {"ring", ring},
                                        {"square", box},
                                        {"star", star},
                                        {"triangle", triangle},
                                        {"zigzag", zigzag}}};

}  // namespace vkm::train
