// Small helpers over Node-API: a failed call throws once, and the callers return at once.
#ifndef UNDERSTORY_NAPI_H_
#define UNDERSTORY_NAPI_H_

#include <node_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/c_api.h"

namespace understory {

// Carries an error's code (TensorFlow's name for it, or `NAPI`) up to the border, where it becomes a JS error.
struct Failure : std::runtime_error {
  Failure(std::string code, const std::string& message) : std::runtime_error(message), code(std::move(code)) {}
  std::string code;
};

// A property of a typed array that is handed over, without its copy.
struct Bytes {
  const void* data;
  size_t size;
};

const char* CodeName(TF_Code code);
void Check(napi_env env, napi_status status);
void Check(TF_Status* status);

std::string GetString(napi_env env, napi_value value);
double GetNumber(napi_env env, napi_value value);
bool GetBool(napi_env env, napi_value value);
bool IsArray(napi_env env, napi_value value);
napi_value GetProperty(napi_env env, napi_value object, const char* name);
Bytes GetBytes(napi_env env, napi_value typed_array);

uint32_t Length(napi_env env, napi_value array);
napi_value At(napi_env env, napi_value array, uint32_t index);

template <typename T>
std::vector<T> GetNumbers(napi_env env, napi_value array) {
  std::vector<T> numbers(Length(env, array));
  for (uint32_t i = 0; i < numbers.size(); i++) numbers[i] = static_cast<T>(GetNumber(env, At(env, array, i)));
  return numbers;
}

napi_value Number(napi_env env, double value);
napi_value String(napi_env env, const std::string& value);
napi_value Copied(napi_env env, const void* data, size_t size);
napi_value Error(napi_env env, const std::string& code, const std::string& message);
void Set(napi_env env, napi_value object, const char* name, napi_value value);

template <typename T>
napi_value Numbers(napi_env env, const std::vector<T>& numbers) {
  napi_value array;
  Check(env, napi_create_array_with_length(env, numbers.size(), &array));
  for (size_t i = 0; i < numbers.size(); i++) Check(env, napi_set_element(env, array, i, Number(env, numbers[i])));
  return array;
}

// An object of ours behind a JS value; it is deleted when JS lets go of it.
template <typename T>
napi_value Wrap(napi_env env, T* object) {
  napi_value external;
  auto finalize = [](napi_env, void* data, void*) { delete static_cast<T*>(data); };
  Check(env, napi_create_external(env, object, finalize, nullptr, &external));
  return external;
}

template <typename T>
T* Unwrap(napi_env env, napi_value external) {
  void* data = nullptr;
  Check(env, napi_get_value_external(env, external, &data));
  return static_cast<T*>(data);
}

using Arguments = std::vector<napi_value>;
using Function = napi_value (*)(napi_env, const Arguments&);

// Adds a function of exactly `count` arguments to the addon's exports; a Failure inside becomes a JS error.
void Export(napi_env env, napi_value exports, const char* name, size_t count, Function function);

// Owns a TF_Status for one call.
struct Status {
  Status() : status(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  operator TF_Status*() const { return status; }
  TF_Status* status;
};

}  // namespace understory

#endif  // UNDERSTORY_NAPI_H_
