#include "daemon/link_keeper.hpp"

#include <cmath>
#include <utility>

#include "base/log.hpp"

namespace wayside::daemon {
namespace {
constexpr auto kEvery = std::chrono::seconds{1};
constexpr auto kSaveEvery = std::chrono::minutes{1};
constexpr auto kFilesEvery = std::chrono::minutes{1};
constexpr auto kTakenFor = std::chrono::minutes{10};
constexpr double kSecondsADay = 86'400;
}  // namespace

LinkKeeper::LinkKeeper(Parts parts) : parts_(std::move(parts)) {}

LinkKeeper::~LinkKeeper() { stop(); }

void LinkKeeper::start() {
  if (parts_.tls) {
    mark_ = uplink::tls_files_mark(*parts_.tls);
    look_at_files();
  }
  look();
}

void LinkKeeper::stop() {
  if (timer_ != base::TimerId::none) parts_.core.cancel(std::exchange(timer_, base::TimerId::none));
}

void LinkKeeper::look() {
  const auto now = parts_.core.now();
  const auto status = parts_.link.status();
  if (std::exchange(taken_over_, status.taken_over) != status.taken_over) taken_at_ = now;
  parts_.watch.short_lived(status.short_lived);
  parts_.watch.id_taken(status.taken_over > 0 && now - taken_at_ < kTakenFor);
  account(now);
  if (parts_.tls && now - files_seen_ >= kFilesEvery) look_at_files();
  timer_ = parts_.core.post_at(now + kEvery, [this] { look(); });
}

void LinkKeeper::account(base::BootTime now) {
  auto& budget = parts_.budget;
  if (parts_.link.is_up()) budget.connected_for(kEvery, parts_.keep_alive, now);
  if (budget.turn(now)) parts_.forwarder.budget_turned();
  if (now - budget_saved_ < kSaveEvery) return;
  budget_saved_ = now;
  if (auto changed = budget.take_changed()) {
    parts_.recorder.change_later({pipeline::ByteBudget::kSpace, pipeline::ByteBudget::kKey, std::move(*changed)});
  }
}

void LinkKeeper::look_at_files() {
  files_seen_ = parts_.core.now();
  auto mark = uplink::tls_files_mark(*parts_.tls);
  auto term = uplink::check_tls_files(*parts_.tls);
  if (!term && problem_ != term.error().what) base::log::error("uplink.tls_files", {{"what", term.error().what}});
  problem_ = term ? "" : term.error().what;
  if (term) term_ = std::move(*term);
  // Files that are half written are not taken; the old connection goes on.
  if (term && mark != mark_) {
    mark_ = std::move(mark);
    base::log::info("uplink.certificates_renewed", {{"until", term_ ? term_->what : ""}});
    parts_.link.renew("the certificates were renewed");
  }
  std::optional<double> days;
  if (term_ && parts_.clock.wall_trusted()) {
    const auto left = std::chrono::duration<double>(term_->until - parts_.clock.wall_now()).count();
    days = std::floor(left / kSecondsADay);
  }
  parts_.watch.certificate_days(days);
}

}  // namespace wayside::daemon
