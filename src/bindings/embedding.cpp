#include "ops/embedding.h"

#include "bindings/def.h"

namespace dlx::bindings {

template <> struct Argument<ops::BagMode> {
  ops::BagMode value = ops::BagMode::sum;
  Argument(PyObject* o, Place p) {
    if (!PyUnicode_Check(o)) fail_argument(p, "'sum', 'mean' or 'max'", o);
    if (PyUnicode_CompareWithASCIIString(o, "mean") == 0) value = ops::BagMode::mean;
    else if (PyUnicode_CompareWithASCIIString(o, "max") == 0) value = ops::BagMode::max;
    else if (PyUnicode_CompareWithASCIIString(o, "sum") != 0) fail<ValueError>("{}: mode must be 'sum', 'mean' or 'max'. Got '{}'.", p.function, to_text(o));
  }
  ops::BagMode get() const { return value; }
};
template <> struct PythonType<ops::BagMode> {
  static std::string text() { return "str"; }
};

DLX_BINDINGS(embedding) {
  def<"embedding", &ops::embedding>(m);
  def<"embedding_renorm_", &ops::embedding_renorm_>(m);
  def<"embedding_bag", &ops::embedding_bag>(m);
}

}  // namespace dlx::bindings
