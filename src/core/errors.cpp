#include "core/errors.h"

#include <cstdio>

namespace dlx {
namespace {
std::string tuple_text(std::span<const int64_t> values) {
  std::string out = "(";
  for (size_t i = 0; i < values.size(); ++i) out += (i ? ", " : "") + std::to_string(values[i]);
  return out + (values.size() == 1 ? ",)" : ")");
}
}  // namespace

Text::Text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%g", value);
  text = buffer;
}
Text::Text(Device value) {
  const DeviceBackend* backend = backend_of(value.type);
  text = backend ? backend->name : "unknown device";
  if (value.type != DeviceType::cpu) text += ":" + std::to_string(value.index);
}
Text::Text(const Dims& value) : text(tuple_text(value)) {}
Text::Text(std::span<const int64_t> value) : text(tuple_text(value)) {}

std::string format(std::string_view pattern, std::initializer_list<Text> args) {
  std::string out;
  auto next = args.begin();
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "{}" && next != args.end()) {
      out += (next++)->text;
      ++i;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

}  // namespace dlx
