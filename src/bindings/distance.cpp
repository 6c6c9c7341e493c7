#include "ops/distance.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(distance) {
  def<"cosine_similarity", &ops::cosine_similarity>(m);
  def<"pairwise_distance", &ops::pairwise_distance>(m);
  def<"normalize", &ops::normalize>(m);
}

}  // namespace dlx::bindings
