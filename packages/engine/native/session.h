// Sessions over a graph, and plans: what one kind of run feeds and fetches.
#ifndef UNDERSTORY_SESSION_H_
#define UNDERSTORY_SESSION_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "graph.h"
#include "shared_sums.h"

namespace understory {

class SessionState {
 public:
  SessionState(Graph graph, Bytes config, const std::string& target, SharedSums* sums);
  ~SessionState();
  SessionState(const SessionState&) = delete;
  SessionState& operator=(const SessionState&) = delete;

  // Cancels what runs, and lets nothing run from now on; safe at any time, any number of times.
  void Close();
  // Waits until nothing runs.
  void Wait();
  // Brackets a run; false where the session is closed.
  bool Enter();
  void Leave();
  // Tells other workers that a run has failed: none shall wait for this one any more.
  void Fail();

  Graph graph;
  TF_Session* session = nullptr;

 private:
  SharedSums* const sums_;  // null where none are shared
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_ = 0;
  bool closed_ = false;
};

using Session = std::shared_ptr<SessionState>;

struct PlanState {
  Session session;
  std::vector<TF_Output> feeds;
  std::vector<TF_Output> fetches;
  std::vector<const TF_Operation*> targets;
};

using Plan = std::shared_ptr<PlanState>;

void ExportSession(napi_env env, napi_value exports);
void ExportRun(napi_env env, napi_value exports);

}  // namespace understory

#endif  // UNDERSTORY_SESSION_H_
