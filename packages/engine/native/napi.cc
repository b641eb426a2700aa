#include "napi.h"

#include <cstring>

namespace understory {

const char* CodeName(TF_Code code) {
  static const char* const kNames[] = {"OK",
                                       "CANCELLED",
                                       "UNKNOWN",
                                       "INVALID_ARGUMENT",
                                       "DEADLINE_EXCEEDED",
                                       "NOT_FOUND",
                                       "ALREADY_EXISTS",
                                       "PERMISSION_DENIED",
                                       "RESOURCE_EXHAUSTED",
                                       "FAILED_PRECONDITION",
                                       "ABORTED",
                                       "OUT_OF_RANGE",
                                       "UNIMPLEMENTED",
                                       "INTERNAL",
                                       "UNAVAILABLE",
                                       "DATA_LOSS",
                                       "UNAUTHENTICATED"};
  const int index = static_cast<int>(code);
  return index >= 0 && index <= 16 ? kNames[index] : "UNKNOWN";
}

void Check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  throw Failure("NAPI", info && info->error_message ? info->error_message : "Node-API call failed");
}

void Check(TF_Status* status) {
  if (TF_GetCode(status) != TF_OK) throw Failure(CodeName(TF_GetCode(status)), TF_Message(status));
}

std::string GetString(napi_env env, napi_value value) {
  size_t size = 0;
  Check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &size));
  std::string text(size, '\0');
  Check(env, napi_get_value_string_utf8(env, value, &text[0], size + 1, &size));
  return text;
}

double GetNumber(napi_env env, napi_value value) {
  double number = 0;
  Check(env, napi_get_value_double(env, value, &number));
  return number;
}

bool GetBool(napi_env env, napi_value value) {
  bool flag = false;
  Check(env, napi_get_value_bool(env, value, &flag));
  return flag;
}

bool IsArray(napi_env env, napi_value value) {
  bool is = false;
  Check(env, napi_is_array(env, value, &is));
  return is;
}

napi_value GetProperty(napi_env env, napi_value object, const char* name) {
  napi_value value;
  Check(env, napi_get_named_property(env, object, name, &value));
  return value;
}

Bytes GetBytes(napi_env env, napi_value typed_array) {
  static const size_t kWidths[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  Check(env, napi_get_typedarray_info(env, typed_array, &type, &length, &data, nullptr, nullptr));
  return {data, length * kWidths[type]};
}

uint32_t Length(napi_env env, napi_value array) {
  uint32_t length = 0;
  Check(env, napi_get_array_length(env, array, &length));
  return length;
}

napi_value At(napi_env env, napi_value array, uint32_t index) {
  napi_value value;
  Check(env, napi_get_element(env, array, index, &value));
  return value;
}

napi_value Number(napi_env env, double value) {
  napi_value number;
  Check(env, napi_create_double(env, value, &number));
  return number;
}

napi_value String(napi_env env, const std::string& value) {
  napi_value text;
  Check(env, napi_create_string_utf8(env, value.data(), value.size(), &text));
  return text;
}

napi_value Copied(napi_env env, const void* data, size_t size) {
  void* copy = nullptr;
  napi_value buffer;
  Check(env, napi_create_arraybuffer(env, size, &copy, &buffer));
  if (size) std::memcpy(copy, data, size);
  return buffer;
}

napi_value Error(napi_env env, const std::string& code, const std::string& message) {
  napi_value error;
  Check(env, napi_create_error(env, String(env, code), String(env, message), &error));
  return error;
}

void Set(napi_env env, napi_value object, const char* name, napi_value value) {
  Check(env, napi_set_named_property(env, object, name, value));
}

namespace {

struct Exported {
  const char* name;
  size_t count;
  Function function;
};

napi_value Call(napi_env env, napi_callback_info info) {
  const Exported* exported = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, reinterpret_cast<void**>(const_cast<Exported**>(&exported)));
  size_t count = exported->count;
  Arguments arguments(count);
  napi_get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr);
  try {
    if (count < exported->count) throw Failure("NAPI", std::string(exported->name) + " was called with too few arguments");
    return exported->function(env, arguments);
  } catch (const Failure& failure) {
    napi_throw_error(env, failure.code.c_str(), failure.what());
  } catch (const std::exception& error) {
    napi_throw_error(env, "INTERNAL", error.what());
  }
  return nullptr;
}

}  // namespace

void Export(napi_env env, napi_value exports, const char* name, size_t count, Function function) {
  // One for each function of the addon, for as long as the process lives.
  auto* exported = new Exported{name, count, function};
  napi_value value;
  Check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, Call, exported, &value));
  Set(env, exports, name, value);
}

}  // namespace understory
