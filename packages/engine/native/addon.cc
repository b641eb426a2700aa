// The engine's own native addon: TensorFlow graphs and sessions for JS.
#include "session.h"

namespace {

napi_value Init(napi_env env, napi_value exports) {
  understory::ExportGraph(env, exports);
  understory::ExportSession(env, exports);
  understory::ExportRun(env, exports);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
