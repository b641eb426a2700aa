// The engine's own native addon: TensorFlow graphs and sessions for JS, and ops that TensorFlow lacks.
#include <mutex>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "kernel.h"
#include "normals.h"
#include "pool.h"
#include "server.h"
#include "session.h"
#include "shared_sums.h"
#include "simd.h"
#include "times.h"

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

// instructionSets(): the names of those that kernels are compiled for and this processor has, the best one last
napi_value InstructionSets(napi_env env, const Arguments&) {
  const std::vector<std::string> names = understory::InstructionSets();
  napi_value array;
  understory::Check(env, napi_create_array_with_length(env, names.size(), &array));
  for (size_t i = 0; i < names.size(); i++)
    understory::Check(env, napi_set_element(env, array, static_cast<uint32_t>(i), understory::String(env, names[i])));
  return array;
}

// useInstructionSet(name): kernels use this set and those before it; false where it is not there
napi_value UseInstructionSet(napi_env env, const Arguments& a) {
  napi_value used;
  understory::Check(env, napi_get_boolean(env, understory::AllowInstructionSet(understory::GetString(env, a[0])), &used));
  return used;
}

// keepTimes(keep): whether own ops' CPU times are kept from now on
napi_value KeepTimes(napi_env env, const Arguments& a) {
  understory::KeepTimes(understory::GetBool(env, a[0]));
  return nullptr;
}

// keptTimes(): [{ node, milliseconds }]
napi_value KeptTimes(napi_env env, const Arguments&) {
  const auto times = understory::KeptTimes();
  napi_value array;
  understory::Check(env, napi_create_array_with_length(env, times.size(), &array));
  for (size_t i = 0; i < times.size(); i++) {
    napi_value one;
    understory::Check(env, napi_create_object(env, &one));
    understory::Set(env, one, "node", understory::String(env, times[i].first));
    understory::Set(env, one, "milliseconds", understory::Number(env, times[i].second));
    understory::Check(env, napi_set_element(env, array, static_cast<uint32_t>(i), one));
  }
  return array;
}

napi_value Init(napi_env env, napi_value exports) {
  static std::once_flag registered;
  std::call_once(registered, [] {
    understory::RegisterConvolutions();
    understory::RegisterDense();
    understory::RegisterMaxPool();
    understory::RegisterBatchNorm();
    understory::RegisterElementwise();
    understory::RegisterRoiAlign();
    understory::RegisterLookUp();
    understory::RegisterSums();
    understory::RegisterGelu();
    understory::RegisterLayerNorm();
    understory::RegisterAttention();
    understory::RegisterSharedSums();
  });
  understory::ExportGraph(env, exports);
  understory::ExportSession(env, exports);
  understory::ExportRun(env, exports);
  understory::ExportServer(env, exports);
  understory::ExportSharedSums(env, exports);
  understory::ExportNormals(env, exports);
  understory::Export(env, exports, "setThreads", 1, SetThreads);
  understory::Export(env, exports, "trimMemory", 0, TrimMemory);
  understory::Export(env, exports, "instructionSets", 0, InstructionSets);
  understory::Export(env, exports, "useInstructionSet", 1, UseInstructionSet);
  understory::Export(env, exports, "keepTimes", 1, KeepTimes);
  understory::Export(env, exports, "keptTimes", 0, KeptTimes);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
