// The line that `systemctl status waysided` shows: how many devices answer, what waits in the store, the link.
// Told when it has changed, every ten seconds at most. Home: core; destroy it before the outbox and core.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/scheduler.hpp"
#include "ports/outbox.hpp"

namespace wayside::daemon {

class Gateway;

struct ServiceState {
  std::uint32_t devices = 0;
  std::uint32_t answering = 0;
  std::uint64_t waiting_chunks = 0;
  std::uint32_t alarms = 0;        // raised
  std::optional<bool> link;        // up or not; none: no uplink is configured
  std::string link_problem = {};   // why it is not up, for a person
  std::string store_problem = {};  // why there is no store; empty: there is
};

// "12 of 14 devices answer, 2 alarms, 3 chunks wait, link up"
[[nodiscard]] std::string status_line(const ServiceState& state);

// All but the store. On core.
[[nodiscard]] ServiceState service_state(const Gateway& gateway);

class ServiceStatus {
 public:
  static constexpr std::chrono::seconds kPeriod{10};

  struct Parts {
    std::function<ServiceState()> look;  // all but what waits
    ports::Outbox& outbox;
    base::Scheduler& core;
    std::function<void(const std::string& line)> tell;
  };
  explicit ServiceStatus(Parts parts) : parts_(std::move(parts)) {}
  ~ServiceStatus();
  ServiceStatus(const ServiceStatus&) = delete;
  ServiceStatus& operator=(const ServiceStatus&) = delete;

  void start() { look(); }

 private:
  void look();
  void tell(const ports::OutboxStats& stats);

  Parts parts_;
  std::string told_;
  base::TimerId timer_ = base::TimerId::none;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers of the store may come behind the end
};

}  // namespace wayside::daemon
