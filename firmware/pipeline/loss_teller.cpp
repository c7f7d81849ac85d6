#include "pipeline/loss_teller.hpp"

#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {

void LossTeller::start() {
  ledger_.watch_ledger([this] { ask(); });
}

void LossTeller::ask() {
  if (stopped_) return;
  if (std::exchange(asking_, true)) {
    ask_again_ = true;
    return;
  }
  ledger_.untold([this](base::Result<std::vector<ports::LedgerEntry>> entries) {
    asking_ = false;
    if (stopped_) return;
    if (entries) {
      tell(*entries);
    } else {
      base::log::warn("ledger.read", {{"what", entries.error().what}});  // news follow the next commit that changes it
    }
    if (std::exchange(ask_again_, false)) ask();
  });
}

void LossTeller::tell(const std::vector<ports::LedgerEntry>& entries) {
  std::set<std::uint64_t> still_untold;
  std::vector<std::uint64_t> fresh;
  for (const auto& entry : entries) {
    still_untold.insert(entry.id);
    if (recorded_.contains(entry.id)) continue;
    model::Event event{core_.now(), model::DataClass::internal, {}};
    std::visit([&event](const auto& what) { event.body = what; }, entry.what);
    fresh.push_back(entry.id);
    judge_.record(event, {{std::string(ports::kToldSpace), std::to_string(entry.id), base::Bytes{}}});
  }
  recorded_ = std::move(still_untold);
  if (fresh.empty()) return;
  // Stored, they are told. If that chunk is lost before anyone had it, they come here as new ones.
  judge_.when_durable([this, alive = std::weak_ptr(alive_), fresh = std::move(fresh)] {
    if (alive.expired()) return;
    for (const auto id : fresh) recorded_.erase(id);
  });
}

}  // namespace wayside::pipeline
