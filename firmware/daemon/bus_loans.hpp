// A bus lent to a technician who scans or probes: for one read at a time, as a job of technician's class, so that the
// polls of the line wait for each read and go on between, and nothing is left held when he goes away. It never writes.
// Who does so is noted in the audit trail: with his first read of a bus, and again when he comes back after a pause.
// Home: core.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

class BusLoans {
 public:
  // Requires: the gateway outlives the pending answer.
  void read(Gateway& gateway, const control::v1::BusReadRequest& request, const control::Peer& peer,
            control::Answer answer);

 private:
  void note(Gateway& gateway, const std::string& bus, const std::string& user);

  std::map<std::pair<std::string, std::string>, base::BootTime> lent_;  // bus and account: the newest read
};

}  // namespace wayside::daemon
