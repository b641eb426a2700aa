// How long the addon's own ops take, for whoever profiles a step.
#ifndef UNDERSTORY_TIMES_H_
#define UNDERSTORY_TIMES_H_

#include <string>
#include <utility>
#include <vector>

namespace understory {

// From now on, or no more. What was kept until now is dropped.
void KeepTimes(bool keep);
bool KeepsTimes();

// Milliseconds of CPU time of the calling thread, since some moment.
double ThreadTime();
void AddTime(std::string node, double milliseconds);
// By the names of nodes, in the order in which they ended.
std::vector<std::pair<std::string, double>> KeptTimes();

}  // namespace understory

#endif  // UNDERSTORY_TIMES_H_
