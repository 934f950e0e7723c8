/* Activations: in registers where the compiler's minimum and maximum do, else in place over rows that
   have just been stored. Contract: rvgk_activation in ckernels.h. */

/* What a kernel does to its sums before it stores them. */
typedef struct register_activation {
  int32_t is_bounded, has_upper_bound;
  float least, most;
} register_activation;

/* Whether nothing follows the function of the activation's kind. */
INLINE int is_plain(const rvgk_activation *activation) {
  return activation->scale == 1 && activation->shift == 0;
}

/* Nothing but the identity, ReLU and clips that keep zero are done in registers: padding stays 0. */
INLINE int fits_registers(const rvgk_activation *activation) {
  if (!activation) return 1;
  if (!is_plain(activation)) return 0;
  return activation->kind == RVGK_ACTIVATION_IDENTITY ||
         activation->kind == RVGK_ACTIVATION_RELU ||
         (activation->kind == RVGK_ACTIVATION_CLIP && activation->a <= 0 && activation->b >= 0);
}

INLINE register_activation in_registers(const rvgk_activation *activation) {
  register_activation result = {0, 0, -__builtin_inff(), __builtin_inff()};
  if (!activation || !fits_registers(activation)) return result;
  if (activation->kind == RVGK_ACTIVATION_RELU) {
    result.is_bounded = 1;
    result.least = 0;
  } else if (activation->kind == RVGK_ACTIVATION_CLIP) {
    result.is_bounded = result.has_upper_bound = 1;
    result.least = activation->a;
    result.most = activation->b;
  }
  return result;
}

/* MARK: Exponentials */

/* z = power * ln 2 + remainder, the remainder between -ln 2 / 2 and ln 2 / 2. */
typedef struct reduced_vec {
  vec remainder;
  vec_bits power;
} reduced_vec;

/* Of z + low, for z below 2^13 and low far below z. ln 2 is 0.693359375, of ten bits, so that its
   multiples are exact, less 2.1e-4. */
INLINE reduced_vec reduce_exponent(vec z, vec low) {
  const vec magic = vec_splat(0x1.8p23f);
  const vec shifted = z * vec_splat(0x1.715476p0f) + magic;
  const vec n = shifted - magic;
  reduced_vec result;
  result.remainder = (z - n * vec_splat(0.693359375f)) + (n * vec_splat(2.12194440e-4f) + low);
  result.power = (vec_bits)shifted - 0x4b400000;
  return result;
}

/* exp(r) - 1 for |r| <= 0.41: a polynomial of degree 7, minimax in the relative error, 8e-10. */
INLINE vec small_exp_minus_one(vec r) {
  vec p = vec_splat(0x1.a03b10p-13f);
  p = p * r + 0x1.6dfbe2p-10f;
  p = p * r + 0x1.1111fep-7f;
  p = p * r + 0x1.555416p-5f;
  p = p * r + 0x1.555554p-3f;
  p = p * r + 0.5f;
  return p * (r * r) + r;
}

/* 2^n for n from -126 to 127. */
INLINE vec power_of_two(vec_bits n) { return (vec)((n + 127) << 23); }

/* numerator / (1 + exp(-x)). Numerator and denominator are divided by a power of two where the
   exponential is large: it cannot overflow, and a subnormal quotient is rounded once. */
INLINE vec times_sigmoid(vec numerator, vec x) {
  const vec z = vec_at_most(vec_splat(120), vec_at_least(vec_splat(-30), -x));
  const reduced_vec reduced = reduce_exponent(z, vec_splat(0));
  const vec exponential = small_exp_minus_one(reduced.remainder) + 1.0f;
  const vec_bits zero = {0};
  const vec_bits half = (reduced.power > zero ? reduced.power : zero) >> 1;
  const vec down = power_of_two(-half);
  return numerator * down / (exponential * power_of_two(reduced.power - half) + down);
}

/* From exp(2|x|) - 1, which keeps what is small. */
INLINE vec vec_tanh(vec x) {
  const vec magnitude = vec_at_most(vec_splat(30), __builtin_elementwise_abs(x) * 2.0f);
  const reduced_vec reduced = reduce_exponent(magnitude, vec_splat(0));
  const vec scale = power_of_two(reduced.power);
  const vec minus_one = small_exp_minus_one(reduced.remainder) * scale + (scale - 1.0f);
  const vec result = minus_one / (minus_one + 2.0f);
  return __builtin_elementwise_copysign(result, x);
}

/* max(0, x) - t * Q(t) with t = |x| and Q the upper tail of the normal distribution:
   exp(-t^2 / 2) * w * p(w) with w = t / (t + 5/2) and p a polynomial of degree 9, minimax for t up to 15
   in the relative error, 1.5e-8, around 1/2, where its terms fall quickly and with them their roundings.
   The square is taken in two parts, since its error is one of the exponent. */
INLINE vec vec_gelu(vec x) {
  const vec t = vec_at_most(vec_splat(15), __builtin_elementwise_abs(x));
  const vec high = (vec)((vec_bits)t & ~0xfff);
  const vec square = high * high * -0.5f;
  const reduced_vec reduced = reduce_exponent(square, (high - t) * (high + t) * 0.5f);
  const vec w = t / (t + 2.5f), v = w - 0.5f;
  vec p = vec_splat(-0.08074364066123962f);
  p = p * v - 0.07977543026208878f;
  p = p * v + 0.08760486543178558f;
  p = p * v + 0.16153168678283691f;
  p = p * v - 0.05122657120227814f;
  p = p * v - 0.2621789574623108f;
  p = p * v + 0.07388700544834137f;
  p = p * v + 0.5279479026794434f;
  p = p * v - 0.8673840165138245f;
  p = p * v + 0.7066566348075867f;
  const vec product = p * w;
  const vec scaled = small_exp_minus_one(reduced.remainder) * product + product;
  const vec_bits half = reduced.power >> 1;
  const vec tail = scaled * power_of_two(half) * power_of_two(reduced.power - half);
  return vec_relu(x) - tail;
}

/* MARK: Application */

INLINE vec activation_value(const int KIND, vec x, vec a, vec b) {
  switch (KIND) {
    case RVGK_ACTIVATION_RELU: return vec_relu(x);
    case RVGK_ACTIVATION_CLIP: return vec_at_most(b, vec_at_least(a, x));
    case RVGK_ACTIVATION_LEAKY_RELU:
    case RVGK_ACTIVATION_PRELU: return x < vec_splat(0) ? a * x : x;
    case RVGK_ACTIVATION_SIGMOID: return times_sigmoid(vec_splat(1), x);
    case RVGK_ACTIVATION_TANH: return vec_tanh(x);
    case RVGK_ACTIVATION_SILU: return times_sigmoid(vec_at_least(vec_splat(-120), x), x);
    case RVGK_ACTIVATION_HARD_SIGMOID:
      return vec_at_most(vec_splat(1), vec_at_least(vec_splat(0), a * x + b));
    case RVGK_ACTIVATION_HARD_SWISH: /* x + 3 is exact where it cancels */
      return vec_at_most(vec_splat(6), vec_at_least(vec_splat(0), x + 3.0f)) * (1.0f / 6) *
             vec_at_least(vec_splat(-3), x);
    case RVGK_ACTIVATION_GELU: return vec_gelu(x);
    default: return x;
  }
}

/* The last, partial vector of a row goes through a buffer. */
INLINE void activate_kind(const int KIND, const rvgk_activation *activation, float *rows,
                          int32_t row_count, ptrdiff_t row_stride, int32_t columns) {
  const int32_t whole = columns / VECTOR_WIDTH * VECTOR_WIDTH;
  const size_t rest = (size_t)(columns - whole) * sizeof(float);
  const vec a = vec_splat(activation->a), b = vec_splat(activation->b);
  /* Minus zero is what can be added to zeros of both signs. */
  const vec scale = vec_splat(activation->scale);
  const vec shift = vec_splat(activation->shift == 0 ? -0.0f : activation->shift);
  const float *slopes = activation->slopes;
  for (int32_t row = 0; row < row_count; row++, rows += row_stride) {
    for (int32_t c = 0; c < whole; c += VECTOR_WIDTH) {
      const vec first = KIND == RVGK_ACTIVATION_PRELU ? vec_load(slopes + c) : a;
      vec_store(rows + c, activation_value(KIND, vec_load(rows + c), first, b) * scale + shift);
    }
    if (rest) {
      float values[VECTOR_WIDTH] = {0}, factors[VECTOR_WIDTH] = {0};
      memcpy(values, rows + whole, rest);
      if (KIND == RVGK_ACTIVATION_PRELU) memcpy(factors, slopes + whole, rest);
      const vec first = KIND == RVGK_ACTIVATION_PRELU ? vec_load(factors) : a;
      vec_store(values, activation_value(KIND, vec_load(values), first, b) * scale + shift);
      memcpy(rows + whole, values, rest);
    }
  }
}

#define CASE(KIND)                                                                     \
  case KIND: activate_kind(KIND, activation, rows, row_count, row_stride, columns); \
  break;
static void activate(const rvgk_activation *activation, float *rows, int32_t row_count,
                     ptrdiff_t row_stride, int32_t columns) {
  switch (activation->kind) {
    CASE(RVGK_ACTIVATION_IDENTITY)
    CASE(RVGK_ACTIVATION_RELU)
    CASE(RVGK_ACTIVATION_CLIP)
    CASE(RVGK_ACTIVATION_LEAKY_RELU)
    CASE(RVGK_ACTIVATION_PRELU)
    CASE(RVGK_ACTIVATION_SIGMOID)
    CASE(RVGK_ACTIVATION_TANH)
    CASE(RVGK_ACTIVATION_SILU)
    CASE(RVGK_ACTIVATION_HARD_SIGMOID)
    CASE(RVGK_ACTIVATION_HARD_SWISH)
    CASE(RVGK_ACTIVATION_GELU)
    default: REQUIRE(0, "the kind of the activation is unknown");
  }
}
#undef CASE

/* What a kernel has not done in registers, for pixels that it has just stored; `first` is the task's
   channel of the pixels' first. */
INLINE void activate_stored(const rvgk_activation *activation, int32_t first,
                            float *pixels, int32_t count, ptrdiff_t pixel_stride,
                            int32_t channels) {
  if (fits_registers(activation)) return;
  rvgk_activation shifted = *activation;
  if (shifted.slopes) shifted.slopes += first;
  activate(&shifted, pixels, count, pixel_stride, channels);
}
