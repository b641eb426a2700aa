// Normal numbers, as `fill` of @understory/core draws them one at a time.
#ifndef UNDERSTORY_NORMALS_H_
#define UNDERSTORY_NORMALS_H_

#include "napi.h"

namespace understory {

void ExportNormals(napi_env env, napi_value exports);

}  // namespace understory

#endif  // UNDERSTORY_NORMALS_H_
