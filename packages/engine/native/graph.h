// A TF_Graph whose nodes and outputs JS names by number.
#ifndef UNDERSTORY_GRAPH_H_
#define UNDERSTORY_GRAPH_H_

#include <memory>
#include <vector>

#include "napi.h"

namespace understory {

struct GraphState {
  GraphState() : graph(TF_NewGraph()) {}
  ~GraphState() { TF_DeleteGraph(graph); }
  GraphState(const GraphState&) = delete;
  GraphState& operator=(const GraphState&) = delete;

  TF_Output Output(size_t id) const;
  TF_Operation* Node(size_t id) const;

  TF_Graph* graph;
  std::vector<TF_Output> outputs;
  std::vector<TF_Operation*> nodes;
};

// A tensor with a copy of these bytes; null where there is no memory for it.
TF_Tensor* CopiedTensor(TF_DataType dtype, const std::vector<int64_t>& shape, const Bytes& bytes);

// Sessions share the graph, so it lives as long as the last of them.
using Graph = std::shared_ptr<GraphState>;

void ExportGraph(napi_env env, napi_value exports);

}  // namespace understory

#endif  // UNDERSTORY_GRAPH_H_
