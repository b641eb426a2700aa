#include "pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace understory {

namespace {

// How long a thread looks for what it waits for before it sleeps. Waking it takes as long, and most ops follow each other sooner.
constexpr std::chrono::microseconds kPatience(50);

// Whether something comes true while one looks; others that need the processor have it meanwhile.
template <typename Condition>
bool ComesSoon(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    if (condition()) return true;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// Tasks of a job that one thread begins with.
struct Part {
  alignas(64) std::atomic<size_t> next;
  size_t end;
};

struct Job {
  Job(size_t count, size_t threads, const std::function<void(size_t)>& task) : count(count), task(task), parts(threads) {
    for (size_t i = 0; i < threads; i++) parts[i].next = count * i / threads, parts[i].end = count * (i + 1) / threads;
  }

  // Does what is left, a thread's own part first: the same tasks of one op after another mostly work on the same rows, which are in its
  // processor's cache.
  void Help(size_t thread) {
    for (size_t k = 0; k < parts.size(); k++) {
      Part& part = parts[(thread + k) % parts.size()];
      for (size_t i = part.next++; i < part.end; i = part.next++) Do(i);
    }
  }

  void Do(size_t i) {
    try {
      task(i);
    } catch (...) {
      std::lock_guard<std::mutex> lock(mutex);
      failure = std::current_exception();
    }
    if (++done == count) {
      std::lock_guard<std::mutex> lock(mutex);
      finished.notify_all();
    }
  }

  const size_t count;
  const std::function<void(size_t)>& task;
  std::vector<Part> parts;
  std::atomic<size_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;
  std::exception_ptr failure;
};

class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 1; i < threads; i++) std::thread([this, i] { Work(static_cast<size_t>(i)); }).detach();
  }

  void Run(const std::shared_ptr<Job>& job, size_t helpers) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (size_t i = 0; i < helpers; i++) jobs_.push_back(job);
      waiting_ += helpers;
    }
    helpers == 1 ? wake_.notify_one() : wake_.notify_all();
    job->Help(0);
    ComesSoon([&] { return job->done == job->count; });
    std::unique_lock<std::mutex> lock(job->mutex);
    job->finished.wait(lock, [&] { return job->done == job->count; });
    if (job->failure) std::rethrow_exception(job->failure);
  }

 private:
  void Work(size_t thread) {
    for (;;) {
      std::shared_ptr<Job> job;
      ComesSoon([this] { return waiting_ > 0; });
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [this] { return !jobs_.empty(); });
        job = std::move(jobs_.front());
        jobs_.pop_front();
        waiting_--;
      }
      job->Help(thread);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::atomic<size_t> waiting_{0};  // as many as there are jobs
};

std::atomic<int> threads{static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};

// Never destroyed: its threads wait on it until the process ends.
Pool& ThePool() {
  static Pool* pool = new Pool(threads);
  return *pool;
}

}  // namespace

namespace {

struct Kept {
  float* data;
  size_t size;
};
std::mutex kept_mutex;
std::vector<Kept> kept;

float* Allocate(size_t floats) {
  void* data = nullptr;
  if (posix_memalign(&data, 64, std::max<size_t>(floats, 16) * sizeof(float)) != 0) throw std::bad_alloc();
  return static_cast<float*>(data);
}

}  // namespace

Scratch::Scratch(size_t floats) : data_(nullptr), size_(floats) {
  {
    std::lock_guard<std::mutex> lock(kept_mutex);
    // The smallest that is large enough, else the largest: that one is replaced.
    auto best = kept.end();
    for (auto it = kept.begin(); it != kept.end(); ++it) {
      if (best == kept.end() || (it->size >= floats ? best->size < floats || it->size < best->size : it->size > best->size)) best = it;
    }
    if (best != kept.end()) {
      data_ = best->data;
      size_ = best->size;
      kept.erase(best);
    }
  }
  if (data_ && size_ >= floats) return;
  std::free(data_);
  size_ = floats;
  data_ = Allocate(floats);
}

Scratch::~Scratch() {
  std::lock_guard<std::mutex> lock(kept_mutex);
  kept.push_back({data_, size_});
}

void SetThreads(int count) { threads = std::max(1, count); }

int Threads() { return threads; }

void InParallel(size_t count, const std::function<void(size_t)>& task) {
  const size_t helpers = std::min(count, static_cast<size_t>(threads)) - (count > 0 ? 1 : 0);
  if (helpers == 0) {
    for (size_t i = 0; i < count; i++) task(i);
    return;
  }
  ThePool().Run(std::make_shared<Job>(count, helpers + 1, task), helpers);
}

}  // namespace understory
