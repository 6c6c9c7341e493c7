// Convolutions and their gradients against plain loops, to the bit where the loops sum in the order that cpu/gemm/gemm.h states. The weight's
// gradient has two orders (cpu/conv_direct.h): it is held against double.
#include "kernels/conv.h"

#include <gtest/gtest.h>

#include "kernels/run.h"
#include "cpu/product_helpers.h"

namespace dlx::test {
namespace {

using kernels::Conv2d;

struct Case {
  int64_t n, c, h, w, oc, kh, kw;
  Conv2d conv;
  int64_t oh() const { return (h + 2 * conv.padding[0] - conv.dilation[0] * (kh - 1) - 1) / conv.stride[0] + 1; }
  int64_t ow() const { return (w + 2 * conv.padding[1] - conv.dilation[1] * (kw - 1) - 1) / conv.stride[1] + 1; }
};
std::ostream& operator<<(std::ostream& os, const Case& t) {
  return os << "(" << t.n << ", " << t.c << ", " << t.h << ", " << t.w << ") * (" << t.oc << ", " << t.kh << ", " << t.kw << "), stride "
            << t.conv.stride[0] << " " << t.conv.stride[1] << ", padding " << t.conv.padding[0] << " " << t.conv.padding[1]
            << ", dilation " << t.conv.dilation[0] << " " << t.conv.dilation[1] << ", groups " << t.conv.groups;
}

constexpr Conv2d conv_of(int64_t stride, int64_t padding, int64_t dilation, int64_t groups) {
  return {{stride, stride}, {padding, padding}, {dilation, dilation}, groups};
}
const Case kCases[] = {
    {2, 3, 8, 8, 5, 3, 3, conv_of(1, 1, 1, 1)},
    {1, 1, 1, 1, 1, 1, 1, conv_of(1, 0, 1, 1)},
    {3, 1, 8, 8, 32, 3, 3, conv_of(1, 1, 1, 1)},
    {2, 64, 7, 7, 40, 3, 3, conv_of(1, 1, 1, 1)},     // a long chain, images smaller than a panel
    {1, 4, 40, 37, 13, 3, 3, conv_of(1, 1, 1, 1)},    // rows longer than a panel
    {2, 5, 9, 11, 6, 1, 1, conv_of(1, 0, 1, 1)},
    {2, 5, 9, 11, 6, 1, 1, conv_of(2, 0, 1, 1)},      // pixels that no output sees
    {2, 6, 10, 9, 8, 3, 3, conv_of(2, 1, 1, 2)},
    {2, 3, 12, 13, 4, 3, 3, conv_of(1, 2, 2, 1)},
    {1, 3, 15, 14, 4, 3, 3, conv_of(3, 2, 2, 1)},
    {1, 2, 15, 14, 4, 3, 3, conv_of(2, 1, 2, 1)},     // stride and dilation share a factor
    {1, 2, 16, 16, 4, 3, 3, conv_of(4, 3, 6, 1)},
    {2, 8, 6, 6, 8, 3, 3, conv_of(1, 1, 1, 8)},       // depthwise
    {2, 4, 9, 9, 8, 5, 5, conv_of(2, 2, 1, 4)},
    {1, 2, 5, 5, 3, 5, 5, conv_of(1, 0, 1, 1)},       // one output
    {1, 2, 3, 3, 3, 5, 5, conv_of(1, 3, 1, 1)},       // a kernel larger than the image
    {1, 2, 4, 50, 3, 2, 7, {{1, 2}, {0, 3}, {2, 1}, 1}},
    {1, 3, 33, 33, 2, 11, 11, conv_of(4, 2, 1, 1)},
    {5, 2, 4, 4, 3, 3, 3, conv_of(5, 1, 1, 1)},       // a stride larger than the kernel
    {2, 40, 6, 5, 6, 3, 3, conv_of(1, 1, 1, 2)},      // channels that fill registers, and do not
    {1, 72, 9, 8, 6, 3, 2, {{2, 1}, {1, 0}, {1, 2}, 2}},
    {1, 40, 7, 7, 70, 3, 3, conv_of(1, 1, 1, 1)},     // few pixels, many filters
    {3, 36, 5, 4, 66, 1, 1, conv_of(1, 0, 1, 2)},
    {2, 33, 17, 16, 40, 3, 3, conv_of(2, 1, 1, 1)},
    // directly (cpu/conv_direct.h)
    {3, 1, 28, 28, 6, 5, 5, conv_of(1, 2, 1, 1)},
    {1, 16, 12, 13, 6, 5, 5, conv_of(1, 2, 1, 1)},    // two chunks of the chain
    {1, 3, 40, 43, 20, 7, 7, conv_of(2, 3, 1, 1)},    // phases, planes that fill no panel
    {2, 5, 21, 20, 3, 3, 3, conv_of(1, 1, 2, 1)},
    {1, 2, 150, 160, 14, 3, 3, conv_of(1, 1, 1, 1)},  // bands
    {1, 4, 25, 19, 4, 3, 3, conv_of(3, 1, 2, 2)},
    {2, 24, 7, 7, 24, 3, 3, conv_of(1, 1, 1, 24)},    // depthwise: rows at once
    {2, 40, 14, 30, 40, 3, 3, conv_of(1, 1, 1, 40)},
    {1, 17, 9, 40, 17, 5, 5, conv_of(1, 2, 1, 17)},
    {1, 3, 13, 12, 3, 7, 7, conv_of(1, 3, 1, 3)},
    {1, 33, 13, 12, 33, 3, 3, conv_of(2, 1, 1, 33)},
    {1, 18, 30, 30, 18, 3, 3, conv_of(1, 2, 2, 18)},
    {1, 2, 300, 150, 2, 3, 3, conv_of(1, 1, 1, 2)},
    {2, 6, 15, 15, 12, 3, 3, conv_of(1, 1, 1, 6)},    // two filters for each channel
    {2, 32, 10, 10, 32, 3, 3, conv_of(1, 1, 1, 8)},
    {1, 36, 10, 11, 4, 3, 3, conv_of(2, 0, 1, 4)},
    {1, 3, 3, 9, 3, 1, 5, {{1, 1}, {0, 2}, {1, 1}, 3}},
    {1, 2, 3, 3, 2, 2, 2, {{1000, 3000}, {5000, 4001}, {9000, 8000}, 2}},  // taps far apart
    {1, 2, 1, 3000, 6, 1, 5, {{1, 1}, {0, 2}, {1, 1}, 1}},                 // bands of columns
};

template <class T> using Sum = std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;
template <class T> Sum<T> at(const Tensor& x, int64_t n, int64_t c, int64_t y, int64_t z) {
  if (y < 0 || z < 0 || y >= x.size(2) || z >= x.size(3)) return 0;
  return static_cast<Sum<T>>(x.data<T>()[n * x.stride(0) + c * x.stride(1) + y * x.stride(2) + z * x.stride(3)]);
}

template <class T> void expect_element(const Tensor& got, int64_t a, int64_t b, int64_t c, int64_t d, Sum<T> expected, const Case& t, const char* what) {
  const T g = got.data<T>()[a * got.stride(0) + b * got.stride(1) + c * got.stride(2) + d * got.stride(3)], e = static_cast<T>(expected);
  if (cpu_level() >= 3) {
    ASSERT_EQ(static_cast<Sum<T>>(g), static_cast<Sum<T>>(e)) << what << " " << t << " at " << a << " " << b << " " << c << " " << d;
  } else {
    ASSERT_NEAR(static_cast<double>(static_cast<Sum<T>>(g)), static_cast<double>(expected), (sizeof(T) == 2 ? 0.05 : 1e-4) * (1 + std::abs(static_cast<double>(expected))))
        << what << " " << t << " at " << a << " " << b << " " << c << " " << d;
  }
}

enum class Format { nchw, nhwc, strided };
template <class T> Tensor images(const Dims& s, Format format, uint64_t seed) {
  if (format == Format::nchw) return filled<T>(s, seed);
  if (format == Format::nhwc)
    return alias(filled<T>({s[0], s[2], s[3], s[1]}, seed), s, {s[1] * s[2] * s[3], 1, s[3] * s[1], s[1]}, 0);
  return alias(filled<T>({s[0], s[1], s[2], s[3], 2}, seed), s, {2 * s[1] * s[2] * s[3], 2 * s[2] * s[3], 2 * s[3], 2}, 0);
}

template <class T> void check_case(const Case& t, Format in, Format to, bool with_bias) {
  const Conv2d& v = t.conv;
  const int64_t oh = t.oh(), ow = t.ow(), cg = t.c / v.groups, og = t.oc / v.groups;
  const Tensor x = images<T>({t.n, t.c, t.h, t.w}, in, 1), weight = filled<T>({t.oc, cg, t.kh, t.kw}, 2);
  const Tensor gy = images<T>({t.n, t.oc, oh, ow}, in, 3);
  const OptTensor bias = with_bias ? OptTensor(filled<T>({t.oc}, 4)) : OptTensor();
  const Tensor out = images<T>({t.n, t.oc, oh, ow}, to, 5), gx = images<T>({t.n, t.c, t.h, t.w}, to, 6);
  const Tensor gw = poisoned({t.oc, cg, t.kh, t.kw}, dtype_of<T>), gb = poisoned({t.oc, 1, 1, 1}, dtype_of<T>);
  run(kernels::conv2d, out, x, weight, bias, v);
  run(kernels::conv2d_input_grad, gx, gy, weight, v);
  run(kernels::conv2d_weight_grad, gw, gy, x, v);
  run(kernels::conv2d_bias_grad, reshaped(gb, {t.oc}), gy);

  for (int64_t n = 0; n < t.n; ++n)
    for (int64_t o = 0; o < t.oc; ++o)
      for (int64_t y = 0; y < oh; ++y)
        for (int64_t z = 0; z < ow; ++z) {
          Chain<Sum<T>> chain;
          for (int64_t c = 0; c < cg; ++c)
            for (int64_t r = 0; r < t.kh; ++r)
              for (int64_t s = 0; s < t.kw; ++s)
                chain.add(at<T>(x, n, o / og * cg + c, y * v.stride[0] + r * v.dilation[0] - v.padding[0], z * v.stride[1] + s * v.dilation[1] - v.padding[1]),
                          at<T>(weight, o, c, r, s));
          expect_element<T>(out, n, o, y, z, with_bias ? chain.sum() + static_cast<Sum<T>>(bias.data<T>()[o]) : chain.sum(), t, "conv2d");
          if (::testing::Test::HasFatalFailure()) return;
        }
  for (int64_t n = 0; n < t.n; ++n)
    for (int64_t c = 0; c < t.c; ++c)
      for (int64_t i = 0; i < t.h; ++i)
        for (int64_t j = 0; j < t.w; ++j) {
          Chain<Sum<T>> chain;  // over the taps that can reach (i, j): those whose element has the right phase
          for (int64_t o = 0; o < og; ++o)
            for (int64_t r = 0; r < t.kh; ++r)
              for (int64_t s = 0; s < t.kw; ++s) {
                const int64_t y = i + v.padding[0] - r * v.dilation[0], z = j + v.padding[1] - s * v.dilation[1];
                if (y % v.stride[0] != 0 || z % v.stride[1] != 0) continue;
                const int64_t channel = c / cg * og + o;
                chain.add(at<T>(gy, n, channel, y / v.stride[0], z / v.stride[1]), at<T>(weight, channel, c % cg, r, s));
              }
          expect_element<T>(gx, n, c, i, j, chain.sum(), t, "conv2d_input_grad");
          if (::testing::Test::HasFatalFailure()) return;
        }
  for (int64_t o = 0; o < t.oc; ++o) {
    for (int64_t c = 0; c < cg; ++c)
      for (int64_t r = 0; r < t.kh; ++r)
        for (int64_t s = 0; s < t.kw; ++s) {
          double sum = 0, size = 0;
          for (int64_t n = 0; n < t.n; ++n)
            for (int64_t y = 0; y < oh; ++y)
              for (int64_t z = 0; z < ow; ++z) {
                const double product = static_cast<double>(at<T>(gy, n, o, y, z)) *
                                       static_cast<double>(at<T>(x, n, o / og * cg + c, y * v.stride[0] + r * v.dilation[0] - v.padding[0], z * v.stride[1] + s * v.dilation[1] - v.padding[1]));
                sum += product, size += std::abs(product);
              }
          const double rounding = std::is_same_v<T, double> ? 0x1p-53 : std::is_same_v<T, float> ? 0x1p-24 : std::is_same_v<T, Half> ? 0x1p-11 : 0x1p-8;
          const double added = std::is_same_v<T, double> ? 0x1p-53 : 0x1p-24, got = static_cast<double>(static_cast<Sum<T>>(gw.data<T>()[((o * cg + c) * t.kh + r) * t.kw + s]));
          ASSERT_NEAR(got, sum, rounding * std::abs(sum) + 16 * added * size) << "conv2d_weight_grad " << t << " at " << o << " " << c << " " << r << " " << s;
          if (::testing::Test::HasFatalFailure()) return;
        }
    Chain<Sum<T>> chain;
    for (int64_t n = 0; n < t.n; ++n)
      for (int64_t y = 0; y < oh; ++y)
        for (int64_t z = 0; z < ow; ++z) chain.add(at<T>(gy, n, o, y, z), 1);
    expect_element<T>(gb, o, 0, 0, 0, chain.sum(), t, "conv2d_bias_grad");
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(Conv2d, ForwardAndGradientsSumInTheStatedOrder) {
  for (const Case& t : kCases) {
    check_case<float>(t, Format::nchw, Format::nchw, true);
    check_case<double>(t, Format::nchw, Format::nchw, false);
    if (HasFatalFailure()) return;
  }
}

TEST(Conv2d, TakesAndGivesChannelsLastAndOtherStrides) {
  for (const Case& t : kCases) {
    check_case<float>(t, Format::nhwc, Format::nhwc, true);
    check_case<float>(t, Format::nhwc, Format::nchw, false);
    check_case<double>(t, Format::nchw, Format::nhwc, true);
    check_case<double>(t, Format::nhwc, Format::nchw, false);
    check_case<float>(t, Format::strided, Format::nchw, true);
    if (HasFatalFailure()) return;
  }
}

TEST(Conv2d, HalvesSumInFloat) {
  for (const Case& t : kCases) {
    check_case<Half>(t, Format::nchw, Format::nchw, true);
    check_case<BFloat16>(t, Format::nhwc, Format::nhwc, true);
    if (HasFatalFailure()) return;
  }
}

TEST(Conv2d, GradientsOfAnEmptyBatchAreZero) {
  const Tensor gw = poisoned({4, 3, 3, 3}, DType::float32), gb = poisoned({4}, DType::float32);
  const Tensor x = empty({0, 3, 8, 8}, DType::float32), gy = empty({0, 4, 8, 8}, DType::float32);
  run(kernels::conv2d_weight_grad, gw, gy, x, conv_of(1, 1, 1, 1));
  run(kernels::conv2d_bias_grad, gb, gy);
  for (const float v : values<float>(gw)) EXPECT_EQ(v, 0);
  for (const float v : values<float>(gb)) EXPECT_EQ(v, 0);
}

TEST(Conv2d, TheSameBitsOnAnyNumberOfThreads) {
  const Case t{16, 20, 14, 14, 30, 3, 3, conv_of(1, 1, 1, 1)};
  const Tensor x = filled<float>({t.n, t.c, t.h, t.w}, 1), weight = filled<float>({t.oc, t.c, 3, 3}, 2), gy = filled<float>({t.n, t.oc, t.oh(), t.ow()}, 3);
  Tensor first[4];
  for (const int count : {1, 2, 3, 16}) {
    const Threads threads(count);
    const Tensor results[] = {poisoned({t.n, t.oc, t.oh(), t.ow()}, DType::float32), poisoned({t.n, t.c, t.h, t.w}, DType::float32),
                              poisoned({t.oc, t.c, 3, 3}, DType::float32), poisoned({t.oc}, DType::float32)};
    run(kernels::conv2d, results[0], x, weight, OptTensor(), t.conv);
    run(kernels::conv2d_input_grad, results[1], gy, weight, t.conv);
    run(kernels::conv2d_weight_grad, results[2], gy, x, t.conv);
    run(kernels::conv2d_bias_grad, results[3], gy);
    for (int i = 0; i < 4; ++i) {
      if (!first[i].defined()) first[i] = results[i];
      EXPECT_TRUE(same_bits(first[i], results[i])) << i << " on " << count << " threads";
    }
  }
}

TEST(Conv2d, AnImageDoesNotDependOnTheBatchAroundIt) {
  const Tensor x = filled<float>({9, 5, 7, 7}, 1), weight = filled<float>({6, 5, 3, 3}, 2), all = empty({9, 6, 7, 7}, DType::float32);
  run(kernels::conv2d, all, x, weight, OptTensor(), conv_of(1, 1, 1, 1));
  for (int64_t n = 0; n < 9; ++n) {
    const Tensor one = empty({1, 6, 7, 7}, DType::float32);
    run(kernels::conv2d, one, alias(x, {1, 5, 7, 7}, x.strides(), n * x.stride(0)), weight, OptTensor(), conv_of(1, 1, 1, 1));
    EXPECT_EQ(std::memcmp(one.raw_data(), all.data<float>() + n * all.stride(0), static_cast<size_t>(one.nbytes())), 0) << n;
  }
}

}  // namespace
}  // namespace dlx::test
