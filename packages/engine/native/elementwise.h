// Expressions of tensors, element by element, in one pass through memory.
#ifndef UNDERSTORY_ELEMENTWISE_H_
#define UNDERSTORY_ELEMENTWISE_H_

#include <cstddef>
#include <string>
#include <vector>

namespace understory {

// An expression in postfix notation: operands by number, and operations on what is on top of the stack.
struct Expression {
  enum Code { kOperand, kAdd, kSub, kMul, kDiv, kMaximum, kMinimum, kSquare, kSqrt, kNeg };
  struct Step {
    Code code;
    size_t operand;
  };
  std::vector<Step> steps;
  size_t depth = 0;  // of the stack

  // From words: `0 1 Mul 2 Add`. Throws Failure for what is none.
  explicit Expression(const std::string& text, size_t operands);
};

// Numbers that go through the whole expression before the next: the stack stays in the first cache.
constexpr size_t kElementwiseRun = 512;

// One number for all, or a number for each; or as many as `period`, again and again: then `data` has kElementwiseRun more
// of them than that.
struct Operand {
  const float* data;
  bool scalar;
  size_t period = 0;
};

// Results are those of single operations one after another, to the last bit.
struct Elementwise {
  void (*evaluate)(const Expression&, const std::vector<Operand>&, size_t length, float* result);
};

const Elementwise& FindElementwise();
const Elementwise& ElementwiseBase();
#if defined(__x86_64__)
const Elementwise& ElementwiseAvx2();
const Elementwise& ElementwiseAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_ELEMENTWISE_H_
