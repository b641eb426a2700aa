// Helpers for TensorFlow kernels of our own, over TensorFlow's C interface.
#ifndef UNDERSTORY_KERNEL_H_
#define UNDERSTORY_KERNEL_H_

#include <initializer_list>
#include <memory>
#include <vector>

#include "napi.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

namespace understory {

using Tensor = std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)>;

// A running op: gives inputs, takes outputs. A Failure thrown in between becomes the op's error.
class Running {
 public:
  explicit Running(TF_OpKernelContext* context) : context_(context) {}

  const TF_Tensor* Input(int index);
  template <typename T>
  const T* Read(int index) {
    return static_cast<const T*>(TF_TensorData(Input(index)));
  }
  size_t Size(int input, int dimension) { return static_cast<size_t>(TF_Dim(Input(input), dimension)); }
  int Rank(int input) { return TF_NumDims(Input(input)); }
  size_t Elements(int input) { return static_cast<size_t>(TF_TensorElementCount(Input(input))); }
  std::vector<int64_t> Shape(int input);

  float* Output(int index, const std::vector<int64_t>& shape);

 private:
  TF_OpKernelContext* context_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

// What an op does; its attributes are read when the kernel is made.
using Compute = void (*)(Running&, const void* attributes);

// Calls `compute`, and turns what it throws into the op's error.
void Guarded(TF_OpKernelContext* context, Compute compute, const void* attributes);

// Registers an op with its shape function; throws where TensorFlow refuses it.
using ShapeFunction = void (*)(TF_ShapeInferenceContext*, TF_Status*);
void RegisterOp(const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs,
                std::initializer_list<const char*> attributes, ShapeFunction shape);
void RegisterCpuKernel(const char* op, void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*),
                       void (*destroy)(void*));

// Registers the ops of this addon, once in a process.
void RegisterConvolutions();

}  // namespace understory

#endif  // UNDERSTORY_KERNEL_H_
