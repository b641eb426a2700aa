// Keeps what is written to stderr while a library loads: TensorFlow announces its use of oneDNN from there, whatever
// TF_CPP_MIN_LOG_LEVEL says. hush() begins; speak() ends, and returns what was written meanwhile.
#include <node_api.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace {

int real = -1;
FILE* kept = nullptr;

napi_value Hush(napi_env env, napi_callback_info) {
  if (kept == nullptr) kept = std::tmpfile();  // null where no temporary file can be had: then nothing is kept back
  if (kept != nullptr && real < 0) {
    real = dup(STDERR_FILENO);
    if (real >= 0) dup2(fileno(kept), STDERR_FILENO);
  }
  return nullptr;
}

napi_value Speak(napi_env env, napi_callback_info) {
  std::string text;
  if (real >= 0) {
    std::fflush(stderr);
    dup2(real, STDERR_FILENO);
    close(real);
    real = -1;
    std::rewind(kept);
    char part[4096];
    for (size_t n; (n = std::fread(part, 1, sizeof part, kept)) > 0;) text.append(part, n);
  }
  if (kept != nullptr) std::fclose(kept);
  kept = nullptr;
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

napi_value Init(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      {"hush", nullptr, Hush, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"speak", nullptr, Speak, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 2, properties);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
