#include "shared_file.h"

#include "napi.h"

#ifdef __linux__

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

namespace understory {

namespace {

constexpr uint64_t kEntries = 8192;

struct Entry {
  uint32_t group, number;
  uint64_t size;
  uint64_t offset;  // 0: there was no room
};

}  // namespace

// Begins the file. What is in it changes only while a process holds the file's lock.
struct Directory {
  uint64_t entries;  // raised last: an entry that a process died over does not count
  uint64_t end;      // of the last block
  Entry entry[kEntries];
};

namespace {

// Bytes that are locked and never written.
constexpr off_t kLock = off_t{1} << 40;
constexpr off_t kRanks = kLock + 1;

struct flock Byte(off_t at, short type) {
  struct flock lock;
  std::memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = at;
  lock.l_len = 1;
  return lock;
}

[[noreturn]] void Fail(const char* what) {
  throw Failure("INTERNAL", std::string("Memory of the workers of this machine: ") + what + ": " + std::strerror(errno));
}

// The system takes a record's lock from a process that ends.
class Locked {
 public:
  explicit Locked(int descriptor) : descriptor_(descriptor) {
    struct flock lock = Byte(kLock, F_WRLCK);
    while (fcntl(descriptor_, F_SETLKW, &lock) != 0)
      if (errno != EINTR) Fail("it cannot be locked");
  }
  ~Locked() {
    struct flock lock = Byte(kLock, F_UNLCK);
    fcntl(descriptor_, F_SETLK, &lock);
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  const int descriptor_;
};

uint64_t Pages(uint64_t size) {
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

void RequirePrivate(const struct stat& is) {
  if (S_ISREG(is.st_mode) && is.st_uid == geteuid() && (is.st_mode & 077) == 0 && is.st_nlink == 0) return;
  throw Failure("INVALID_ARGUMENT", "The memory that workers of this machine are given is not theirs alone");
}

}  // namespace

SharedFile* SharedFile::Of(int descriptor) {
  static std::mutex mutex;
  static std::map<std::pair<dev_t, ino_t>, SharedFile*> files;
  struct stat is;
  if (fstat(descriptor, &is) != 0) Fail("it cannot be looked at");
  RequirePrivate(is);
  std::lock_guard<std::mutex> lock(mutex);
  SharedFile*& file = files[{is.st_dev, is.st_ino}];
  if (!file) file = new SharedFile(descriptor);
  return file;
}

// Pages are taken now: where memory is short, a write into one that is not there would end the process.
bool SharedFile::Grow(uint64_t offset, uint64_t size) const {
  int failed;
  do failed = fallocate(descriptor_, 0, static_cast<off_t>(offset), static_cast<off_t>(size));
  while (failed != 0 && errno == EINTR);
  struct stat is;
  return failed == 0 && fstat(descriptor_, &is) == 0 && static_cast<uint64_t>(is.st_size) >= offset + size;
}

void* SharedFile::Map(uint64_t offset, uint64_t size) const {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, static_cast<off_t>(offset));
  if (memory == MAP_FAILED) Fail("it cannot be mapped");
  return memory;
}

uint64_t SharedFile::Offset(uint32_t group, uint32_t number, uint64_t size) {
  const Locked locked(descriptor_);
  if (!directory_) {
    const uint64_t first = Pages(sizeof(Directory));
    if (!Grow(0, first)) return 0;
    directory_ = static_cast<Directory*>(Map(0, first));
  }
  Directory& all = *directory_;
  for (uint64_t i = 0; i < all.entries; i++) {
    const Entry& entry = all.entry[i];
    if (entry.group != group || entry.number != number) continue;
    if (entry.size == size) return entry.offset;
    throw Failure("FAILED_PRECONDITION", "Workers sum tensors of different sizes: not all of them run the same steps");
  }
  if (all.entries == kEntries) return 0;
  if (all.end == 0) all.end = Pages(sizeof(Directory));
  const uint64_t offset = Grow(all.end, Pages(size)) ? all.end : 0;
  all.entry[all.entries] = {group, number, size, offset};
  if (offset != 0) all.end += Pages(size);
  all.entries++;
  return offset;
}

void* SharedFile::Block(uint32_t group, uint32_t number, uint64_t size) {
  std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t offset = Offset(group, number, size);
  return offset == 0 ? nullptr : Map(offset, Pages(size));
}

void SharedFile::Hold(size_t rank) {
  struct flock lock = Byte(kRanks + static_cast<off_t>(rank), F_WRLCK);
  if (fcntl(descriptor_, F_SETLK, &lock) != 0) Fail("another worker has this one's place");
}

bool SharedFile::IsHeld(size_t rank) const {
  struct flock lock = Byte(kRanks + static_cast<off_t>(rank), F_WRLCK);
  return fcntl(descriptor_, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

}  // namespace understory

#else

namespace understory {

SharedFile* SharedFile::Of(int) { return nullptr; }
void* SharedFile::Block(uint32_t, uint32_t, uint64_t) { return nullptr; }
void SharedFile::Hold(size_t) {}
bool SharedFile::IsHeld(size_t) const { return true; }

}  // namespace understory

#endif
