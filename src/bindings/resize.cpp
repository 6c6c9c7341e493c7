#include "ops/resize.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(resize) {
  def<"channel_shuffle", &ops::channel_shuffle>(m);
  def<"col2im", &ops::col2im>(m);
  def<"pixel_shuffle", &ops::pixel_shuffle>(m);
  def<"pixel_unshuffle", &ops::pixel_unshuffle>(m);
  def<"resize_cubic", &ops::resize_cubic>(m);
  def<"resize_linear", &ops::resize_linear>(m);
  def<"resize_nearest", &ops::resize_nearest>(m);
  def<"im2col", &ops::im2col>(m);
}

}  // namespace dlx::bindings
