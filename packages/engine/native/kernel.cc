#include "kernel.h"

#include <algorithm>
#include <exception>
#include <new>

#include "times.h"

namespace understory {

const TF_Tensor* Running::Input(int index) {
  while (inputs_.size() <= static_cast<size_t>(index)) inputs_.emplace_back(nullptr, TF_DeleteTensor);
  Tensor& held = inputs_[index];
  if (!held) {
    Status status;
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status);
    Check(status);
    held.reset(tensor);
  }
  return held.get();
}

std::vector<int64_t> Running::Shape(int input) {
  std::vector<int64_t> shape(Rank(input));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(Input(input), static_cast<int>(i));
  return shape;
}

void* Running::Allocate(int index, const std::vector<int64_t>& shape, TF_DataType type, size_t size) {
  size_t bytes = size;
  for (const int64_t length : shape) bytes *= static_cast<size_t>(length);
  Status status;
  TF_Tensor* tensor = TF_AllocateOutput(context_, index, type, shape.data(), static_cast<int>(shape.size()), bytes, status);
  Check(status);
  outputs_.emplace_back(tensor, TF_DeleteTensor);
  return TF_TensorData(tensor);
}

namespace {

TF_Code CodeOf(const Failure& failure) {
  for (const TF_Code code : {TF_RESOURCE_EXHAUSTED, TF_UNAVAILABLE, TF_CANCELLED})
    if (failure.code == CodeName(code)) return code;
  return TF_INVALID_ARGUMENT;
}

}  // namespace

void Guarded(TF_OpKernelContext* context, Compute compute, const void* attributes) {
  const auto fail = [&](TF_Code code, const char* message) {
    Status status;
    TF_SetStatus(status, code, message);
    TF_OpKernelContext_Failure(context, status);
  };
  try {
    const bool timed = KeepsTimes();
    const double begin = timed ? ThreadTime() : 0;
    Running running(context);
    compute(running, attributes);
    if (!timed) return;
    const TF_StringView name = TF_GetOpKernelName(context);
    AddTime(std::string(name.data, name.len), ThreadTime() - begin);
  } catch (const Failure& failure) {
    fail(CodeOf(failure), failure.what());
  } catch (const std::bad_alloc&) {
    fail(TF_RESOURCE_EXHAUSTED, "OOM when allocating memory to work in");
  } catch (const std::exception& error) {  // which must not leave through TensorFlow's frames
    fail(TF_INVALID_ARGUMENT, error.what());
  }
}

int64_t IntAttribute(TF_OpKernelConstruction* construction, const char* name) {
  Status status;
  int64_t value = 0;
  TF_OpKernelConstruction_GetAttrInt64(construction, name, &value, status);
  return value;  // the op's definition has it, so this cannot fail
}

float FloatAttribute(TF_OpKernelConstruction* construction, const char* name) {
  Status status;
  float value = 0;
  TF_OpKernelConstruction_GetAttrFloat(construction, name, &value, status);
  return value;
}

bool BoolAttribute(TF_OpKernelConstruction* construction, const char* name) {
  Status status;
  TF_Bool value = 0;
  TF_OpKernelConstruction_GetAttrBool(construction, name, &value, status);
  return value != 0;
}

std::vector<int64_t> IntsAttribute(TF_OpKernelConstruction* construction, const char* name) {
  Status status;
  int32_t length = 0, bytes = 0;
  TF_OpKernelConstruction_GetAttrSize(construction, name, &length, &bytes, status);
  std::vector<int64_t> values(static_cast<size_t>(std::max(0, length)));
  TF_OpKernelConstruction_GetAttrInt64List(construction, name, values.data(), static_cast<int>(values.size()), status);
  return values;
}

std::string TextAttribute(TF_OpKernelConstruction* construction, const char* name) {
  Status status;
  int32_t lists = 0, bytes = 0;
  TF_OpKernelConstruction_GetAttrSize(construction, name, &lists, &bytes, status);
  std::string value(static_cast<size_t>(std::max(0, bytes)), '\0');
  TF_OpKernelConstruction_GetAttrString(construction, name, value.data(), value.size(), status);
  return value;
}

void RegisterOp(const OpSpec& spec) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(spec.name);
  for (const char* attribute : spec.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  for (const char* input : spec.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : spec.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, TF_ShapeInferenceContextSetUnknownShape);
  if (spec.stateful) TF_OpDefinitionBuilderSetIsStateful(builder, true);
  Status status;
  TF_RegisterOpDefinition(builder, status);
  Check(status);
}

void RegisterCpuKernel(const char* op, void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*),
                       void (*destroy)(void*)) {
  Status status;
  TF_RegisterKernelBuilder(op, TF_NewKernelBuilder(op, "CPU", create, compute, destroy), status);
  Check(status);
}

}  // namespace understory
