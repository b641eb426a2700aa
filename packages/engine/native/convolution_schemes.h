// The transforms of convolution.h, in one dimension, and the schemes that they make up. Included by convolution_impl.h.

namespace understory {
namespace {

// Three taps, stride 1: four results from six inputs, by the points 0, ±a, ±b with a * b = 1, and infinity.
struct ThreeTaps {
  static constexpr float a = 2.0f / 3, b = 3.0f / 2;
  static constexpr float a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b, s2 = a2 + b2;
  static constexpr float na = 1 / (2 * a2 * (a2 - b2)), nb = 1 / (2 * b2 * (b2 - a2));

  static UNDERSTORY_INLINE void Input(const Vec d[6], Vec v[6]) {
    const Vec even_a = d[4] - b2 * d[2], odd_a = a * d[3] - b * d[1];
    const Vec even_b = d[4] - a2 * d[2], odd_b = b * d[3] - a * d[1];
    v[0] = d[0] + d[4] - s2 * d[2];
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = d[1] + d[5] - s2 * d[3];
  }
  static UNDERSTORY_INLINE void Filter(const Vec g[3], Vec u[6]) {
    const Vec even_a = na * g[0] + (na * a2) * g[2], odd_a = (na * a) * g[1];
    const Vec even_b = nb * g[0] + (nb * b2) * g[2], odd_b = (nb * b) * g[1];
    u[0] = g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
  }
  static UNDERSTORY_INLINE void Output(const Vec m[6], Vec y[4]) {
    const Vec sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const Vec sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    y[0] = m[0] + sum_a + sum_b;
    y[1] = a * difference_a + b * difference_b;
    y[2] = a2 * sum_a + b2 * sum_b;
    y[3] = a3 * difference_a + b3 * difference_b + m[5];
  }
  // The transpose of Output.
  static UNDERSTORY_INLINE void Spread(const Vec y[4], Vec z[6]) {
    const Vec even_a = y[0] + a2 * y[2], odd_a = a * y[1] + a3 * y[3];
    const Vec even_b = y[0] + b2 * y[2], odd_b = b * y[1] + b3 * y[3];
    z[0] = y[0];
    z[1] = even_a + odd_a;
    z[2] = even_a - odd_a;
    z[3] = even_b + odd_b;
    z[4] = even_b - odd_b;
    z[5] = y[3];
  }
  // The transpose of Filter.
  static UNDERSTORY_INLINE void Gather(const Vec m[6], Vec g[3]) {
    const Vec sum_a = m[1] + m[2], sum_b = m[3] + m[4];
    g[0] = m[0] + na * sum_a + nb * sum_b;
    g[1] = (na * a) * (m[1] - m[2]) + (nb * b) * (m[3] - m[4]);
    g[2] = (na * a2) * sum_a + (nb * b2) * sum_b + m[5];
  }
};

// Two taps: four results from five inputs, by the points ±p, ±q and infinity.
struct TwoTaps {
  static constexpr float p = 1.0f / 2, q = 3.0f / 2;
  static constexpr float p2 = p * p, q2 = q * q, p3 = p2 * p, q3 = q2 * q;
  static constexpr float np = 1 / (2 * p * (p2 - q2)), nq = 1 / (2 * q * (q2 - p2));

  static UNDERSTORY_INLINE void Input(const Vec d0, const Vec d1, const Vec d2, const Vec d3, const Vec d4, Vec v[5]) {
    const Vec even_p = d3 - q2 * d1, odd_p = p * d2 - (p * q2) * d0;
    const Vec even_q = d3 - p2 * d1, odd_q = q * d2 - (q * p2) * d0;
    v[0] = even_p + odd_p;
    v[1] = even_p - odd_p;
    v[2] = even_q + odd_q;
    v[3] = even_q - odd_q;
    v[4] = d4 - (p2 + q2) * d2 + (p2 * q2) * d0;
  }
  static UNDERSTORY_INLINE void Filter(const Vec g0, const Vec g1, Vec u[5]) {
    const Vec even_p = np * g0, odd_p = (np * p) * g1, even_q = nq * g0, odd_q = (nq * q) * g1;
    u[0] = odd_p + even_p;
    u[1] = odd_p - even_p;
    u[2] = odd_q + even_q;
    u[3] = odd_q - even_q;
    u[4] = g1;
  }
  static UNDERSTORY_INLINE void Output(const Vec m[5], Vec y[4]) {
    const Vec sum_p = m[0] + m[1], difference_p = m[0] - m[1];
    const Vec sum_q = m[2] + m[3], difference_q = m[2] - m[3];
    y[0] = sum_p + sum_q;
    y[1] = p * difference_p + q * difference_q;
    y[2] = p2 * sum_p + q2 * sum_q;
    y[3] = p3 * difference_p + q3 * difference_q + m[4];
  }
  static UNDERSTORY_INLINE void Spread(const Vec y[4], Vec z[5]) {
    const Vec even_p = y[0] + p2 * y[2], odd_p = p * y[1] + p3 * y[3];
    const Vec even_q = y[0] + q2 * y[2], odd_q = q * y[1] + q3 * y[3];
    z[0] = even_p + odd_p;
    z[1] = even_p - odd_p;
    z[2] = even_q + odd_q;
    z[3] = even_q - odd_q;
    z[4] = y[3];
  }
  static UNDERSTORY_INLINE void Gather(const Vec m[5], Vec* g0, Vec* g1) {
    *g0 = np * (m[0] - m[1]) + nq * (m[2] - m[3]);
    *g1 = (np * p) * (m[0] + m[1]) + (nq * q) * (m[2] + m[3]) + m[4];
  }
};

// A scheme says, for one dimension, how tiles of the images that come in (kIn pixels, each kInStep after the one before,
// the first beginning kMargin before the image) become tiles of those that go out (kOut, kOutStep) by kPoints products with
// the kFactors that kTaps numbers of the filter make; points from the last of these on share it.

// Stride 1; with the filter turned it is its own gradient.
struct Same : ThreeTaps {
  static constexpr int kTaps = 3, kFactors = 6, kPoints = 6, kIn = 6, kInStep = 4, kMargin = 1, kOut = 4, kOutStep = 4;
};

// The filter of stride 2: points of the odd pixels' two taps, then the middle tap for the four even pixels.
struct Stride2 {
  static constexpr int kTaps = 3, kFactors = 6, kPoints = 9;
  static UNDERSTORY_INLINE void Filter(const Vec g[3], Vec u[6]) {
    TwoTaps::Filter(g[0], g[2], u);
    u[5] = g[1];
  }
  static UNDERSTORY_INLINE void Gather(const Vec m[6], Vec g[3]) {
    TwoTaps::Gather(m, &g[0], &g[2]);
    g[1] = m[5];
  }
};

// From the image to one of half its size.
struct Halve : Stride2 {
  static constexpr int kIn = 9, kInStep = 8, kMargin = 1, kOut = 4, kOutStep = 4;
  static UNDERSTORY_INLINE void Input(const Vec d[9], Vec v[9]) {
    TwoTaps::Input(d[0], d[2], d[4], d[6], d[8], v);
    v[5] = d[1];
    v[6] = d[3];
    v[7] = d[5];
    v[8] = d[7];
  }
  static UNDERSTORY_INLINE void Output(const Vec m[9], Vec y[4]) {
    TwoTaps::Output(m, y);
    UNDERSTORY_UNROLL
    for (int i = 0; i < 4; i++) y[i] += m[5 + i];
  }
  static UNDERSTORY_INLINE void Spread(const Vec y[4], Vec z[9]) {
    TwoTaps::Spread(y, z);
    UNDERSTORY_UNROLL
    for (int i = 0; i < 4; i++) z[5 + i] = y[i];
  }
};

// The way back: gradients of the half image spread over the whole one.
struct Double : Stride2 {
  static constexpr int kIn = 5, kInStep = 4, kMargin = 0, kOut = 8, kOutStep = 8;
  static UNDERSTORY_INLINE void Input(const Vec d[5], Vec v[9]) {
    TwoTaps::Input(d[0], d[1], d[2], d[3], d[4], v);
    UNDERSTORY_UNROLL
    for (int i = 0; i < 4; i++) v[5 + i] = d[i];
  }
  static UNDERSTORY_INLINE void Output(const Vec m[9], Vec y[8]) {
    Vec odd[4];
    TwoTaps::Output(m, odd);
    UNDERSTORY_UNROLL
    for (int i = 0; i < 4; i++) {
      y[2 * i] = m[5 + i];
      y[2 * i + 1] = odd[i];
    }
  }
};

// A filter of one tap: each pixel is a tile of its own.
struct OneTap {
  static constexpr int kTaps = 1, kFactors = 1, kPoints = 1, kIn = 1, kInStep = 1, kMargin = 0, kOut = 1, kOutStep = 1;
  static UNDERSTORY_INLINE void Keep(const Vec from[1], Vec to[1]) { to[0] = from[0]; }
  static constexpr auto Filter = Keep, Input = Keep, Output = Keep, Spread = Keep, Gather = Keep;
};

// Every second pixel of the image.
struct HalveOneTap : OneTap {
  static constexpr int kInStep = 2;
};

// The way back: the pixels in between get nothing.
struct DoubleOneTap : OneTap {
  static constexpr int kOut = 2, kOutStep = 2;
  static UNDERSTORY_INLINE void Output(const Vec m[1], Vec y[2]) {
    y[0] = m[0];
    y[1] = Vec{};
  }
};

// A filter of any size over few channels: all that it meets around a pixel of the result is one pixel of many channels.
struct Patch : OneTap {};

}  // namespace
}  // namespace understory
