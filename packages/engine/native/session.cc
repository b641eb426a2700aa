#include "session.h"

#include <algorithm>

namespace understory {

namespace {

// The sessions that one environment of Node's has made, in its own thread alone: the main thread and each worker thread have one.
using Sessions = std::vector<std::weak_ptr<SessionState>>;

// Runs before Node tears the environment down: TensorFlow's globals must not go while a run still uses them.
void CloseAll(void* data) {
  const std::unique_ptr<Sessions> made(static_cast<Sessions*>(data));
  std::vector<Session> sessions;
  for (const auto& one : *made)
    if (Session session = one.lock()) sessions.push_back(std::move(session));
  for (const Session& session : sessions) session->Close();
  for (const Session& session : sessions) session->Wait();
}

void Keep(napi_env env, const Session& session) {
  void* data = nullptr;
  Check(env, napi_get_instance_data(env, &data));
  Sessions& made = *static_cast<Sessions*>(data);
  made.erase(std::remove_if(made.begin(), made.end(), [](const auto& one) { return one.expired(); }), made.end());
  made.push_back(session);
}

}  // namespace

SessionState::SessionState(Graph shared, Bytes config, const std::string& target, SharedSums* sums)
    : graph(std::move(shared)), sums_(sums) {
  Status status;
  std::unique_ptr<TF_SessionOptions, decltype(&TF_DeleteSessionOptions)> options(TF_NewSessionOptions(),
                                                                                 TF_DeleteSessionOptions);
  if (config.size) TF_SetConfig(options.get(), config.data, config.size, status);
  Check(status);
  if (!target.empty()) TF_SetTarget(options.get(), target.c_str());
  session = TF_NewSession(graph->graph, options.get(), status);
  Check(status);
}

SessionState::~SessionState() {
  Close();
  Status status;
  TF_DeleteSession(session, status);
}

void SessionState::Close() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return;
    closed_ = true;
  }
  if (sums_) sums_->Leave(true);  // an op that waits for a sum does not hear that its run is cancelled
  Status status;  // nothing that a caller could do about a failure here
  TF_CloseSession(session, status);
}

void SessionState::Wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [this] { return running_ == 0; });
}

bool SessionState::Enter() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return false;
  running_++;
  return true;
}

void SessionState::Fail() {
  if (sums_) sums_->Leave(false);
}

void SessionState::Leave() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (--running_ == 0) idle_.notify_all();
}

namespace {

// createSession(graph, config: serialised ConfigProto, target: '' for this process, sums: a number of joinSums, or 0)
napi_value CreateSession(napi_env env, const Arguments& a) {
  const Graph& graph = *Unwrap<Graph>(env, a[0]);
  const auto id = static_cast<int64_t>(GetNumber(env, a[3]));
  SharedSums* sums = id == 0 ? nullptr : &SharedSums::Get(id);
  const auto session = std::make_shared<SessionState>(graph, GetBytes(env, a[1]), GetString(env, a[2]), sums);
  Keep(env, session);
  return Wrap(env, new Session(session));
}

napi_value CloseSession(napi_env env, const Arguments& a) {
  (*Unwrap<Session>(env, a[0]))->Close();
  return nullptr;
}

// createPlan(session, feeds: output[], fetches: output[], targets: node[])
napi_value CreatePlan(napi_env env, const Arguments& a) {
  auto plan = std::make_shared<PlanState>();
  plan->session = *Unwrap<Session>(env, a[0]);
  const GraphState& graph = *plan->session->graph;
  for (const size_t id : GetNumbers<size_t>(env, a[1])) plan->feeds.push_back(graph.Output(id));
  for (const size_t id : GetNumbers<size_t>(env, a[2])) plan->fetches.push_back(graph.Output(id));
  for (const size_t id : GetNumbers<size_t>(env, a[3])) plan->targets.push_back(graph.Node(id));
  return Wrap(env, new Plan(std::move(plan)));
}

}  // namespace

void ExportSession(napi_env env, napi_value exports) {
  auto* made = new Sessions;  // CloseAll takes it
  Check(env, napi_set_instance_data(env, made, nullptr, nullptr));
  Check(env, napi_add_env_cleanup_hook(env, CloseAll, made));
  Export(env, exports, "createSession", 4, CreateSession);
  Export(env, exports, "closeSession", 1, CloseSession);
  Export(env, exports, "createPlan", 4, CreatePlan);
}

}  // namespace understory
