// Runs a plan: in a worker thread, so that the event loop stays free, or at once.
#include "session.h"
#include "tensorflow/c/tf_tstring.h"

namespace understory {

namespace {

// Results of this size and more are handed to JS as they are; smaller ones are copied, which is cheaper.
constexpr size_t kShared = 1 << 16;

struct Fed {
  TF_DataType dtype;
  std::vector<int64_t> shape;
  Bytes bytes;
  napi_ref array;  // keeps the memory that `bytes` points to
};

struct Run {
  ~Run() {
    for (TF_Tensor* tensor : results)
      if (tensor) TF_DeleteTensor(tensor);
  }
  Plan plan;
  bool profile = false;
  std::vector<Fed> fed;
  std::vector<TF_Tensor*> results;
  std::string metadata;
  Status status;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
};

struct Tensors : std::vector<TF_Tensor*> {
  ~Tensors() {
    for (TF_Tensor* tensor : *this) TF_DeleteTensor(tensor);
  }
};

// A scalar of TensorFlow's strings that looks at the bytes where they are.
TF_Tensor* TextTensor(const Bytes& bytes) {
  TF_Tensor* tensor = TF_AllocateTensor(TF_STRING, nullptr, 0, sizeof(TF_TString));
  if (!tensor) return nullptr;
  auto* text = static_cast<TF_TString*>(TF_TensorData(tensor));
  TF_StringInit(text);
  TF_StringAssignView(text, static_cast<const char*>(bytes.data), bytes.size);
  return tensor;
}

bool CopyIn(const std::vector<Fed>& fed, Tensors* tensors, TF_Status* status) {
  for (const Fed& f : fed) {
    TF_Tensor* tensor = f.dtype == TF_STRING ? TextTensor(f.bytes) : CopiedTensor(f.dtype, f.shape, f.bytes);
    if (!tensor) {
      TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "OOM when allocating an input");
      return false;
    }
    tensors->push_back(tensor);
  }
  return true;
}

void Execute(napi_env, void* data) {
  Run& run = *static_cast<Run*>(data);
  const PlanState& plan = *run.plan;
  if (!plan.session->Enter()) {
    TF_SetStatus(run.status, TF_CANCELLED, "Session has been closed.");
    return;
  }
  Tensors inputs;
  if (CopyIn(run.fed, &inputs, run.status)) {
    run.results.assign(plan.fetches.size(), nullptr);
    // RunOptions { trace_level: FULL_TRACE }
    TF_Buffer* options = run.profile ? TF_NewBufferFromString("\x08\x03", 2) : nullptr;
    TF_Buffer* metadata = run.profile ? TF_NewBuffer() : nullptr;
    TF_SessionRun(plan.session->session, options, plan.feeds.data(), inputs.data(), static_cast<int>(inputs.size()),
                  plan.fetches.data(), run.results.data(), static_cast<int>(plan.fetches.size()), plan.targets.data(),
                  static_cast<int>(plan.targets.size()), metadata, run.status);
    if (run.profile) {
      run.metadata.assign(static_cast<const char*>(metadata->data), metadata->length);
      TF_DeleteBuffer(options);
      TF_DeleteBuffer(metadata);
    }
  }
  if (TF_GetCode(run.status) != TF_OK) plan.session->Fail();
  plan.session->Leave();
}

// The memory of a result as an ArrayBuffer; takes the tensor.
napi_value BufferOf(napi_env env, TF_Tensor* tensor) {
  void* data = TF_TensorData(tensor);
  const size_t size = TF_TensorByteSize(tensor);
  auto release = [](napi_env, void*, void* hint) { TF_DeleteTensor(static_cast<TF_Tensor*>(hint)); };
  napi_value buffer;
  if (size >= kShared && napi_create_external_arraybuffer(env, data, size, release, tensor, &buffer) == napi_ok)
    return buffer;
  buffer = Copied(env, data, size);
  TF_DeleteTensor(tensor);
  return buffer;
}

// { outputs: { dtype, shape, data: ArrayBuffer }[], metadata: ArrayBuffer }
napi_value ResultOf(napi_env env, Run& run) {
  napi_value result, outputs;
  Check(env, napi_create_object(env, &result));
  Check(env, napi_create_array_with_length(env, run.results.size(), &outputs));
  for (size_t i = 0; i < run.results.size(); i++) {
    TF_Tensor* tensor = run.results[i];
    run.results[i] = nullptr;
    std::vector<int64_t> shape(TF_NumDims(tensor));
    for (size_t k = 0; k < shape.size(); k++) shape[k] = TF_Dim(tensor, static_cast<int>(k));
    napi_value output;
    Check(env, napi_create_object(env, &output));
    Set(env, output, "dtype", Number(env, TF_TensorType(tensor)));
    Set(env, output, "shape", Numbers(env, shape));
    Set(env, output, "data", BufferOf(env, tensor));
    Check(env, napi_set_element(env, outputs, i, output));
  }
  Set(env, result, "outputs", outputs);
  Set(env, result, "metadata", Copied(env, run.metadata.data(), run.metadata.size()));
  return result;
}

void Complete(napi_env env, napi_status, void* data) {
  std::unique_ptr<Run> run(static_cast<Run*>(data));
  for (const Fed& f : run->fed) napi_delete_reference(env, f.array);
  napi_delete_async_work(env, run->work);
  try {
    Check(run->status);
    napi_resolve_deferred(env, run->deferred, ResultOf(env, *run));
  } catch (const Failure& failure) {
    napi_reject_deferred(env, run->deferred, Error(env, failure.code, failure.what()));
  }
}

size_t SizeOf(const Fed& fed) {
  size_t size = TF_DataTypeSize(fed.dtype);
  for (const int64_t dimension : fed.shape) size *= static_cast<size_t>(dimension);
  return size;
}

// What (plan, feeds: { dtype, shape, data: TypedArray }[], profile: boolean) asks for.
std::unique_ptr<Run> Asked(napi_env env, const Arguments& a) {
  std::unique_ptr<Run> run(new Run);
  run->plan = *Unwrap<Plan>(env, a[0]);
  run->profile = GetBool(env, a[2]);
  const uint32_t count = Length(env, a[1]);
  if (count != run->plan->feeds.size()) throw Failure("INVALID_ARGUMENT", "A plan was run with another number of feeds");
  for (uint32_t i = 0; i < count; i++) {
    napi_value feed = At(env, a[1], i);
    napi_value array = GetProperty(env, feed, "data");
    Fed fed{static_cast<TF_DataType>(GetNumber(env, GetProperty(env, feed, "dtype"))),
            GetNumbers<int64_t>(env, GetProperty(env, feed, "shape")), GetBytes(env, array), nullptr};
    if (fed.dtype == TF_STRING ? !fed.shape.empty() : SizeOf(fed) != fed.bytes.size)
      throw Failure("INVALID_ARGUMENT", "A feed's size does not fit its shape");
    Check(env, napi_create_reference(env, array, 1, &fed.array));
    run->fed.push_back(std::move(fed));
  }
  return run;
}

// run(plan, feeds, profile): a promise of ResultOf's object. The arrays belong to the run until the promise settles.
napi_value RunPlan(napi_env env, const Arguments& a) {
  std::unique_ptr<Run> run = Asked(env, a);
  napi_value promise;
  Check(env, napi_create_promise(env, &run->deferred, &promise));
  Check(env, napi_create_async_work(env, nullptr, String(env, "understory:run"), Execute, Complete, run.get(), &run->work));
  Check(env, napi_queue_async_work(env, run->work));
  run.release();  // Complete takes it
  return promise;
}

// runSync(plan, feeds): ResultOf's object; the event loop waits.
napi_value RunPlanSync(napi_env env, const Arguments& a) {
  std::unique_ptr<Run> run = Asked(env, a);
  Execute(env, run.get());
  for (const Fed& f : run->fed) napi_delete_reference(env, f.array);
  Check(run->status);
  return ResultOf(env, *run);
}

}  // namespace

void ExportRun(napi_env env, napi_value exports) {
  Export(env, exports, "run", 3, RunPlan);
  Export(env, exports, "runSync", 3, RunPlanSync);
}

}  // namespace understory
