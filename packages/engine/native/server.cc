#include "server.h"

namespace understory {

namespace {

// createServer(definition: serialised ServerDef): the target of its sessions. It serves as long as the process lives:
// TensorFlow cannot end a server whose peers still ask it for something.
napi_value CreateServer(napi_env env, const Arguments& a) {
  const Bytes definition = GetBytes(env, a[0]);
  Status status;
  TF_Server* server = TF_NewServer(definition.data, definition.size, status);
  Check(status);
  TF_ServerStart(server, status);
  Check(status);
  return String(env, TF_ServerTarget(server));
}

}  // namespace

void ExportServer(napi_env env, napi_value exports) { Export(env, exports, "createServer", 1, CreateServer); }

}  // namespace understory
