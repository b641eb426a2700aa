// Threads for the engine's own kernels. Whoever brings work does its share of it.
#ifndef UNDERSTORY_POOL_H_
#define UNDERSTORY_POOL_H_

#include <cstddef>
#include <functional>

namespace understory {

// Threads that share a job from now on, the caller's included; at least 1. Takes effect before the first job.
void SetThreads(int threads);
int Threads();

// Calls task(0) … task(count - 1), side by side, and returns when all are done. Which thread takes which is open, so
// results may not depend on it. May be called from several threads at once. Throws what a task has thrown.
void InParallel(size_t count, const std::function<void(size_t)>& task);

// Memory for the time of a computation. What is given back serves the next one, so that pages need not be fetched from
// the system at every step; as much is kept as was ever in use at once.
class Scratch {
 public:
  explicit Scratch(size_t floats);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  // Aligned to 64 bytes; holds anything.
  float* get() const { return data_; }
  // As other words of the same size.
  template <typename Word>
  Word* as() const {
    return reinterpret_cast<Word*>(data_);
  }

 private:
  float* data_;
  size_t size_;
};

}  // namespace understory

#endif  // UNDERSTORY_POOL_H_
