// Which of the instruction sets that kernels are compiled for are used.
#ifndef UNDERSTORY_SIMD_H_
#define UNDERSTORY_SIMD_H_

#include <string>
#include <vector>

namespace understory {

// Those that this processor has: `base`, `avx2`, `avx512`, `avx512bf16`, `amx`, each of which needs the one before.
std::vector<std::string> InstructionSets();

// From now on kernels use this one and those before it; false where the processor has none of that name. Results differ
// between sets in their last digits, so a program stays with one.
bool AllowInstructionSet(const std::string& name);

}  // namespace understory

#endif  // UNDERSTORY_SIMD_H_
