// One field of Telegraf's Modbus plugin -> one point. Private to config/import.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/import/collector.hpp"

namespace wayside::config {

struct TelegrafField {
  int line = 1;
  std::string name;
  std::string measurement;
  device::RegisterKind kind = device::RegisterKind::holding;
  std::vector<std::int64_t> addresses;  // one, but in the register style each register's
  std::string type;
  std::string order;
  std::optional<double> scale;
  std::string output;
  std::optional<std::int64_t> length;  // registers of a STRING
  std::optional<std::int64_t> bit;     // of a BIT
  bool register_style = false;
};

// `prefixed`: the name stands in several measurements, so the measurement goes in front of it.
void import_telegraf_field(const TelegrafField& field, bool prefixed, Collector& out);

}  // namespace wayside::config
