// The code of elementwise.h for one set of instructions (vector.h).

#include <algorithm>
#include <cmath>
#include <vector>

#include "elementwise.h"
#include "pool.h"

namespace understory {
namespace {

constexpr size_t kRun = kElementwiseRun;
// Numbers that a thread takes at a time.
constexpr size_t kShare = 1 << 16;

// Whole vectors, then one by one.
template <typename Each, typename EachVec>
UNDERSTORY_INLINE void OverRun(size_t length, Each each, EachVec each_vec) {
  size_t i = 0;
  for (; i + kLanes <= length; i += kLanes) each_vec(i);
  for (; i < length; i++) each(i);
}

// An operation on two operands; `Vec` and `float` alike.
template <typename Apply>
UNDERSTORY_INLINE void Binary(const Operand& a, const Operand& b, size_t length, float* to, Apply apply) {
  const Vec all_a = Vec{} + *a.data, all_b = Vec{} + *b.data;
  OverRun(
      length, [&](size_t i) { to[i] = apply(a.data[a.scalar ? 0 : i], b.data[b.scalar ? 0 : i]); },
      [&](size_t i) { Store(to + i, apply(a.scalar ? all_a : Load(a.data + i), b.scalar ? all_b : Load(b.data + i))); });
}

UNDERSTORY_INLINE void Operate(Expression::Code code, const Operand& a, const Operand& b, size_t length, float* to) {
  switch (code) {
    case Expression::kAdd: return Binary(a, b, length, to, [](auto x, auto y) { return x + y; });
    case Expression::kSub: return Binary(a, b, length, to, [](auto x, auto y) { return x - y; });
    case Expression::kMul: return Binary(a, b, length, to, [](auto x, auto y) { return x * y; });
    case Expression::kDiv: return Binary(a, b, length, to, [](auto x, auto y) { return x / y; });
    // What is not a number stays so, whichever side it comes from.
    case Expression::kMaximum: return Binary(a, b, length, to, [](auto x, auto y) { return (x > y) | (x != x) ? x : y; });
    case Expression::kMinimum: return Binary(a, b, length, to, [](auto x, auto y) { return (x < y) | (x != x) ? x : y; });
    case Expression::kSquare: return Binary(a, a, length, to, [](auto x, auto) { return x * x; });
    case Expression::kNeg: return Binary(a, a, length, to, [](auto x, auto) { return -x; });
    default:
      for (size_t i = 0; i < length; i++) to[i] = std::sqrt(a.data[a.scalar ? 0 : i]);
  }
}

constexpr bool TakesTwo(Expression::Code code) { return code <= Expression::kMinimum; }

void EvaluateRun(const Expression& e, const std::vector<Operand>& operands, size_t from, size_t length, float* memory, float* result) {
  Operand stack[16];
  size_t top = 0;
  for (const auto& step : e.steps) {
    if (step.code == Expression::kOperand) {
      const Operand& given = operands[step.operand];
      const size_t ahead = given.scalar ? 0 : given.period > 0 ? from % given.period : from;
      stack[top++] = {given.data + ahead, given.scalar};
      continue;
    }
    const size_t at = top - (TakesTwo(step.code) ? 2 : 1);
    const bool last = &step == &e.steps.back();
    float* to = last ? result + from : memory + at * kRun;
    Operate(step.code, stack[at], stack[top - 1], length, to);
    stack[at] = {to, false};
    top = at + 1;
  }
}

void Evaluate(const Expression& e, const std::vector<Operand>& operands, size_t length, float* result) {
  InParallel(Blocks(length, kShare), [&](size_t i) {
    const Scratch memory(e.depth * kRun);
    const size_t end = std::min(length, (i + 1) * kShare);
    for (size_t from = i * kShare; from < end; from += kRun)
      EvaluateRun(e, operands, from, std::min(kRun, end - from), memory.get(), result);
  });
}

constexpr Elementwise kElementwise{Evaluate};

}  // namespace
}  // namespace understory
