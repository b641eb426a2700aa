// Included before the sources of tfjs's own binding, for projects that load it by themselves. As soon as the binding is loaded,
//   - util.isNullOrUndefined and util.isArray are back, with the same answers: tfjs-node up to 4.22 calls them, Node 23 has
//     dropped the first one, and Node 22 warns of the second;
//   - Round of whole numbers gives them as they are: TensorFlow 2.21 makes zeros of them;
//   - ConcatV2 of scalars gives a vector of them, on which tfjs-node's histograms for TensorBoard rely: TensorFlow 2.21 refuses it.
#ifndef UNDERSTORY_LINKED_H_
#define UNDERSTORY_LINKED_H_

#include <node_api.h>

// Gives the value of a script; null where it fails, in which case the binding works as before.
static napi_value UnderstoryRun(napi_env env, const char* text) {
  napi_value script;
  napi_value result;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &script) == napi_ok &&
      napi_run_script(env, script, &result) == napi_ok) {
    return result;
  }
  napi_value ignored;
  napi_get_and_clear_last_exception(env, &ignored);
  return nullptr;
}

static void UnderstoryRestoreUtil(napi_env env) {
  UnderstoryRun(env,
                "(() => {"
                "  const util = globalThis.process?.getBuiltinModule?.('node:util');"
                "  if (util === undefined) return;"  // before Node 20.16, where nothing is missing
                "  util.isNullOrUndefined = (value) => value === null || value === undefined;"
                "  util.isArray = Array.isArray;"
                "})()");
}

// The binding's own members cannot be written, only hidden by those of an object on top of it.
static napi_value UnderstoryMendOps(napi_env env, napi_value binding) {
  napi_value mend = UnderstoryRun(
      env,
      "(binding) => {"
      "  const { executeOp, TF_INT32, TF_ATTR_INT } = binding;"
      "  const isWhole = (attributes) => attributes.some(({ name, value }) => name === 'T' && value === TF_INT32);"
      "  const stack = (attributes, inputs, outputs) => executeOp('Pack',"
      "    [...attributes.filter(({ name }) => name !== 'Tidx'), { name: 'axis', type: TF_ATTR_INT, value: 0 }],"
      "    inputs.slice(0, -1), outputs);"
      "  const concat = (attributes, inputs, outputs) => {"
      "    try {"
      "      return executeOp('ConcatV2', attributes, inputs, outputs);"
      "    } catch (error) {"
      "      if (!error.message.includes(\"Can't concatenate scalars\")) throw error;"
      "      return stack(attributes, inputs, outputs);"
      "    }"
      "  };"
      "  const value = (op, attributes, ...rest) =>"
      "    op === 'ConcatV2' ? concat(attributes, ...rest) :"
      "    executeOp(op === 'Round' && isWhole(attributes) ? 'Identity' : op, attributes, ...rest);"
      "  return Object.create(binding, { executeOp: { value, enumerable: true } });"
      "}");
  napi_value mended;
  napi_value self;
  if (mend != nullptr && napi_get_undefined(env, &self) == napi_ok &&
      napi_call_function(env, self, mend, 1, &binding, &mended) == napi_ok) {
    return mended;
  }
  napi_value ignored;
  napi_get_and_clear_last_exception(env, &ignored);
  return binding;
}

#undef NAPI_MODULE
#define NAPI_MODULE(name, init)                        \
  NAPI_MODULE_INIT() {                                 \
    UnderstoryRestoreUtil(env);                        \
    napi_value made = init(env, exports);              \
    return made ? UnderstoryMendOps(env, made) : made; \
  }

#endif  // UNDERSTORY_LINKED_H_
