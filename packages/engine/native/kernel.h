// Helpers for TensorFlow kernels of our own, over TensorFlow's C interface.
#ifndef UNDERSTORY_KERNEL_H_
#define UNDERSTORY_KERNEL_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "element.h"
#include "napi.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

namespace understory {

using Tensor = std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)>;

// A running op: gives inputs, takes outputs. A Failure thrown in between becomes the op's error.
class Running {
 public:
  explicit Running(TF_OpKernelContext* context) : context_(context) {}

  int Inputs() const { return TF_NumInputs(context_); }
  const TF_Tensor* Input(int index);
  template <typename T>
  const T* Read(int index) {
    return static_cast<const T*>(TF_TensorData(Input(index)));
  }
  size_t Size(int input, int dimension) { return static_cast<size_t>(TF_Dim(Input(input), dimension)); }
  int Rank(int input) { return TF_NumDims(Input(input)); }
  size_t Elements(int input) { return static_cast<size_t>(TF_TensorElementCount(Input(input))); }
  std::vector<int64_t> Shape(int input);
  bool IsUInt8(int input) { return TF_TensorType(Input(input)) == TF_UINT8; }
  bool GivesBFloat16(int output) const { return TF_ExpectedOutputDataType(context_, output) == TF_BFLOAT16; }
  bool IsBFloat16(int input) { return TF_TensorType(Input(input)) == TF_BFLOAT16; }

  template <typename T = float>
  T* Output(int index, const std::vector<int64_t>& shape) {
    constexpr TF_DataType kType = sizeof(T) == 1 ? TF_UINT8 : sizeof(T) == sizeof(BFloat16) ? TF_BFLOAT16 : TF_FLOAT;
    return static_cast<T*>(Allocate(index, shape, kType, sizeof(T)));
  }

 private:
  void* Allocate(int index, const std::vector<int64_t>& shape, TF_DataType type, size_t size);

  TF_OpKernelContext* context_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

// What an op does, with the attributes that were read when its kernel was made.
using Compute = void (*)(Running&, const void* attributes);

// Calls `compute`, and turns what it throws into the op's error.
void Guarded(TF_OpKernelContext* context, Compute compute, const void* attributes);

// For ops whose images are floats or bfloat16 (`T: {float, bfloat16}`), as their first input is.
template <Compute kFloat, Compute kBFloat16>
void ByElement(Running& run, const void* attributes) {
  run.IsBFloat16(0) ? kBFloat16(run, attributes) : kFloat(run, attributes);
}

int64_t IntAttribute(TF_OpKernelConstruction* construction, const char* name);
float FloatAttribute(TF_OpKernelConstruction* construction, const char* name);
bool BoolAttribute(TF_OpKernelConstruction* construction, const char* name);
std::vector<int64_t> IntsAttribute(TF_OpKernelConstruction* construction, const char* name);
std::string TextAttribute(TF_OpKernelConstruction* construction, const char* name);

// An op as TensorFlow's definitions spell it: `x: float`, `stride: int = 1`. Whoever adds it to a graph tells the shapes of
// what it gives: a shape function over TensorFlow's C interface could not read attributes.
struct OpSpec {
  const char* name;
  std::initializer_list<const char*> inputs, outputs, attributes;
  bool stateful = false;  // does more than give its outputs: it is neither left out nor put together with another one
};
void RegisterOp(const OpSpec& spec);
void RegisterCpuKernel(const char* op, void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*),
                       void (*destroy)(void*));

// Of ops that have none.
struct NoAttributes {
  explicit NoAttributes(TF_OpKernelConstruction*) {}
};

// Registers an op whose kernel keeps `Attributes`, made from the construction, and calls `kCompute`.
template <typename Attributes, Compute kCompute>
void Register(const OpSpec& spec) {
  RegisterOp(spec);
  RegisterCpuKernel(
      spec.name, [](TF_OpKernelConstruction* construction) -> void* { return new Attributes(construction); },
      [](void* attributes, TF_OpKernelContext* context) { Guarded(context, kCompute, attributes); },
      [](void* attributes) { delete static_cast<Attributes*>(attributes); });
}

// Registers the ops of this addon, once in a process.
void RegisterConvolutions();
void RegisterDense();
void RegisterMaxPool();
void RegisterBatchNorm();
void RegisterElementwise();
void RegisterRoiAlign();
void RegisterLookUp();
void RegisterSums();
void RegisterGelu();
void RegisterLayerNorm();
void RegisterAttention();
void RegisterSharedSums();

}  // namespace understory

#endif  // UNDERSTORY_KERNEL_H_
