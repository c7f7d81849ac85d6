// What `wayside check` finds: each thing looked at has a verdict, a sentence and, unless all is well, a remedy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wayside/control/v1/control.pb.h"

namespace wayside::cli {

enum class Health { ok, warning, fault, skipped };

[[nodiscard]] std::string_view to_string(Health verdict);

struct Found {
  std::string check;    // "clock", "broker", ...: stable, for programs
  std::string subject;  // which one: "mqtts://platform:8883", "rs485-1"; may be empty
  Health verdict = Health::ok;
  std::string what;
  std::string remedy = {};
};

// What is to be looked at, as the daemon or the configuration tells it.
struct Site {
  control::v1::CheckupResponse facts;
  std::string problem;  // why some of it is not known; empty: all is
};

// Those of this machine, with or without a daemon. `root`: where /sys is found ("/": the machine's own).
[[nodiscard]] Found check_kernel_clock();
[[nodiscard]] std::vector<Found> check_disk(const std::string& store_path, const std::string& root);
[[nodiscard]] Found check_adapter(const control::v1::BusUse& bus, const std::string& root);
// Of the network: names, then the way to each broker up to its answer; takes seconds where something is wrong.
[[nodiscard]] std::vector<Found> check_brokers(const control::v1::CheckupResponse& site);
// Until when the certificates serve.
[[nodiscard]] std::vector<Found> check_certificates(const control::v1::CheckupResponse& site);

// From what the daemon says. Pure.
[[nodiscard]] Found check_clock(const control::v1::TimeResponse& time);
[[nodiscard]] std::vector<Found> check_store(const control::v1::StatusResponse& status);
[[nodiscard]] std::vector<Found> check_link(const control::v1::StatusResponse& status);
[[nodiscard]] std::vector<Found> check_field(const control::v1::DevicesResponse& devices,
                                             const control::v1::BusesResponse& buses,
                                             const control::v1::CheckupResponse& site);
[[nodiscard]] Found check_config(const control::v1::CheckupResponse& site);

}  // namespace wayside::cli
