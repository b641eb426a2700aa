// The engine's own native addon: TensorFlow graphs and sessions for JS, and ops that TensorFlow lacks.
#include <mutex>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "kernel.h"
#include "pool.h"
#include "session.h"

namespace {

using understory::Arguments;

// setThreads(n): threads that an op of this addon works with; before any of them has run
napi_value SetThreads(napi_env env, const Arguments& a) {
  understory::SetThreads(static_cast<int>(understory::GetNumber(env, a[0])));
  return nullptr;
}

// trimMemory(): gives the system back what is free in the heap, of all threads, where the C library can
napi_value TrimMemory(napi_env, const Arguments&) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return nullptr;
}

napi_value Init(napi_env env, napi_value exports) {
  static std::once_flag registered;
  std::call_once(registered, [] {
    understory::RegisterConvolutions();
    understory::RegisterBatchNorm();
    understory::RegisterElementwise();
    understory::RegisterRoiAlign();
  });
  understory::ExportGraph(env, exports);
  understory::ExportSession(env, exports);
  understory::ExportRun(env, exports);
  understory::Export(env, exports, "setThreads", 1, SetThreads);
  understory::Export(env, exports, "trimMemory", 0, TrimMemory);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
