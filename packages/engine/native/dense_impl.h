// The code of dense.h for one set of instructions.

#include "dense.h"
#include "matrices.h"

namespace understory {
namespace {

template <typename T>
void DenseForward(const DenseShape& s, const T* x, const float* w, const float* bias, DenseRows y) {
  const Matrix<T> rows{x, s.inputs, false};
  const Matrix<float> weights{w, s.outputs, false};
  y.halves ? MultiplyMatrices<LayerProducts<T>>(s.rows, s.outputs, s.inputs, rows, weights, y.halves, bias)
           : MultiplyMatrices<LayerProducts<T>>(s.rows, s.outputs, s.inputs, rows, weights, y.floats, bias);
}

template <typename T>
void DenseInputGradient(const DenseShape& s, const T* dy, const float* w, DenseRows dx) {
  const Matrix<T> rows{dy, s.outputs, false};
  const Matrix<float> weights{w, s.outputs, true};
  dx.halves ? MultiplyMatrices<LayerProducts<T>>(s.rows, s.inputs, s.outputs, rows, weights, dx.halves)
            : MultiplyMatrices<LayerProducts<T>>(s.rows, s.inputs, s.outputs, rows, weights, dx.floats);
}

template <typename T>
void DenseFilterGradient(const DenseShape& s, const T* x, const T* dy, float* dw, float* dbias) {
  const Matrix<T> turned{x, s.inputs, true}, given{dy, s.outputs, false};
  MultiplyMatrices<LayerProducts<T>>(s.inputs, s.outputs, s.rows, turned, given, dw, nullptr, dbias);
}

template <typename T>
constexpr Dense<T> kDense{DenseForward<T>, DenseInputGradient<T>, DenseFilterGradient<T>};

}  // namespace
}  // namespace understory
