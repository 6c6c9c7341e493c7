#include "ops/index.h"

#include "bindings/def.h"

namespace dlx::bindings {

template <> struct Argument<ops::Combination> {
  ops::Combination value = ops::Combination::set;
  Argument(PyObject* o, Place p) {
    constexpr std::pair<const char*, ops::Combination> names[] = {
        {"sum", ops::Combination::sum},       {"prod", ops::Combination::product}, {"mean", ops::Combination::mean},
        {"amax", ops::Combination::maximum},  {"amin", ops::Combination::minimum}, {"add", ops::Combination::sum},
        {"multiply", ops::Combination::product}};
    if (!PyUnicode_Check(o)) fail_argument(p, "the name of a reduction", o);
    for (const auto& [name, how] : names)
      if (PyUnicode_CompareWithASCIIString(o, name) == 0) {
        value = how;
        return;
      }
    fail<ValueError>("{}: reduce must be 'sum', 'prod', 'mean', 'amax' or 'amin'. Got '{}'.", p.function, to_text(o));
  }
  ops::Combination get() const { return value; }
};
template <> struct PythonType<ops::Combination> {
  static std::string text() { return "str"; }
};
DLX_BINDINGS(index) {
  def<"index_select", &ops::index_select>(m);
  def<"index_add", &ops::index_add>(m);
  def<"index_copy", &ops::index_copy>(m);
  def<"index_fill", &ops::index_fill>(m);
  def<"gather", &ops::gather>(m);
  def<"scatter", &ops::scatter>(m);
  def<"scatter_add", &ops::scatter_add>(m);
  def<"scatter_reduce", &ops::scatter_reduce>(m);
  def<"index", &ops::index>(m);
  def<"index_put", &ops::index_put>(m);
  def<"take", &ops::take>(m);
  def<"put_", &ops::put_>(m);
  def<"nonzero", &ops::nonzero>(m);
  def<"masked_select", &ops::masked_select>(m);
  def<"take_along_dim", &ops::take_along_dim>(m);
  def<"fill_diagonal_", &ops::fill_diagonal_>(m);
  def<"masked_scatter", &ops::masked_scatter>(m);
}

}  // namespace dlx::bindings
