#include "pipeline/loss_teller.hpp"

#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {

void LossTeller::start() {
  ledger_.watch_ledger([this] { ask(); });
}

void LossTeller::ask() {
  if (std::exchange(asking_, true)) {
    ask_again_ = true;
    return;
  }
  ledger_.untold([this](base::Result<std::vector<ports::LedgerEntry>> entries) {
    asking_ = false;
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
  for (const auto& entry : entries) {
    still_untold.insert(entry.id);
    if (recorded_.contains(entry.id)) continue;
    model::Event event{core_.now(), model::DataClass::internal, {}};
    std::visit([&event](const auto& what) { event.body = what; }, entry.what);
    judge_.record(event, {{std::string(ports::kToldSpace), std::to_string(entry.id), base::Bytes{}}});
  }
  recorded_ = std::move(still_untold);
}

}  // namespace wayside::pipeline
