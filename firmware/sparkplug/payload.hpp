// Payloads of Sparkplug B 3.0 (chapter 6) as bytes, and back for commands. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "model/quality.hpp"
#include "model/value.hpp"

namespace wayside::sparkplug {

// The numbers of the specification.
enum class DataType : std::uint32_t { int64 = 4, uint64 = 8, float64 = 10, boolean = 11, text = 12 };

struct Metric {
  std::string name;                    // empty: left out, the alias says it
  std::optional<std::uint64_t> alias;  // unique in the whole edge node
  std::optional<DataType> type;        // in births
  model::Value value;                  // none: is_null
  model::Quality quality = model::Quality::good;
  std::uint64_t timestamp_ms = 0;
  bool historical = false;
  std::optional<DataType> written_as = {};  // without telling the type: in data, where the birth has told it
};

struct Payload {
  std::optional<std::uint64_t> timestamp_ms;
  std::optional<std::uint8_t> seq;
  std::vector<Metric> metrics;
};

// `Quality` of the specification: 192 good, 500 stale (the last value stands in), 0 bad.
[[nodiscard]] std::int32_t sparkplug_quality(model::Quality quality);

// A value is written as its metric's type; one that has none there (a text as a number) as null.
[[nodiscard]] base::Bytes encode(const Payload& payload);

// A metric of a command: by name, or by the alias of a birth.
struct Asked {
  std::string name;
  std::optional<std::uint64_t> alias;
  model::Value value;  // none: null, or of a type that is not known here
};
// None: no payload of Sparkplug.
[[nodiscard]] std::optional<std::vector<Asked>> decode_command(base::ByteView bytes);

}  // namespace wayside::sparkplug
