// Tells where the chain of the audit trail stands, signed by the gateway's key: at each start, and once a day. Home:
// core, owned by the gateway.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/scheduler.hpp"
#include "pipeline/audit_trail.hpp"
#include "pipeline/judge.hpp"
#include "seal/signature.hpp"

namespace wayside::daemon {

class AuditKeeper {
 public:
  struct Parts {
    const pipeline::AuditTrail& trail;
    pipeline::Judge& judge;
    model::GatewayId gateway;
    const seal::SigningKey* key = nullptr;  // null: heads are not signed
    base::Scheduler& core;
  };
  explicit AuditKeeper(Parts parts) : parts_(std::move(parts)) {}
  ~AuditKeeper() { stop(); }

  void start();
  void stop();

 private:
  void tell();

  Parts parts_;
  base::TimerId timer_ = base::TimerId::none;
};

}  // namespace wayside::daemon
