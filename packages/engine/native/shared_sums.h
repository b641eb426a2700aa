// Sums of tensors over processes of one machine.
#ifndef UNDERSTORY_SHARED_SUMS_H_
#define UNDERSTORY_SHARED_SUMS_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

#include "napi.h"
#include "shared_file.h"

namespace understory {

// One process's part in the sums of a group. In every run of a step each process puts its tensor and then takes the sum, the
// same bits on all: parts are added in the order of ranks. Putting never waits: runs have two places by turns, and whoever is two
// runs ahead has taken what all others put after they were done with the first. So whoever takes only what it has put, in the
// same order as all others, waits for nobody in a circle. A process makes one run after another.
class SharedSums {
 public:
  // Its number, for `Get`; 0 where memory cannot be had, which then holds for the whole group.
  static int64_t Join(int descriptor, uint32_t group, size_t size, size_t rank);
  static SharedSums& Get(int64_t id);

  // Makes room for a sum; false where there is none, for all processes alike.
  bool Reserve(uint32_t number, size_t elements);
  void Put(uint32_t number, const float* x, size_t elements);
  void Take(uint32_t number, float* y, size_t elements);
  // Whoever waits for this process gives up, and so does this one, from now on: it takes part no more (`closed`), or a run has
  // failed in which others may have taken part, which cannot be mended.
  void Leave(bool closed);

 private:
  struct Sum;
  struct Presence;
  SharedSums(SharedFile& file, Presence* presence, uint32_t group, size_t size, size_t rank)
      : file_(file), presence_(presence), group_(group), size_(size), rank_(rank) {}
  Sum& Find(uint32_t number, size_t elements);
  void WaitFor(size_t rank, std::atomic<uint32_t>& count, uint32_t least) const;
  void CheckPresent(size_t rank) const;

  SharedFile& file_;
  Presence* const presence_;  // of each rank
  const uint32_t group_;
  const size_t size_, rank_;
  std::mutex mutex_;
  std::map<uint32_t, Sum*> sums_;  // kept as long as the process lives, as their memory is
};

void ExportSharedSums(napi_env env, napi_value exports);

}  // namespace understory

#endif  // UNDERSTORY_SHARED_SUMS_H_
