// Looks after the link beside its life: what its points say, how long its certificates last, that renewed ones are
// used at once, and what a metered link has carried. Home: core, owned by the gateway.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/scheduler.hpp"
#include "pipeline/byte_budget.hpp"
#include "pipeline/forwarder.hpp"
#include "pipeline/gateway_points.hpp"
#include "uplink/link.hpp"
#include "uplink/tls_files.hpp"

namespace wayside::daemon {

class LinkKeeper {
 public:
  struct Parts {
    uplink::Link& link;
    pipeline::LinkWatch& watch;
    std::optional<uplink::TlsFiles> tls;  // none: no broker of the link is reached by TLS
    pipeline::ByteBudget& budget;
    pipeline::Forwarder& forwarder;
    pipeline::Recorder& recorder;
    std::chrono::seconds keep_alive;
    const base::Clock& clock;
    base::Scheduler& core;
  };
  explicit LinkKeeper(Parts parts);
  ~LinkKeeper();

  void start();
  void stop();
  // None: not known, or nothing that ends.
  [[nodiscard]] const std::optional<uplink::TlsTerm>& term() const { return term_; }
  // What is wrong with the files; empty: nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void look();
  void look_at_files();
  void account(base::BootTime now);

  Parts parts_;
  std::string mark_;
  std::optional<uplink::TlsTerm> term_;
  std::string problem_;
  std::uint64_t taken_over_ = 0;
  base::BootTime taken_at_{};
  base::BootTime files_seen_{};
  base::BootTime budget_saved_{};
  base::TimerId timer_ = base::TimerId::none;
};

}  // namespace wayside::daemon
