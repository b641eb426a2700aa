// Elementwise expressions as an op of TensorFlow: UnderstoryElementwise.
#include <algorithm>
#include <map>
#include <sstream>

#include "elementwise.h"
#include "kernel.h"

namespace understory {

namespace {

const std::map<std::string, Expression::Code> kCodes{
    {"Add", Expression::kAdd},         {"AddV2", Expression::kAdd},       {"Sub", Expression::kSub},
    {"Mul", Expression::kMul},         {"RealDiv", Expression::kDiv},     {"Maximum", Expression::kMaximum},
    {"Minimum", Expression::kMinimum}, {"Square", Expression::kSquare},   {"Sqrt", Expression::kSqrt},
    {"Neg", Expression::kNeg}};

constexpr size_t kDeepest = 16;

}  // namespace

Expression::Expression(const std::string& text, size_t operands) {
  const auto require = [&](bool fine) {
    if (!fine) throw Failure("INVALID_ARGUMENT", "\"" + text + "\" is no expression of " + std::to_string(operands) + " operands");
  };
  std::istringstream words(text);
  size_t height = 0;
  for (std::string word; words >> word;) {
    const auto code = kCodes.find(word);
    if (code == kCodes.end()) {
      require(word.size() < 4 && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }));
      steps.push_back({kOperand, std::stoul(word)});
      require(steps.back().operand < operands);
      height++;
    } else {
      const size_t taken = code->second <= kMinimum ? 2 : 1;
      require(height >= taken);
      steps.push_back({code->second, 0});
      height += 1 - taken;
    }
    depth = std::max(depth, height);
  }
  require(height == 1 && depth <= kDeepest && steps.back().code != kOperand);
}

namespace {

struct ElementwiseAttributes {
  explicit ElementwiseAttributes(TF_OpKernelConstruction* construction)
      : text(TextAttribute(construction, "expression")), operands(static_cast<size_t>(IntAttribute(construction, "N"))) {}
  std::string text;
  size_t operands;
};

// The numbers of a vector that every row of the result takes, one after the other, so that a run may begin at any of them.
Operand Repeated(const float* data, size_t period, std::vector<float>& memory) {
  memory.resize(period + kElementwiseRun);
  for (size_t i = 0; i < memory.size(); i++) memory[i] = data[i % period];
  return {memory.data(), false, period};
}

// The sizes of the operand that has most elements, with as many dimensions as any: what it lacks before them is 1.
std::vector<int64_t> ResultShape(Running& run, int widest) {
  std::vector<int64_t> shape = run.Shape(widest);
  int rank = run.Rank(widest);
  for (int i = 0; i < run.Inputs(); i++) rank = std::max(rank, run.Rank(i));
  shape.insert(shape.begin(), static_cast<size_t>(rank) - shape.size(), 1);
  return shape;
}

// operands [...], [] or as many last sizes of [...], at least one of them [...] -> [...]
void Run(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ElementwiseAttributes*>(attributes);
  const Expression expression(of.text, of.operands);
  int widest = 0;
  for (int i = 1; i < run.Inputs(); i++)
    if (run.Elements(i) > run.Elements(widest)) widest = i;
  const size_t length = run.Elements(widest);
  std::vector<Operand> operands;
  std::vector<std::vector<float>> repeated(run.Inputs());
  for (int i = 0; i < run.Inputs(); i++) {
    const size_t own = run.Elements(i);
    const float* data = run.Read<float>(i);
    if (own == 0 ? length > 0 : length % own != 0) throw Failure("INVALID_ARGUMENT", "Operands differ in size");
    operands.push_back(own == 1 || own == length ? Operand{data, own != length} : Repeated(data, own, repeated[i]));
  }
  float* result = run.Output(0, ResultShape(run, widest));
  if (length > 0) FindElementwise().evaluate(expression, operands, length, result);
}

}  // namespace

void RegisterElementwise() {
  Register<ElementwiseAttributes, Run>(
      {"UnderstoryElementwise", {"operands: N * float"}, {"result: float"}, {"expression: string", "N: int >= 1"}});
}

}  // namespace understory
