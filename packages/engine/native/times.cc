#include "times.h"

#include <atomic>
#include <ctime>
#include <mutex>

namespace understory {

namespace {

std::atomic<bool> keeps{false};
std::mutex mutex;
std::vector<std::pair<std::string, double>> kept;

}  // namespace

void KeepTimes(bool keep) {
  std::lock_guard<std::mutex> lock(mutex);
  kept.clear();
  keeps = keep;
}

bool KeepsTimes() { return keeps; }

double ThreadTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void AddTime(std::string node, double milliseconds) {
  std::lock_guard<std::mutex> lock(mutex);
  kept.emplace_back(std::move(node), milliseconds);
}

std::vector<std::pair<std::string, double>> KeptTimes() {
  std::lock_guard<std::mutex> lock(mutex);
  return kept;
}

}  // namespace understory
