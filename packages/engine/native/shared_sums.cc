#include "shared_sums.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "pool.h"

namespace understory {

// On a cache line of its own each, as zeros at first.
struct alignas(64) SharedSums::Presence {
  std::atomic<int32_t> process;  // 0 before it has joined
  std::atomic<uint32_t> left;
};

struct SharedSums::Sum {
  struct alignas(64) Count {
    std::atomic<uint32_t> put;  // runs so far
  };
  Sum(void* block, size_t ranks, size_t elements)
      : elements(elements), stride(Stride(elements)), ranks(ranks), counts(static_cast<Count*>(block)),
        data(reinterpret_cast<float*>(counts + ranks)) {}

  static size_t Stride(size_t elements) { return (elements + 15) / 16 * 16; }
  static uint64_t Bytes(size_t ranks, size_t elements) {
    return ranks * (sizeof(Count) + 2 * Stride(elements) * sizeof(float));
  }
  float* Part(size_t rank, uint32_t run) const { return data + ((run & 1) * ranks + rank) * stride; }

  const size_t elements, stride, ranks;
  Count* const counts;
  float* const data;
  uint32_t puts = 0, takes = 0;  // of this process
};

namespace {

static_assert(std::atomic<uint32_t>::is_always_lock_free, "counts are shared with other processes");

// How a process has left.
constexpr uint32_t kClosed = 1;
constexpr uint32_t kFailed = 2;
// The number of the block that says who is there.
constexpr uint32_t kPresence = UINT32_MAX;
// How long a waiting process sleeps before it looks whether those it waits for are still there.
constexpr long kNanoseconds = 50'000'000;
// Elements that a thread copies or adds up at once.
constexpr size_t kShare = 1 << 16;

#ifdef __linux__
// Sleeps while the count is `seen`, for a while at most.
void Sleep(std::atomic<uint32_t>& count, uint32_t seen) {
  const timespec most{0, kNanoseconds};
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&count), FUTEX_WAIT, seen, &most, nullptr, 0);
}
void Wake(std::atomic<uint32_t>& count) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&count), FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0);
}
int32_t OwnProcess() { return static_cast<int32_t>(getpid()); }
#else
void Sleep(std::atomic<uint32_t>&, uint32_t) {}
void Wake(std::atomic<uint32_t>&) {}
int32_t OwnProcess() { return 1; }
#endif

template <typename Work>
void InShares(size_t elements, const Work& work) {
  InParallel((elements + kShare - 1) / kShare, [&](size_t i) {
    const size_t from = i * kShare;
    work(from, std::min(kShare, elements - from));
  });
}

typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));

// to = a + b
void Add(float* to, const float* a, const float* b, size_t count) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    *reinterpret_cast<Four*>(to + i) = *reinterpret_cast<const Four*>(a + i) + *reinterpret_cast<const Four*>(b + i);
  for (; i < count; i++) to[i] = a[i] + b[i];
}

std::mutex joined_mutex;
// Never destroyed: ops that wait may outlive what joined.
std::vector<SharedSums*>& Joined() {
  static auto* joined = new std::vector<SharedSums*>;
  return *joined;
}

}  // namespace

int64_t SharedSums::Join(int descriptor, uint32_t group, size_t size, size_t rank) {
  SharedFile* file = SharedFile::Of(descriptor);
  if (!file) return 0;
  auto* presence = static_cast<Presence*>(file->Block(group, kPresence, size * sizeof(Presence)));
  if (!presence) return 0;
  file->Hold(rank);
  presence[rank].process.store(OwnProcess(), std::memory_order_release);
  std::lock_guard<std::mutex> lock(joined_mutex);
  Joined().push_back(new SharedSums(*file, presence, group, size, rank));
  return static_cast<int64_t>(Joined().size());
}

SharedSums& SharedSums::Get(int64_t id) {
  std::lock_guard<std::mutex> lock(joined_mutex);
  return *Joined().at(static_cast<size_t>(id - 1));
}

bool SharedSums::Reserve(uint32_t number, size_t elements) {
  void* block = file_.Block(group_, number, Sum::Bytes(size_, elements));
  if (!block) return false;
  std::lock_guard<std::mutex> lock(mutex_);
  sums_[number] = new Sum(block, size_, elements);
  return true;
}

SharedSums::Sum& SharedSums::Find(uint32_t number, size_t elements) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = sums_.find(number);
  if (found == sums_.end() || found->second->elements != elements)
    throw Failure("INVALID_ARGUMENT", "There is no room for a sum of this number and size");
  return *found->second;
}

void SharedSums::CheckPresent(size_t rank) const {
  const uint32_t left = presence_[rank_].left.load(std::memory_order_acquire);
  if (left == kClosed) throw Failure("CANCELLED", "A sum was given up: session has been closed");
  if (left == kFailed) throw Failure("UNAVAILABLE", "A sum over workers is no longer possible: a run with others has failed");
  const auto lost = [](size_t which, const char* how) {
    throw Failure("UNAVAILABLE",
                  "A sum over workers is missing /job:worker/replica:0/task:" + std::to_string(which) + ", which " + how);
  };
  // One that has ended is why others have left.
  for (size_t other = 0; other < size_; other++) {
    const int32_t process = presence_[other].process.load(std::memory_order_acquire);
    if (process != 0 && process != OwnProcess() && !file_.IsHeld(other)) lost(other, "has ended");
  }
  if (presence_[rank].left.load(std::memory_order_acquire)) lost(rank, "has left");
}

// Counts of runs wrap around: what is less than half of all away is ahead.
void SharedSums::WaitFor(size_t rank, std::atomic<uint32_t>& count, uint32_t least) const {
  for (;;) {
    const uint32_t seen = count.load(std::memory_order_acquire);
    if (static_cast<int32_t>(seen - least) >= 0) return;
    CheckPresent(rank);
    Sleep(count, seen);
  }
}

void SharedSums::Put(uint32_t number, const float* x, size_t elements) {
  Sum& sum = Find(number, elements);
  float* own = sum.Part(rank_, ++sum.puts);
  InShares(elements, [&](size_t from, size_t count) { std::memcpy(own + from, x + from, count * sizeof(float)); });
  sum.counts[rank_].put.store(sum.puts, std::memory_order_release);
  Wake(sum.counts[rank_].put);
}

void SharedSums::Take(uint32_t number, float* y, size_t elements) {
  Sum& sum = Find(number, elements);
  const uint32_t turn = ++sum.takes;
  for (size_t rank = 0; rank < size_; rank++) WaitFor(rank, sum.counts[rank].put, turn);
  InShares(elements, [&](size_t from, size_t count) {
    // As much as stays in the nearest cache.
    constexpr size_t kNear = 2048;
    for (size_t begin = from; begin < from + count; begin += kNear) {
      const size_t length = std::min(kNear, from + count - begin);
      const auto part = [&](size_t rank) { return sum.Part(rank, turn) + begin; };
      if (size_ == 1) std::memcpy(y + begin, part(0), length * sizeof(float));
      else Add(y + begin, part(0), part(1), length);
      for (size_t rank = 2; rank < size_; rank++) Add(y + begin, y + begin, part(rank), length);
    }
  });
}

void SharedSums::Leave(bool closed) {
  uint32_t is_there = 0;
  presence_[rank_].left.compare_exchange_strong(is_there, closed ? kClosed : kFailed);
}

namespace {

// joinSums(descriptor, group, size, rank): a number for what follows; 0 where memory cannot be had
napi_value JoinSums(napi_env env, const Arguments& a) {
  const auto number = [&](size_t i) { return GetNumber(env, a[i]); };
  return Number(env, static_cast<double>(SharedSums::Join(static_cast<int>(number(0)), static_cast<uint32_t>(number(1)),
                                                          static_cast<size_t>(number(2)), static_cast<size_t>(number(3)))));
}

// reserveSum(sums, number, elements): whether there is room, on all workers alike
napi_value ReserveSum(napi_env env, const Arguments& a) {
  SharedSums& sums = SharedSums::Get(static_cast<int64_t>(GetNumber(env, a[0])));
  napi_value result;
  const bool room = sums.Reserve(static_cast<uint32_t>(GetNumber(env, a[1])), static_cast<size_t>(GetNumber(env, a[2])));
  Check(env, napi_get_boolean(env, room, &result));
  return result;
}

}  // namespace

void ExportSharedSums(napi_env env, napi_value exports) {
  Export(env, exports, "joinSums", 4, JoinSums);
  Export(env, exports, "reserveSum", 3, ReserveSum);
}

}  // namespace understory
