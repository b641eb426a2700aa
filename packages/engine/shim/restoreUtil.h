// Included before the sources of tfjs's own binding, for projects that load it by themselves: tfjs-node up to 4.22 calls
// util.isNullOrUndefined, which Node 23 has dropped, and util.isArray, of which Node 22 warns. Both are back in place,
// under the same names and with the same answers, as soon as the binding is loaded.
#ifndef UNDERSTORY_RESTORE_UTIL_H_
#define UNDERSTORY_RESTORE_UTIL_H_

#include <node_api.h>

static void UnderstoryRestoreUtil(napi_env env) {
  static const char kScript[] =
      "(() => {"
      "  const util = globalThis.process?.getBuiltinModule?.('node:util');"
      "  if (util === undefined) return;"  // before Node 20.16, where nothing is missing
      "  util.isNullOrUndefined = (value) => value === null || value === undefined;"
      "  util.isArray = Array.isArray;"
      "})()";
  napi_value script;
  napi_value result;
  if (napi_create_string_utf8(env, kScript, NAPI_AUTO_LENGTH, &script) != napi_ok) return;
  if (napi_run_script(env, script, &result) == napi_ok) return;
  napi_value ignored;  // without it, the binding works as before
  napi_get_and_clear_last_exception(env, &ignored);
}

#undef NAPI_MODULE
#define NAPI_MODULE(name, init)    \
  NAPI_MODULE_INIT() {             \
    UnderstoryRestoreUtil(env);    \
    return init(env, exports);     \
  }

#endif  // UNDERSTORY_RESTORE_UTIL_H_
