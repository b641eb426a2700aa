// Memory that processes of one machine have in common.
#ifndef UNDERSTORY_SHARED_FILE_H_
#define UNDERSTORY_SHARED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace understory {

// A file of memory without a name, which a process has opened and handed to the others. They find the same blocks in it by
// numbers, whoever asks first; nothing is left of it when all of them are gone, however they end.
class SharedFile {
 public:
  // The file of a descriptor that stays open and that nobody else in this process uses; null where this system has no such
  // files. Throws a Failure for a file that another user could see.
  static SharedFile* Of(int descriptor);

  // A block of zeros, mapped for as long as the process lives; null where there is no room, which then holds for all processes.
  // Throws a Failure where another process asks for another size.
  void* Block(uint32_t group, uint32_t number, uint64_t size);

  // Says that this process is there, as `rank`, until it ends.
  void Hold(size_t rank);
  // Whether a process that has said so still lives; not of this process itself.
  bool IsHeld(size_t rank) const;

 private:
  explicit SharedFile(int descriptor) : descriptor_(descriptor) {}
  uint64_t Offset(uint32_t group, uint32_t number, uint64_t size);
  bool Grow(uint64_t offset, uint64_t size) const;
  void* Map(uint64_t offset, uint64_t size) const;

  const int descriptor_;
  std::mutex mutex_;
  struct Directory* directory_ = nullptr;
};

}  // namespace understory

#endif  // UNDERSTORY_SHARED_FILE_H_
