// Sums over the rows of a matrix: the gradient of a bias.
#ifndef UNDERSTORY_COLUMN_SUM_H_
#define UNDERSTORY_COLUMN_SUM_H_

#include <cstddef>

namespace understory {

// One implementation, for one set of instructions: x [rows, columns] -> y [columns]. Sums do not depend on threads.
struct ColumnSum {
  void (*sum)(size_t rows, size_t columns, const float* x, float* y);
};

const ColumnSum& FindColumnSum();
const ColumnSum& ColumnSumBase();
#if defined(__x86_64__)
const ColumnSum& ColumnSumAvx2();
const ColumnSum& ColumnSumAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_COLUMN_SUM_H_
