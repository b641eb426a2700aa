// This process as a member of a TensorFlow cluster.
#ifndef UNDERSTORY_SERVER_H_
#define UNDERSTORY_SERVER_H_

#include "napi.h"

namespace understory {

void ExportServer(napi_env env, napi_value exports);

}  // namespace understory

#endif  // UNDERSTORY_SERVER_H_
