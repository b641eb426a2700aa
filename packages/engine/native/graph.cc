#include "graph.h"

#include <cstring>

#include "tensorflow/c/kernels.h"

namespace understory {

TF_Output GraphState::Output(size_t id) const {
  if (id >= outputs.size()) throw Failure("INTERNAL", "The graph has no output " + std::to_string(id));
  return outputs[id];
}

TF_Operation* GraphState::Node(size_t id) const {
  if (id >= nodes.size()) throw Failure("INTERNAL", "The graph has no node " + std::to_string(id));
  return nodes[id];
}

TF_Tensor* CopiedTensor(TF_DataType dtype, const std::vector<int64_t>& shape, const Bytes& bytes) {
  TF_Tensor* tensor = TF_AllocateTensor(dtype, shape.data(), static_cast<int>(shape.size()), bytes.size);
  if (!tensor || !bytes.size) return tensor;
  // One without memory where TensorFlow's own has come to its limit.
  if (TF_TensorData(tensor)) {
    std::memcpy(TF_TensorData(tensor), bytes.data, bytes.size);
    return tensor;
  }
  TF_DeleteTensor(tensor);
  return nullptr;
}

namespace {

struct Buffer {
  Buffer() : buffer(TF_NewBuffer()) {}
  ~Buffer() { TF_DeleteBuffer(buffer); }
  TF_Buffer* buffer;
};

GraphState& GetGraph(napi_env env, napi_value value) { return **Unwrap<Graph>(env, value); }

napi_value CreateGraph(napi_env env, const Arguments&) { return Wrap(env, new Graph(new GraphState)); }

// Attribute kinds as tfjs numbers them: those of TF_AttrType.
void SetList(napi_env env, TF_OperationDescription* description, const char* name, int kind, napi_value value) {
  if (kind == TF_ATTR_INT) {
    const auto list = GetNumbers<int64_t>(env, value);
    TF_SetAttrIntList(description, name, list.data(), list.size());
  } else if (kind == TF_ATTR_FLOAT) {
    const auto list = GetNumbers<float>(env, value);
    TF_SetAttrFloatList(description, name, list.data(), list.size());
  } else if (kind == TF_ATTR_TYPE) {
    const auto list = GetNumbers<int>(env, value);
    const std::vector<TF_DataType> types(reinterpret_cast<const TF_DataType*>(list.data()),
                                         reinterpret_cast<const TF_DataType*>(list.data()) + list.size());
    TF_SetAttrTypeList(description, name, types.data(), types.size());
  } else if (kind == TF_ATTR_STRING) {
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < Length(env, value); i++) texts.push_back(GetString(env, At(env, value, i)));
    std::vector<const void*> data;
    std::vector<size_t> sizes;
    for (const auto& text : texts) data.push_back(text.data()), sizes.push_back(text.size());
    TF_SetAttrStringList(description, name, data.data(), sizes.data(), texts.size());
  } else {
    throw Failure("INVALID_ARGUMENT", std::string("Lists of this kind are not supported: attribute ") + name);
  }
}

void SetTensor(napi_env env, TF_OperationDescription* description, const char* name, napi_value value) {
  const auto dtype = static_cast<TF_DataType>(GetNumber(env, GetProperty(env, value, "dtype")));
  const auto shape = GetNumbers<int64_t>(env, GetProperty(env, value, "shape"));
  const Bytes bytes = GetBytes(env, GetProperty(env, value, "data"));
  std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)> tensor(CopiedTensor(dtype, shape, bytes), TF_DeleteTensor);
  if (!tensor) throw Failure("RESOURCE_EXHAUSTED", "No memory for a constant");
  Status status;
  TF_SetAttrTensor(description, name, tensor.get(), status);
  Check(status);
}

void SetAttribute(napi_env env, TF_OperationDescription* description, napi_value attribute) {
  const std::string text = GetString(env, GetProperty(env, attribute, "name"));
  const char* name = text.c_str();
  const int kind = static_cast<int>(GetNumber(env, GetProperty(env, attribute, "type")));
  napi_value value = GetProperty(env, attribute, "value");
  if (kind == TF_ATTR_SHAPE) {
    const auto shape = GetNumbers<int64_t>(env, value);
    TF_SetAttrShape(description, name, shape.data(), static_cast<int>(shape.size()));
  } else if (IsArray(env, value)) {
    SetList(env, description, name, kind, value);
  } else if (kind == TF_ATTR_TENSOR) {
    SetTensor(env, description, name, value);
  } else if (kind == TF_ATTR_STRING) {
    const std::string content = GetString(env, value);
    TF_SetAttrString(description, name, content.data(), content.size());
  } else if (kind == TF_ATTR_BOOL) {
    TF_SetAttrBool(description, name, GetBool(env, value));
  } else if (kind == TF_ATTR_FLOAT) {
    TF_SetAttrFloat(description, name, static_cast<float>(GetNumber(env, value)));
  } else if (kind == TF_ATTR_INT) {
    TF_SetAttrInt(description, name, static_cast<int64_t>(GetNumber(env, value)));
  } else if (kind == TF_ATTR_TYPE) {
    TF_SetAttrType(description, name, static_cast<TF_DataType>(GetNumber(env, value)));
  } else {
    throw Failure("INVALID_ARGUMENT", "Attribute " + text + " has an unknown kind");
  }
}

// A shape as JS sees it: null where its rank is unknown, -1 for an unknown size.
napi_value ShapeOf(napi_env env, TF_Graph* graph, TF_Output output) {
  Status status;
  const int rank = TF_GraphGetTensorNumDims(graph, output, status);
  Check(status);
  napi_value shape;
  if (rank < 0) {
    Check(env, napi_get_null(env, &shape));
    return shape;
  }
  std::vector<int64_t> sizes(rank);
  TF_GraphGetTensorShape(graph, output, sizes.data(), rank, status);
  Check(status);
  return Numbers(env, sizes);
}

// Registers a finished node, and describes it: { node, outputs: [{ id, dtype, shape }] }.
napi_value Describe(napi_env env, GraphState& graph, TF_Operation* node) {
  napi_value result, outputs;
  Check(env, napi_create_object(env, &result));
  Check(env, napi_create_array(env, &outputs));
  for (int i = 0; i < TF_OperationNumOutputs(node); i++) {
    const TF_Output output{node, i};
    napi_value described;
    Check(env, napi_create_object(env, &described));
    Set(env, described, "id", Number(env, graph.outputs.size()));
    Set(env, described, "dtype", Number(env, TF_OperationOutputType(output)));
    Set(env, described, "shape", ShapeOf(env, graph.graph, output));
    Check(env, napi_set_element(env, outputs, i, described));
    graph.outputs.push_back(output);
  }
  Set(env, result, "node", Number(env, graph.nodes.size()));
  Set(env, result, "outputs", outputs);
  graph.nodes.push_back(node);
  return result;
}

// Tells the graph shapes that it cannot infer: one for each output.
void SetShapes(napi_env env, TF_Graph* graph, TF_Operation* node, napi_value shapes) {
  for (uint32_t i = 0; i < Length(env, shapes); i++) {
    const auto sizes = GetNumbers<int64_t>(env, At(env, shapes, i));
    Status status;
    TF_GraphSetTensorShape(graph, {node, static_cast<int>(i)}, sizes.data(), static_cast<int>(sizes.size()), status);
    Check(status);
  }
}

// addNode(graph, op, name, inputs: (id | id[])[], controls: node[], attributes: { name, type, value }[], shapes: number[][])
napi_value AddNode(napi_env env, const Arguments& a) {
  GraphState& graph = GetGraph(env, a[0]);
  const std::string op = GetString(env, a[1]);
  const std::string name = GetString(env, a[2]);
  // TF_NewOperation aborts the process on an op that it does not know; asking for the definition does not.
  Status status;
  Buffer definition;
  TF_GraphGetOpDef(graph.graph, op.c_str(), definition.buffer, status);
  Check(status);
  std::vector<std::vector<TF_Output>> inputs;
  std::vector<bool> lists;
  for (uint32_t i = 0; i < Length(env, a[3]); i++) {
    napi_value input = At(env, a[3], i);
    lists.push_back(IsArray(env, input));
    inputs.emplace_back();
    if (!lists.back()) {
      inputs.back().push_back(graph.Output(static_cast<size_t>(GetNumber(env, input))));
      continue;
    }
    for (const size_t id : GetNumbers<size_t>(env, input)) inputs.back().push_back(graph.Output(id));
  }
  std::vector<TF_Operation*> controls;
  for (const size_t id : GetNumbers<size_t>(env, a[4])) controls.push_back(graph.Node(id));

  // From here on nothing may throw before TF_FinishOperation, which frees the description.
  TF_OperationDescription* description = TF_NewOperation(graph.graph, op.c_str(), name.c_str());
  for (size_t i = 0; i < inputs.size(); i++) {
    if (lists[i]) TF_AddInputList(description, inputs[i].data(), static_cast<int>(inputs[i].size()));
    else TF_AddInput(description, inputs[i][0]);
  }
  for (TF_Operation* control : controls) TF_AddControlInput(description, control);
  std::unique_ptr<Failure> failure;
  try {
    for (uint32_t i = 0; i < Length(env, a[5]); i++) SetAttribute(env, description, At(env, a[5], i));
  } catch (const Failure& caught) {
    failure.reset(new Failure(caught));
  }
  TF_Operation* node = TF_FinishOperation(description, status);
  if (failure) throw *failure;
  Check(status);
  SetShapes(env, graph.graph, node, a[6]);
  return Describe(env, graph, node);
}

napi_value BufferOf(napi_env env, const Buffer& buffer) { return Copied(env, buffer.buffer->data, buffer.buffer->length); }

// opDefinition(graph, op): the serialised OpDef
napi_value OpDefinition(napi_env env, const Arguments& a) {
  Status status;
  Buffer buffer;
  TF_GraphGetOpDef(GetGraph(env, a[0]).graph, GetString(env, a[1]).c_str(), buffer.buffer, status);
  Check(status);
  return BufferOf(env, buffer);
}

// opKernels(op): the serialised KernelList of what is registered for an op, on every device
napi_value OpKernels(napi_env env, const Arguments& a) {
  Status status;
  std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)> kernels(
      TF_GetRegisteredKernelsForOp(GetString(env, a[0]).c_str(), status), TF_DeleteBuffer);
  Check(status);
  return Copied(env, kernels->data, kernels->length);
}

// evaluate(graph, output): the value of an output that depends on constants alone, as an ArrayBuffer; else null
napi_value Evaluate(napi_env env, const Arguments& a) {
  GraphState& graph = GetGraph(env, a[0]);
  Status status;
  TF_Tensor* tensor = nullptr;
  const bool known =
      TF_TryEvaluateConstant(graph.graph, graph.Output(static_cast<size_t>(GetNumber(env, a[1]))), &tensor, status);
  napi_value result;
  if (!known || TF_GetCode(status) != TF_OK) {
    Check(env, napi_get_null(env, &result));
    return result;
  }
  std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)> owned(tensor, TF_DeleteTensor);
  return Copied(env, TF_TensorData(tensor), TF_TensorByteSize(tensor));
}

}  // namespace

void ExportGraph(napi_env env, napi_value exports) {
  Export(env, exports, "createGraph", 0, CreateGraph);
  Export(env, exports, "addNode", 7, AddNode);
  Export(env, exports, "opDefinition", 2, OpDefinition);
  Export(env, exports, "opKernels", 1, OpKernels);
  Export(env, exports, "evaluate", 2, Evaluate);
}

}  // namespace understory
