// The lab's arithmetic on four 32-bit numbers at once. `make wasm` compiles it into products.js; network.js calls it.
// Matrices lie row after row, as in PyTorch.
typedef float v4 __attribute__((vector_size(16), aligned(4)));
static inline v4 load(const float *p) { return *(const v4 *)p; }
static inline v4 all(float x) { return (v4){x, x, x, x}; }
static inline float sum(v4 v) { return (v[0] + v[1]) + (v[2] + v[3]); }

// out[r, c] += sum over i of a[r, i] b[c, i]: what a layer gives, for a batch `a` and weights `b`.
void inner(float *out, const float *a, const float *b, int rows, int columns, int inner) {
  for (int r = 0; r < rows; r += 4) {
    int high = rows - r < 4 ? rows - r : 4;
    for (int c = 0; c < columns; c += 2) {
      int wide = columns - c < 2 ? 1 : 2, whole = high == 4 && wide == 2, i = 0;
      v4 s[4][2] = {0};
      const float *p = a + r * inner, *q = b + c * inner;
      if (whole) for (; i + 4 <= inner; i += 4) {
        v4 b0 = load(q + i), b1 = load(q + inner + i);
#pragma clang loop unroll(full)
        for (int k = 0; k < 4; k++) { v4 x = load(p + k * inner + i); s[k][0] += x * b0; s[k][1] += x * b1; }
      }
      for (int k = 0; k < high; k++) for (int m = 0; m < wide; m++) {
        float t = sum(s[k][m]);
        for (int j = i; j < inner; j++) t += p[k * inner + j] * q[m * inner + j];
        out[(r + k) * columns + c + m] += t;
      }
    }
  }
}

// out[r, c] += sum over i of a[r * aRow + i * aStep] b[i, c]: the slopes in weights (`a` transposed) and in inputs.
void outer(float *out, const float *a, int aRow, int aStep, const float *b, int rows, int columns, int inner) {
  for (int r = 0; r < rows; r += 4) {
    int high = rows - r < 4 ? rows - r : 4, c = 0;
    if (high == 4) for (; c + 8 <= columns; c += 8) {
      v4 s[4][2] = {0};
      const float *p = a + r * aRow, *q = b + c;
      for (int i = 0; i < inner; i++, p += aStep, q += columns) {
        v4 b0 = load(q), b1 = load(q + 4);
#pragma clang loop unroll(full)
        for (int k = 0; k < 4; k++) { v4 x = all(p[k * aRow]); s[k][0] += x * b0; s[k][1] += x * b1; }
      }
#pragma clang loop unroll(full)
      for (int k = 0; k < 4; k++) {
        float *o = out + (r + k) * columns + c;
        *(v4 *)o += s[k][0];
        *(v4 *)(o + 4) += s[k][1];
      }
    }
    for (; c < columns; c++) for (int k = 0; k < high; k++) {
      float t = 0;
      const float *p = a + (r + k) * aRow, *q = b + c;
      for (int i = 0; i < inner; i++, p += aStep, q += columns) t += *p * *q;
      out[(r + k) * columns + c] += t;
    }
  }
}

// Adam's update of n numbers. Returns the sum of the gradient's squares, and forgets the gradient.
float adam(float *value, float *gradient, float *mean, float *square, int n, float size, float root, float beta1, float beta2) {
  float squares = 0;
  for (int k = 0; k < n; k++) {
    float g = gradient[k], m = mean[k] + (1 - beta1) * (g - mean[k]), s = square[k] + (1 - beta2) * (g * g - square[k]);
    squares += g * g;
    mean[k] = m;
    square[k] = s;
    value[k] -= size * m / (__builtin_sqrtf(s) / root + 1e-8f);
    gradient[k] = 0;
  }
  return squares;
}
