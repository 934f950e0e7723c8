/* Included once for each element type T; NAME adds the type's suffix. */

INLINE void NAME(sgd)(long count, T *restrict p, const T *restrict gradient,
                      const T *restrict multiplier, T *restrict buffer, T rate, T decay,
                      T momentum, T share, int nesterov, int first) {
  for (long i = 0; i < count; i++) {
    T g = multiplier ? multiplier[i] * gradient[i] : gradient[i];
    g += decay * p[i];
    T direction = g;
    if (buffer) {
      T b = first ? g : momentum * buffer[i] + share * g;
      buffer[i] = b;
      direction = nesterov ? g + momentum * b : b;
    }
    p[i] -= rate * direction;
  }
}

CLONES void NAME(rvgk_sgd)(long count, T *p, const T *gradient, const T *multiplier, T *buffer,
                           double rate, double decay, double momentum, double dampening,
                           int nesterov, int first) {
  T share = (T)(1 - dampening);
  if (!buffer)
    NAME(sgd)(count, p, gradient, multiplier, 0, (T)rate, (T)decay, 0, share, 0, 0);
  else if (first)
    NAME(sgd)(count, p, gradient, multiplier, buffer, (T)rate, (T)decay, (T)momentum, share,
              nesterov, 1);
  else if (!multiplier)
    NAME(sgd)(count, p, gradient, 0, buffer, (T)rate, (T)decay, (T)momentum, share, nesterov, 0);
  else
    NAME(sgd)(count, p, gradient, multiplier, buffer, (T)rate, (T)decay, (T)momentum, share,
              nesterov, 0);
}

INLINE void NAME(adamw)(long count, T *restrict p, const T *restrict gradient,
                        const T *restrict multiplier, T *restrict m, T *restrict v, T rate,
                        T keep, T beta1, T rest1, T beta2, T rest2, T epsilon, T correction1,
                        T root2) {
  for (long i = 0; i < count; i++) {
    T scale = multiplier ? multiplier[i] : 1;
    T g = scale * gradient[i];
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * g * g;
    T root = __builtin_elementwise_sqrt(v[i]) / root2;
    p[i] = p[i] * keep - rate * (m[i] / correction1 * scale) / (root + epsilon);
  }
}

CLONES void NAME(rvgk_adamw)(long count, T *p, const T *gradient, const T *multiplier, T *first,
                             T *second, double rate, double decay, double beta1, double beta2,
                             double epsilon, double correction1, double correction2) {
  /* 1 - beta in double: near 1, a float's difference has few digits left. */
  T keep = (T)(1 - rate * decay), root2 = (T)sqrt(correction2);
  T rest1 = (T)(1 - beta1), rest2 = (T)(1 - beta2);
  if (multiplier)
    NAME(adamw)(count, p, gradient, multiplier, first, second, (T)rate, keep, (T)beta1, rest1,
                (T)beta2, rest2, (T)epsilon, (T)correction1, root2);
  else
    NAME(adamw)(count, p, gradient, 0, first, second, (T)rate, keep, (T)beta1, rest1,
                (T)beta2, rest2, (T)epsilon, (T)correction1, root2);
}

CLONES void NAME(rvgk_adamw_parts)(long count, T *p, const T *gradient, long parts,
                                   const T *const *scales, T *first, T *second, double rate,
                                   double decay, double beta1, double beta2, double epsilon,
                                   double correction1, double correction2) {
  T keep = (T)(1 - rate * decay), root2 = (T)sqrt(correction2), eps = (T)epsilon;
  T b1 = (T)beta1, b2 = (T)beta2, c1 = (T)correction1, lr = (T)rate;
  T rest1 = (T)(1 - beta1), rest2 = (T)(1 - beta2);
  for (long i = 0; i < count; i++) {
    T g = gradient[i];
    first[i] = b1 * first[i] + rest1 * g;
    second[i] = b2 * second[i] + rest2 * g * g;
    T root = __builtin_elementwise_sqrt(second[i]) / root2, factor = 0;
    for (long k = 0; k < parts; k++) {
      T s = scales[k][i], magnitude = s < 0 ? -s : s;
      if (magnitude > 0) factor += s * s / (magnitude * root + eps);
    }
    p[i] = p[i] * keep - lr * (first[i] / c1) * factor;
  }
}

CLONES double NAME(rvgk_square_sum)(long count, const T *x) {
  double lanes[16] = {0}, sum = 0;
  long i = 0;
  for (; i + 16 <= count; i += 16)
    for (long j = 0; j < 16; j++) lanes[j] += (double)x[i + j] * (double)x[i + j];
  for (; i < count; i++) sum += (double)x[i] * (double)x[i];
  for (long j = 0; j < 16; j++) sum += lanes[j];
  return sum;
}

CLONES void NAME(rvgk_scale)(long count, T factor, T *x) {
  for (long i = 0; i < count; i++) x[i] *= factor;
}

CLONES void NAME(rvgk_add)(long count, const T *x, T *y) {
  INDEPENDENT for (long i = 0; i < count; i++) y[i] += x[i];
}

long NAME(rvgk_first_non_finite)(long count, const T *x) {
  for (long i = 0; i < count; i++)
    if (!isfinite(x[i])) return i;
  return -1;
}
