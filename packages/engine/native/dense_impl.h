// The code of dense.h for one set of instructions.

#include <type_traits>

#include "dense.h"
#include "matrices.h"

namespace understory {
namespace {

#if defined(UNDERSTORY_AMX_PRODUCTS)
template <typename T>
using DenseProducts = Amx;
#elif defined(UNDERSTORY_PAIRS)
template <typename T>
using DenseProducts = std::conditional_t<std::is_same_v<T, BFloat16>, Pairs, Floats>;
#else
template <typename T>
using DenseProducts = Floats;
#endif

template <typename T>
void DenseForward(const DenseShape& s, const T* x, const float* w, const float* bias, float* y) {
  MultiplyMatrices<DenseProducts<T>, T, float>(s.rows, s.outputs, s.inputs, {x, s.inputs, false}, {w, s.outputs, false}, y, bias);
}

template <typename T>
void DenseInputGradient(const DenseShape& s, const T* dy, const float* w, float* dx) {
  MultiplyMatrices<DenseProducts<T>, T, float>(s.rows, s.inputs, s.outputs, {dy, s.outputs, false}, {w, s.outputs, true}, dx);
}

template <typename T>
void DenseFilterGradient(const DenseShape& s, const T* x, const T* dy, float* dw, float* dbias) {
  MultiplyMatrices<DenseProducts<T>, T, T>(s.inputs, s.outputs, s.rows, {x, s.inputs, true}, {dy, s.outputs, false}, dw, nullptr, dbias);
}

template <typename T>
constexpr Dense<T> kDense{DenseForward<T>, DenseInputGradient<T>, DenseFilterGradient<T>};

}  // namespace
}  // namespace understory
